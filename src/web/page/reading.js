/*
 * Progress of the first full read, and reading again on request: everything of a kind, or one object.
 */

import { element } from './dom.js';
import { text, word } from './language.js';
import { time } from './format.js';
import { section, readSettings, refresh, card, padded } from './section.js';
import { actionButton, raised } from './action.js';
import { progressList } from './progress.js';

const ALL = ['corp', 'member_list', 'customer_list', 'chat_list', 'tag'];
const SINGLE = ['chat', 'customer', 'tag', 'member'];

function resyncAll(token) {
	return element(
		'ul.resync',
		null,
		ALL.map((kind) =>
			element(
				'li',
				null,
				element(
					'span.resync-words',
					null,
					element('span.strong', null, word('kind', kind)),
					element('span.quiet', null, text(`resync.${kind}`)),
				),
				actionButton({
					name: 'resync',
					token,
					label: text('action.resync'),
					said: raised,
					title: text('action.resync_kind', { kind: word('kind', kind) }),
					form: () => ({ kind, target: '' }),
				}),
			),
		),
	);
}

function resyncOne(token) {
	const kind = element(
		'select',
		{ 'aria-label': text('col.kind') },
		SINGLE.map((one) => element('option', { value: one }, word('kind', one))),
	);
	const target = element('input.target', {
		'type': 'text',
		'placeholder': text('resync.target'),
		'aria-label': text('resync.target'),
		'maxlength': '128',
		'autocomplete': 'off',
		'spellcheck': 'false',
	});
	const button = actionButton({
		name: 'resync',
		token,
		label: text('action.resync'),
		said: raised,
		title: text('action.resync_one'),
		form: () => {
			const id = target.value.trim();
			target.setAttribute('aria-invalid', String(!id));
			if (!id) target.focus();
			return id ? { kind: kind.value, target: id } : null;
		},
	});
	return element(
		'form.resync-one',
		{
			onsubmit: (event) => {
				event.preventDefault();
				button.querySelector('button').click();
			},
		},
		kind,
		target,
		button,
	);
}

function draw({ backfill, corp = {} }, again, token) {
	return [
		card(
			text('reading.progress'),
			[
				text(backfill?.done ? 'reading.done' : 'reading.running', {
					at: time(corp.backfilled_at),
				}),
				refresh(again),
			],
			padded(progressList(backfill?.steps)),
		),
		card(
			text('reading.again'),
			text('reading.again_note', { at: time(corp.reconcile_at) }),
			padded(resyncAll(token)),
		),
		card(text('reading.one'), text('reading.one_note'), padded(resyncOne(token))),
	];
}

export const makeReading = ({ me }) => section(readSettings, (answer, again) => draw(answer, again, me.csrf_token));
