/*
 * A list of the server: sorted, paged and searched there, its state in the address (sort, limit, offset, q).
 * While another page of it is read the old one stays, paler, so that nothing jumps.
 */

import { element, replace, icon } from './dom.js';
import { text } from './language.js';
import { number } from './format.js';
import { get, csvAddress } from './server.js';
import { change } from './place.js';
import { cell, heading, hint, kindOf } from './cell.js';
import { loading, empty, refused, announce } from './state.js';

const LIMITS = [20, 50, 100, 500];
const TYPING_MS = 350;
const DOWNLOAD = 'M8 2v7.5M5 7l3 3 3-3M3 13h10';

function limitOf(args) {
	const limit = Number(args.limit);
	return Number.isInteger(limit) && limit > 0 && limit <= 500 ? limit : 50;
}

function offsetOf(args) {
	const offset = Number(args.offset);
	return Number.isInteger(offset) && offset >= 0 ? offset : 0;
}

/*
 * list: {name, title, columns, search, ranged, note, fixed}
 *   name    of the endpoint and the CSV file
 *   fixed   arguments that are not in the address under their own name
 * Returns {node, update(args, range, signal)}.
 */
export function listCard(list) {
	const body = element('div.card-body.flush', null, loading());
	const pager = element('nav.pager', { 'aria-label': text('pager.label'), 'hidden': true });
	const csv = element('a.button.small', { download: '' }, icon(DOWNLOAD), 'CSV');
	csv.setAttribute('aria-label', text('csv.label', { title: list.title }));
	const search = list.search && searchBox(list);
	const node = element(
		'section.card',
		null,
		element(
			'div.card-head',
			null,
			list.note && element('p.note', null, list.note),
			element('div.tools', null, search, csv),
		),
		body,
		pager,
	);
	let shown = null;

	async function update(args, range, signal) {
		const wanted = {
			...list.fixed,
			...(list.ranged ? { from: range.from, to: range.to } : {}),
			sort: args.sort,
			q: args.q,
		};
		csv.href = csvAddress(list.name, wanted);
		if (search) search.show(args.q);
		if (shown) {
			node.classList.add('stale');
			body.setAttribute('aria-busy', 'true');
		} else {
			replace(body, loading());
		}
		try {
			const answer = await get(
				list.name,
				{ ...wanted, limit: limitOf(args), offset: offsetOf(args) },
				signal,
			);
			shown = answer;
			draw(answer, args, range);
		} catch (error) {
			if (signal?.aborted) return;
			shown = null;
			pager.hidden = true;
			replace(
				body,
				refused(error, () => update(args, range, signal)),
			);
		}
		node.classList.remove('stale');
		body.removeAttribute('aria-busy');
	}

	function draw(answer, args, range) {
		const rows = answer.rows ?? [];
		const total = answer.total ?? rows.length;
		if (!rows.length && offsetOf(args) > 0 && total > 0) {
			change({ offset: null }, true);
			return;
		}
		if (rows.length) {
			/* the heading that was pressed keeps the focus when the table is drawn anew */
			const held = body.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
			replace(body, table(list, rows, args, range));
			if (held) body.querySelector(`[data-sort="${held}"]`)?.focus();
		} else {
			replace(
				body,
				empty(
					args.q ? text('state.nothing_found', { q: args.q }) : text('state.empty'),
					args.q ? null : text(list.ranged ? 'state.other_range' : 'state.later'),
				),
			);
		}
		const first = offsetOf(args);
		drawPager(pager, first, limitOf(args), total);
		announce(text('pager.announce', { title: list.title, total: number(total) }));
	}

	return { node, update };
}

function searchBox(list) {
	let timer = 0;
	const input = element('input', {
		'type': 'search',
		'name': 'q',
		'placeholder': list.search,
		'aria-label': list.search,
		'maxlength': 40,
		'autocomplete': 'off',
		'spellcheck': 'false',
	});
	const commit = () => {
		clearTimeout(timer);
		change({ q: input.value.trim() || null, offset: null }, true);
	};
	input.addEventListener('input', () => {
		clearTimeout(timer);
		timer = setTimeout(commit, TYPING_MS);
	});
	const form = element(
		'form.search',
		{
			role: 'search',
			onsubmit: (event) => {
				event.preventDefault();
				commit();
			},
		},
		input,
	);
	form.show = (value) => {
		if (document.activeElement !== input) input.value = value ?? '';
	};
	return form;
}

function table(list, rows, args, range) {
	const sorted = (args.sort ?? '').replace(/^-/, '');
	const down = (args.sort ?? '').startsWith('-');
	return element(
		'div.table-box',
		{ 'role': 'region', 'tabindex': '0', 'aria-label': list.title },
		element(
			'table',
			null,
			element('caption.unseen', null, list.title),
			element(
				'thead',
				null,
				element(
					'tr',
					null,
					list.columns.map((column) => head(column, sorted, down)),
				),
			),
			element(
				'tbody',
				null,
				rows.map((row) =>
					element(
						'tr',
						null,
						list.columns.map((column) => cell(column, row, range)),
					),
				),
			),
		),
	);
}

function head(column, sorted, down) {
	const kind = kindOf(column);
	const side = kind.end || column.end ? 'end' : null;
	if (column.sort === false)
		return element('th', { scope: 'col', class: side, title: hint(column) }, heading(column));
	const mine = sorted === column.key;
	const next = (mine ? !down : kind.down) ? `-${column.key}` : column.key;
	return element(
		'th',
		{ 'scope': 'col', 'class': side, 'aria-sort': mine ? (down ? 'descending' : 'ascending') : null },
		element(
			'button.sort',
			{
				'type': 'button',
				'title': hint(column),
				'data-sort': column.key,
				'onclick': () => change({ sort: next, offset: null }),
			},
			heading(column),
			element('span.arrow', { 'aria-hidden': 'true' }),
		),
	);
}

function drawPager(pager, offset, limit, total) {
	pager.hidden = total === 0;
	const page = Math.floor(offset / limit) + 1;
	const pages = Math.max(1, Math.ceil(total / limit));
	const step = (to, label, mark) =>
		element(
			'button.button.small.step',
			{
				'type': 'button',
				'aria-label': label,
				'disabled': to === null,
				'onclick': () => change({ offset: to || null }),
			},
			mark,
		);
	const sizes = element(
		'select',
		{
			'aria-label': text('pager.size'),
			'onchange': (event) =>
				change({
					limit: event.target.value === '50' ? null : event.target.value,
					offset: null,
				}),
		},
		[...new Set([...LIMITS, limit])]
			.sort((a, b) => a - b)
			.map((size) =>
				element(
					'option',
					{ value: size, selected: size === limit },
					text('pager.each', { n: number(size) }),
				),
			),
	);
	replace(
		pager,
		element('span.total', null, text('pager.total', { total: number(total) })),
		sizes,
		step(page > 1 ? (offset - limit > 0 ? offset - limit : 0) : null, text('pager.previous'), '‹'),
		element('span.page', null, `${number(page)} / ${number(pages)}`),
		step(page < pages ? offset + limit : null, text('pager.next'), '›'),
	);
}
