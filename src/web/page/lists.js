/*
 * The lists of the workspace, one entry each: which columns, in which order, and what a row leads to.
 */

import { element } from './dom.js';
import { text } from './language.js';
import { listCard } from './table.js';
import { line, customerLink, chatLink } from './cell.js';
import { get } from './server.js';
import { address } from './place.js';

const rates = ['d1', 'd7', 'd30'].map((days) => ({
	key: `retained_${days}`,
	kind: 'rate',
	of: `old_enough_${days}`,
	sort: false,
}));

const lossesOf = (row, range) => address('losses', { ...range, q: row.userid });

/* {name: {search, ranged, columns}}; search and notes are keys: list.<name>.search, list.<name>.note */
const LISTS = {
	customers: {
		search: true,
		columns: [
			{
				key: 'name',
				kind: 'made',
				head: true,
				make: (row, range) => customerLink(row.external_userid, row.name, range),
			},
			{ key: 'type', kind: 'word', set: 'customer_type' },
			{ key: 'corp_name' },
			{ key: 'status', kind: 'badge', set: 'status' },
			{ key: 'followers', kind: 'number' },
			{ key: 'added_at', kind: 'time' },
			{ key: 'lost_at', kind: 'time' },
			{ key: 'external_userid', kind: 'id' },
		],
	},
	losses: {
		search: true,
		ranged: true,
		columns: [
			{ key: 'external_userid', kind: 'customer', label: 'col.customer', head: true },
			{ key: 'userid', kind: 'member' },
			{ key: 'direction', kind: 'badge', set: 'direction' },
			{ key: 'source', kind: 'word', set: 'source' },
			{ key: 'state', label: 'col.channel' },
			{ key: 'tags', kind: 'several', sort: false, names: true },
			{ key: 'added_at', kind: 'time' },
			{ key: 'lost_at', kind: 'time' },
			{ key: 'kept_days', kind: 'number' },
			{ key: 'readded_at', kind: 'time' },
		],
	},
	channels: {
		search: true,
		columns: [
			{
				key: 'state',
				label: 'col.channel',
				kind: 'made',
				head: true,
				make: (row) =>
					row.state ? line(row.state) : element('span.quiet', null, text('channel.none')),
			},
			{ key: 'adds', kind: 'number' },
			{ key: 'half_adds', kind: 'number' },
			{ key: 'converted', kind: 'number' },
			{ key: 'lost', kind: 'number' },
			{ key: 'transferred_away', kind: 'number' },
			{ key: 'net', kind: 'signed' },
			{ key: 'distinct_customers', kind: 'number' },
			...rates,
			{ key: 'first_at', kind: 'time' },
			{ key: 'last_at', kind: 'time' },
		],
	},
	transfers: {
		search: true,
		columns: [
			{ key: 'handover', kind: 'member', head: true },
			{ key: 'takeover', kind: 'member' },
			{ key: 'moved', kind: 'number' },
			{ key: 'refused', kind: 'number' },
			{ key: 'limit_exceed', kind: 'number' },
			{ key: 'pending', kind: 'number' },
			{ key: 'success_rate', kind: 'percent' },
		],
	},
	staff: {
		search: true,
		ranged: true,
		columns: [
			{ key: 'userid', kind: 'member', head: true },
			{ key: 'customers', kind: 'number' },
			{ key: 'new', kind: 'number' },
			{ key: 'lost_by_customer', kind: 'number', link: lossesOf },
			{ key: 'lost_by_staff', kind: 'number', link: lossesOf },
			{ key: 'transferred_away', kind: 'number', link: lossesOf },
			{ key: 'net', kind: 'signed' },
			...rates,
			{ key: 'delete_alert', kind: 'flag' },
		],
	},
	groups: {
		search: true,
		columns: [
			{
				key: 'name',
				kind: 'made',
				head: true,
				make: (row, range) => chatLink(row.chat_id, row.name || text('chat.unnamed'), range),
			},
			{ key: 'owner', kind: 'member' },
			{ key: 'members', kind: 'number' },
			{ key: 'external', kind: 'number' },
			{ key: 'today_join', kind: 'number' },
			{ key: 'today_quit', kind: 'number' },
			{ key: 'last_change_at', kind: 'time' },
			{ key: 'created_at', kind: 'time', label: 'col.chat_created_at' },
			{ key: 'sync_state', kind: 'badge', set: 'sync_state' },
			{ key: 'last_pull_at', kind: 'time' },
			{ key: 'member_version', kind: 'id' },
		],
	},
	owners: {
		search: true,
		ranged: true,
		columns: [
			{ key: 'owner', kind: 'member', head: true },
			{ key: 'groups', kind: 'number', link: (row) => address('groups', { q: row.owner }) },
			{ key: 'members', kind: 'number' },
			{ key: 'joined', kind: 'number' },
			{ key: 'quit', kind: 'number' },
			{ key: 'net', kind: 'signed' },
			{ key: 'dismissed', kind: 'number' },
		],
	},
	duplicates: {
		search: true,
		columns: [
			{ key: 'external_userid', kind: 'customer', label: 'col.customer', head: true },
			{ key: 'groups', kind: 'number' },
			{ key: 'chat_ids', kind: 'chats', sort: false },
		],
	},
	group_changes: {
		search: true,
		ranged: true,
		columns: [
			{ key: 'at', kind: 'time', head: true },
			{ key: 'chat_id', kind: 'chat', label: 'col.chat' },
			{ key: 'field', kind: 'word', set: 'field' },
			{ key: 'old', label: 'col.before' },
			{ key: 'new', label: 'col.after' },
		],
	},
};

/* Tags by their ids, where the rows hold nothing else; without them the ids stand. */
export async function tagNames(signal) {
	try {
		const groups = (await get('tags', {}, signal)).groups ?? [];
		return new Map(
			groups.flatMap((one) => [
				[one.group_id, one.name ?? one.group_id],
				...(one.tags ?? []).map((tag) => [tag.tag_id, tag.tag_name ?? tag.tag_id]),
			]),
		);
	} catch {
		return new Map();
	}
}

export function makeList(name) {
	const list = LISTS[name];
	return () => {
		const card = listCard({
			...list,
			name,
			title: text(`list.${name}`),
			note: text(`list.${name}.note`),
			search: list.search ? text(`list.${name}.search`) : null,
		});
		const named = list.columns.find((column) => column.names);
		if (!named) return card;
		let names = null;
		return {
			node: card.node,
			update: async (args, range, signal) => {
				names ??= await tagNames(signal);
				named.nameOf = (id) => names.get(id) ?? id;
				if (!signal.aborted) await card.update(args, range, signal);
				else names = names.size ? names : null;
			},
		};
	};
}
