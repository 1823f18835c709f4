/*
 * What waits to be read from WeCom, and what was set aside because it failed, with a button that tries again.
 */

import { element } from './dom.js';
import { text, word } from './language.js';
import { number, time } from './format.js';
import { smallTable, line } from './cell.js';
import { empty } from './state.js';
import { section, readSettings, refresh, card, padded, flush } from './section.js';
import { actionButton, raised } from './action.js';

const QUEUE = [
	{ key: 'kind', kind: 'word', set: 'kind', head: true },
	{ key: 'due', kind: 'number' },
	{ key: 'leased', kind: 'number' },
	{ key: 'parked', kind: 'number' },
	{ key: 'oldest_due_at', kind: 'time' },
];

function parkedColumns(token) {
	return [
		{ key: 'kind', kind: 'word', set: 'kind', head: true },
		{ key: 'target', kind: 'id' },
		{ key: 'attempts', kind: 'number' },
		{ key: 'last_error', kind: 'made', make: (row) => line(row.last_error, 'wide') },
		{
			key: 'action',
			label: 'col.act',
			kind: 'made',
			make: (row) =>
				actionButton({
					name: 'unpark',
					token,
					label: text('action.unpark'),
					said: raised,
					title: text('action.unpark_one', {
						kind: word('kind', row.kind),
						target: row.target ?? '',
					}),
					form: () => ({ kind: row.kind, target: row.target ?? '' }),
				}),
		},
	];
}

function draw({ jobs }, again, token) {
	const kinds = jobs?.kinds ?? [];
	const parked = jobs?.parked ?? [];
	const counts = ['due', 'leased', 'parked'].map((key) => ({
		key,
		value: kinds.reduce((total, row) => total + Number(row[key] ?? 0), 0),
	}));
	return [
		card(
			text('queue.now'),
			[text('queue.note', { at: time(new Date(), true) }), refresh(again)],
			padded(
				element(
					'div.counts',
					null,
					counts.map((one) =>
						element(
							'div.count',
							{ 'data-count': one.key },
							element(
								`span.count-value${one.key === 'parked' && one.value ? '.worse' : ''}`,
								null,
								number(one.value),
							),
							element('span.count-name', null, text(`col.${one.key}`)),
						),
					),
				),
			),
			flush(kinds.length ? smallTable(text('queue.now'), QUEUE, kinds) : empty(text('queue.idle'))),
		),
		card(
			text('queue.parked'),
			text('queue.parked_note'),
			flush(
				parked.length
					? smallTable(text('queue.parked'), parkedColumns(token), parked)
					: empty(text('queue.none_parked')),
			),
		),
	];
}

export const makeQueue = ({ me }) => section(readSettings, (answer, again) => draw(answer, again, me.csrf_token));
