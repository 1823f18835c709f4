/*
 * The workspace: its views, in the order of the menu.
 */

import { begin } from './frame.js';
import { makeOverview } from './overview.js';
import { makeList } from './lists.js';
import { makeTags, makeTagOrders } from './tags.js';
import { makeCustomer, makeChat } from './detail.js';

const list = (name, group, ranged) => ({ path: name, group, title: `list.${name}`, ranged, make: makeList(name) });

begin([
	{ path: 'overview', group: 'menu.overview', title: 'list.overview', ranged: true, make: makeOverview },
	list('customers', 'menu.customers'),
	list('losses', 'menu.customers', true),
	list('channels', 'menu.customers'),
	list('transfers', 'menu.customers'),
	list('staff', 'menu.customers', true),
	list('groups', 'menu.groups'),
	list('owners', 'menu.groups', true),
	list('group_changes', 'menu.groups', true),
	list('duplicates', 'menu.groups'),
	{ path: 'tags', group: 'menu.tags', title: 'list.tags', make: makeTags },
	{ path: 'tag_orders', group: 'menu.tags', title: 'list.tag_orders', ranged: true, make: makeTagOrders },
	{ path: 'customer', parent: 'customers', title: 'list.customer', key: 'id', make: makeCustomer },
	{ path: 'chat', parent: 'groups', title: 'list.chat', key: 'id', make: makeChat },
]);
