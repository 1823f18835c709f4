/*
 * Freshness and trust of the data: what arrived, what was repeated, missed and mended, what full reads found different; the
 * credentials this depends on; the calls it took and those it saved.
 */

import { element, icon } from './dom.js';
import { text } from './language.js';
import { number, time, span, percent } from './format.js';
import { get, csvAddress } from './server.js';
import { badge, smallTable } from './cell.js';
import { empty } from './state.js';
import { section, card, padded, flush, facts } from './section.js';

const sum = (rows, key) => rows.reduce((total, row) => total + Number(row[key] ?? 0), 0);

const TRUST = [
	{ key: 'day', kind: 'day', head: true },
	{ key: 'info_type', kind: 'word', set: 'info_type' },
	...['received', 'duplicates', 'out_of_order', 'gaps', 'repaired'].map((key) => ({ key, kind: 'number' })),
	{ key: 'repair_p50_s', kind: 'span' },
	{ key: 'repair_p95_s', kind: 'span' },
	...['stale_pulls', 'parked', 'backlog', 'drift'].map((key) => ({ key, kind: 'number' })),
];
const USAGE = [
	{ key: 'day', kind: 'day', head: true },
	{ key: 'api' },
	...['calls', 'errors', 'limited', 'saved'].map((key) => ({ key, kind: 'number' })),
];

function csv(name, args, title) {
	return element(
		'a.button.small',
		{ 'href': csvAddress(name, args), 'download': '', 'aria-label': text('csv.label', { title }) },
		icon('M8 2v7.5M5 7l3 3 3-3M3 13h10'),
		'CSV',
	);
}

function headline(rows) {
	const figures = ['received', 'duplicates', 'gaps', 'repaired', 'drift'].map((key) => ({
		key,
		value: number(sum(rows, key)),
	}));
	return element(
		'div.figures',
		null,
		figures.map((one) =>
			element(
				'div.figure',
				{ 'data-figure': one.key },
				element('span.figure-name', null, text(`col.${one.key}`)),
				element('span.figure-value', null, one.value),
				element('span.figure-change', null, text(`trust.${one.key}`)),
			),
		),
	);
}

function credentials(held) {
	const left = held?.token_expires_at ? (new Date(held.token_expires_at) - Date.now()) / 1000 : null;
	return facts([
		[text('col.corp_state'), badge('corp_state', held?.state)],
		[
			text('col.suite_ticket_age_s'),
			element(
				'span',
				null,
				span(held?.suite_ticket_age_s),
				Number(held?.suite_ticket_age_s) > 1800 && [
					' ',
					element('span.badge.bad', null, text('credentials.old')),
				],
			),
		],
		[
			text('col.token_expires_at'),
			left === null
				? '–'
				: left > 0
					? `${time(held.token_expires_at)} · ${text('credentials.left', { span: span(left) })}`
					: element('span.badge.wait', null, text('credentials.renewed_on_use')),
		],
	]);
}

function openid(held) {
	if (!held) return null;
	const total = Number(held.mapped ?? 0) + Number(held.unmapped ?? 0) + Number(held.invalid ?? 0);
	return card(
		text('trust.openid'),
		text('trust.openid_note'),
		padded(
			facts([
				[
					text('col.mapped'),
					`${number(held.mapped)}${total ? ` · ${percent(Number(held.mapped ?? 0) / total)}` : ''}`,
				],
				[text('col.unmapped'), number(held.unmapped)],
				[text('col.invalid'), number(held.invalid)],
				held.frozen_until && [text('col.frozen_until'), time(held.frozen_until)],
			]),
		),
	);
}

function draw([settings, trust, usage]) {
	const rows = trust.rows ?? [];
	const calls = usage.rows ?? [];
	const made = sum(calls, 'calls');
	const saved = sum(calls, 'saved');
	return [
		card(text('trust.title'), text('trust.note'), headline(rows)),
		card(
			text('trust.credentials'),
			text('trust.credentials_note'),
			padded(credentials(settings.credentials)),
		),
		card(
			text('trust.by_day'),
			[null, csv('trust', trust.range, text('trust.by_day'))],
			flush(
				rows.length
					? element('div.tall', null, smallTable(text('trust.by_day'), TRUST, rows))
					: empty(null, text('state.other_range')),
			),
		),
		card(
			text('trust.usage'),
			[
				calls.length
					? text('trust.usage_note', {
							made: number(made),
							saved: number(saved),
							share: percent(made + saved ? saved / (made + saved) : 0),
						})
					: null,
				csv('usage', trust.range, text('trust.usage')),
			],
			flush(
				calls.length
					? element('div.tall', null, smallTable(text('trust.usage'), USAGE, calls))
					: empty(null, text('state.other_range')),
			),
		),
		openid(settings.openid),
	];
}

export const makeTrust = () =>
	section(
		(args, range, signal) =>
			Promise.all([
				get('settings', {}, signal),
				get('trust', { from: range.from, to: range.to }, signal).then((got) => ({
					...got,
					range: { from: range.from, to: range.to },
				})),
				get('usage', { from: range.from, to: range.to }, signal),
			]),
		draw,
	);
