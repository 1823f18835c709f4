/*
 * What stands where data would: reading, nothing there, a refusal in words and what to do about it.
 */

import { element } from './dom.js';
import { text, has } from './language.js';

export function loading() {
	return element(
		'div.state.loading',
		{ role: 'status' },
		element('span.spinner', { 'aria-hidden': 'true' }),
		element('p', null, text('state.loading')),
	);
}

export function empty(sentence, advice) {
	return element(
		'div.state.empty',
		null,
		element('p.strong', null, sentence ?? text('state.empty')),
		advice && element('p', null, advice),
	);
}

const SENTENCES = {
	0: 'error.network',
	400: 'error.arguments',
	401: 'error.session',
	403: 'error.forbidden',
	404: 'error.missing',
	502: 'error.answer',
	503: 'error.database',
};

/* In the reader's language where the reason is known; the server's own sentence tells what was wrong with an argument. */
export function sentenceOf(error) {
	if (error.reason && has(`reason.${error.reason}`)) return text(`reason.${error.reason}`);
	return text(SENTENCES[error.status] ?? 'error.other');
}

export function loginAddress() {
	return `/wecom/login?next=${encodeURIComponent(location.pathname + location.hash)}`;
}

/* `again` reads once more; a session that ended offers the login instead. */
export function refused(error, again) {
	if (!('status' in error)) console.error(error);
	return element(
		'div.state.refused',
		{ role: 'alert' },
		element('p.strong', null, sentenceOf(error)),
		error.status === 400 && error.sentence && element('p', null, error.sentence),
		error.requestId && element('p.quiet', null, text('error.request', { id: error.requestId })),
		element(
			'p',
			null,
			error.status === 401
				? element('a.button.first', { href: loginAddress() }, text('login.again'))
				: again &&
						element(
							'button.button',
							{ type: 'button', onclick: again },
							text('state.again'),
						),
		),
	);
}

let board = null;

/* Tell those who do not see the page what has happened on it. */
export function announce(sentence) {
	board ??= document.getElementById('announcement');
	if (board) board.textContent = sentence;
}
