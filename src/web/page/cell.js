/*
 * A column of a table, by kind: how its value is written, how it is aligned, which way it is sorted first.
 *   {key, kind, set, label, sort, link}
 *   key    name of the column in the answer, and of its heading: col.<key> unless label names another
 *   kind   one of KINDS below, default text
 *   set    for word: the set of words, see language.js
 *   sort   false: the server does not sort by it
 *   of     for rate: the column that it is a share of
 *   link   (row, range) → where a figure above 0 leads to
 */

import { element, append } from './dom.js';
import { text, word, has } from './language.js';
import { number, signed, percent, time, day, span } from './format.js';
import { member } from './names.js';
import { address } from './place.js';

const none = () => element('span.none', null, '–');
const isNone = (value) => value === null || value === undefined || value === '';

const plain = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/* One line, cut short where it must be, whole in the title. */
export function line(value, width) {
	return isNone(value)
		? none()
		: element(width ? `span.line.${width}` : 'span.line', { title: plain(value) }, plain(value));
}

export function id(value) {
	return isNone(value) ? none() : element('span.line.id', { title: plain(value) }, plain(value));
}

export function customerLink(externalUserid, name, range) {
	if (isNone(externalUserid)) return line(name);
	return element(
		isNone(name) ? 'a.line.id' : 'a.line',
		{
			title: isNone(name) ? externalUserid : `${name} · ${externalUserid}`,
			href: address('customer', { id: externalUserid, ...range }),
		},
		isNone(name) ? externalUserid : name,
	);
}

export function chatLink(chatId, name, range) {
	if (isNone(chatId)) return line(name);
	return element(
		isNone(name) ? 'a.line.id' : 'a.line',
		{
			title: isNone(name) ? chatId : `${name} · ${chatId}`,
			href: address('chat', { id: chatId, ...range }),
		},
		isNone(name) ? chatId : name,
	);
}

export function badge(set, value) {
	return isNone(value) ? none() : element(`span.badge.${tone(set, value)}`, null, word(set, value));
}

const TONES = {
	in: ['join'],
	good: ['active', 'current'],
	bad: ['parked', 'cancelled', 'deleted_by_customer', 'suspended', 'no_licence'],
	wait: ['half', 'due', 'leased', 'pending', 'waiting', 'deleted_by_staff', 'quit'],
};

function tone(set, value) {
	return Object.keys(TONES).find((name) => TONES[name].includes(value)) ?? 'calm';
}

/* Names in a row: of tags, of ids; {name|tag_name} or plain. */
function several(value, row, column) {
	const items = (Array.isArray(value) ? value : []).map((item) => column.nameOf?.(item) ?? item);
	if (!items.length) return none();
	const names = items.map((item) =>
		item && typeof item === 'object' ? (item.tag_name ?? item.name ?? item.tag_id) : String(item),
	);
	return element(
		'span.chips',
		{ title: names.join('、') },
		names.slice(0, 2).map((name) => element('span.chip', null, String(name))),
		names.length > 2 && element('span.more', null, `+${number(names.length - 2)}`),
	);
}

function chats(value, row, range) {
	const items = Array.isArray(value) ? value : [];
	if (!items.length) return none();
	return element(
		'span.chips',
		null,
		items
			.slice(0, 4)
			.map((item) =>
				item && typeof item === 'object'
					? chatLink(item.chat_id, item.name, range)
					: chatLink(item, row.chat_names?.[item], range),
			),
		items.length > 4 &&
			element(
				'span.more',
				{
					title: items
						.slice(4)
						.map((item) => item?.chat_id ?? item)
						.join('\n'),
				},
				`+${number(items.length - 4)}`,
			),
	);
}

/* retained_d7 of old_enough_d7: as a share, the two in the title. */
function rate(value, row, column) {
	const of = row[column.of];
	return element(
		'span',
		{ title: isNone(of) ? null : `${number(value)} / ${number(of)}` },
		Number(of) > 0 ? percent(value / of) : '–',
	);
}

const KINDS = {
	text: { make: (value) => line(value) },
	id: { make: id },
	word: {
		make: (value, row, column) => (isNone(value) ? none() : element('span', null, word(column.set, value))),
	},
	badge: { make: (value, row, column) => badge(column.set, value) },
	number: { make: number, end: true, down: true },
	signed: {
		make: (value) => element(`span.${Number(value) < 0 ? 'minus' : 'plus'}`, null, signed(value)),
		end: true,
		down: true,
	},
	percent: { make: percent, end: true, down: true },
	rate: { make: rate, end: true, down: true },
	span: { make: span, end: true, down: true },
	time: {
		make: (value) =>
			isNone(value) ? none() : element('span.when', { title: time(value, true) }, time(value)),
		down: true,
	},
	day: { make: (value) => (isNone(value) ? none() : element('span.when', null, day(value))), down: true },
	flag: {
		make: (value, row, column) =>
			value ? element('span.badge.bad', null, text(`flag.${column.key}`)) : '',
		down: true,
	},
	member: { make: member },
	customer: {
		make: (value, row, column, range) =>
			customerLink(value, row[column.name ?? 'customer_name'] ?? row.name, range),
	},
	chat: {
		make: (value, row, column, range) =>
			chatLink(value, row[column.name ?? 'chat_name'] ?? row.name, range),
	},
	several: { make: several },
	chats: { make: chats },
	made: { make: (value, row, column, range) => column.make(row, range) },
};

export const kindOf = (column) => KINDS[column.kind ?? 'text'];

export function heading(column) {
	return text(column.label ?? `col.${column.key}`);
}

/* What the column counts, where the heading alone does not say it. */
export function hint(column) {
	const key = `hint.${column.hint ?? column.key}`;
	return has(key) ? text(key) : null;
}

export function cell(column, row, range) {
	const kind = kindOf(column);
	const node = element(column.head ? 'th' : 'td', {
		scope: column.head ? 'row' : null,
		class: kind.end || column.end ? 'end' : null,
	});
	const made = kind.make(row[column.key], row, column, range);
	const href = column.link && Number(row[column.key]) > 0 ? column.link(row, range) : null;
	return append(node, [href ? element('a', { href }, made) : made]);
}

/* A table of rows already here, for what comes whole; no sorting, no pages. */
export function smallTable(caption, columns, rows, range) {
	return element(
		'div.table-box',
		{ 'role': 'region', 'tabindex': '0', 'aria-label': caption },
		element(
			'table',
			null,
			element('caption.unseen', null, caption),
			element(
				'thead',
				null,
				element(
					'tr',
					null,
					columns.map((column) =>
						element(
							'th',
							{
								scope: 'col',
								class: kindOf(column).end || column.end ? 'end' : null,
								title: hint(column),
							},
							heading(column),
						),
					),
				),
			),
			element(
				'tbody',
				null,
				rows.map((row) =>
					element(
						'tr',
						null,
						columns.map((column) => cell(column, row, range)),
					),
				),
			),
		),
	);
}
