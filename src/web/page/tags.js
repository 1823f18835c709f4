/*
 * Tags as WeCom orders them, with how often each is used; and how that order changed.
 */

import { element, replace, icon } from './dom.js';
import { text } from './language.js';
import { number } from './format.js';
import { get, csvAddress } from './server.js';
import { smallTable, line } from './cell.js';
import { loading, empty, refused } from './state.js';
import { listCard } from './table.js';
import { tagNames } from './lists.js';

function bar(value, most) {
	const full = element('span.bar-full');
	full.style.width = `${most > 0 ? (100 * Number(value ?? 0)) / most : 0}%`;
	return element('span.bar', { 'aria-hidden': 'true' }, full);
}

const gone = (row, name) =>
	row.deleted_at
		? element(
				'span.gone',
				null,
				element('s', null, line(name)),
				element('span.more', null, text('tag.deleted')),
			)
		: line(name);

function group(one, most) {
	const tags = one.tags ?? [];
	const columns = [
		{ key: 'tag_name', kind: 'made', head: true, make: (row) => gone(row, row.tag_name) },
		{
			key: 'customers',
			kind: 'made',
			end: true,
			make: (row) =>
				element(
					'span.with-bar',
					null,
					bar(row.customers, most),
					element('span', null, number(row.customers)),
				),
		},
		{ key: 'added_7d', kind: 'signed' },
		{ key: 'added_30d', kind: 'signed' },
	];
	return element(
		'section.tag-group',
		null,
		element(
			'h2',
			null,
			gone(one, one.name ?? one.group_id),
			element('span.quiet', null, text('tag.count', { n: number(tags.length) })),
		),
		tags.length ? smallTable(one.name ?? one.group_id, columns, tags) : empty(text('tag.no_tags')),
	);
}

export function makeTags() {
	const body = element('div.card-body', null, loading());
	const node = element(
		'section.card',
		null,
		element(
			'div.card-head',
			null,
			element('p.note', null, text('list.tags.note')),
			element(
				'div.tools',
				null,
				element(
					'a.button.small',
					{
						'href': csvAddress('tags'),
						'download': '',
						'aria-label': text('csv.label', { title: text('list.tags') }),
					},
					icon('M8 2v7.5M5 7l3 3 3-3M3 13h10'),
					'CSV',
				),
			),
		),
		body,
	);

	async function update(args, range, signal) {
		try {
			const groups = (await get('tags', {}, signal)).groups ?? [];
			const most = Math.max(
				0,
				...groups.flatMap((one) => (one.tags ?? []).map((tag) => Number(tag.customers ?? 0))),
			);
			replace(
				body,
				groups.length
					? element(
							'div.tag-groups',
							null,
							groups.map((one) => group(one, most)),
						)
					: empty(null, text('state.later')),
			);
		} catch (error) {
			if (!signal.aborted)
				replace(
					body,
					refused(error, () => update(args, range, signal)),
				);
		}
	}

	return { node, update };
}

/* Ids of an order as the names they have today. */
function order(ids, names) {
	const items = (Array.isArray(ids) ? ids : []).map((item) => names.get(item) ?? String(item?.name ?? item));
	return items.length
		? element(
				'ol.order',
				{ title: items.join(' › ') },
				items.map((item) => element('li', null, item)),
			)
		: element('span.none', null, '–');
}

export function makeTagOrders() {
	let names = new Map();
	const list = listCard({
		name: 'tag_orders',
		ranged: true,
		title: text('list.tag_orders'),
		note: text('list.tag_orders.note'),
		columns: [
			{ key: 'at', kind: 'time', head: true },
			{
				key: 'scope',
				kind: 'made',
				make: (row) =>
					row.scope
						? line(row.group_name ?? names.get(row.scope) ?? row.scope)
						: text('tag.all_groups'),
			},
			{ key: 'old_order', kind: 'made', sort: false, make: (row) => order(row.old_order, names) },
			{ key: 'new_order', kind: 'made', sort: false, make: (row) => order(row.new_order, names) },
		],
	});

	async function update(args, range, signal) {
		names = await tagNames(signal);
		if (!signal.aborted) await list.update(args, range, signal);
	}

	return { node: list.node, update };
}
