/*
 * A view made of one answer: read it, draw it, say so when it cannot be had.
 */

import { element, replace } from './dom.js';
import { text } from './language.js';
import { get } from './server.js';
import { loading, refused } from './state.js';

/*
 * read(args, range, signal) → the answer, or several; draw(answer, again) → nodes; again() reads once more, quietly.
 */
export function section(read, draw) {
	const node = element('div.detail', null, loading());

	async function update(args, range, signal) {
		const again = () => update(args, range, signal);
		node.setAttribute('aria-busy', 'true');
		try {
			const answer = await read(args, range, signal);
			if (!signal.aborted) replace(node, draw(answer, again));
		} catch (error) {
			if (!signal.aborted) replace(node, element('div.card', null, refused(error, again)));
		}
		node.removeAttribute('aria-busy');
	}

	return { node, update };
}

export const readSettings = (args, range, signal) => get('settings', {}, signal);

/* note: a sentence, or a sentence and a tool. */
export function card(title, note, ...content) {
	const [sentence, tool] = [note].flat();
	return element(
		'section.card',
		null,
		element(
			'div.card-head',
			null,
			element('h2', null, title),
			sentence && element('p.note', null, sentence),
			tool && element('div.tools', null, tool),
		),
		...content,
	);
}

export const refresh = (again) =>
	element('button.button.small', { type: 'button', onclick: again }, text('action.refresh'));

export const padded = (...content) => element('div.card-body', null, content);
export const flush = (...content) => element('div.card-body.flush', null, content);

export function facts(pairs) {
	return element(
		'dl.facts',
		null,
		pairs
			.filter(Boolean)
			.map(([key, value]) =>
				element('div', null, element('dt', null, key), element('dd', null, value)),
			),
	);
}
