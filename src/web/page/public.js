/*
 * The pages for everybody: home, login, error.  They know nothing of a corp; what they say depends on the address alone.
 */

import { text, has, offerLanguages } from './language.js';

const REASONS = [
	'left',
	'expired',
	'denied',
	'outsider',
	'suspended',
	'cancelled',
	'pending',
	'not_installed',
	'state',
	'failed',
];
const byId = (id) => document.getElementById(id);

/* Where to go after the login: a page of ours, or none. */
function nextPage(query) {
	/* the browser carries the fragment of a page that sent here along: the view that was asked for */
	const view = /^#\//.test(location.hash) ? location.hash : '';
	const next = (query.get('next') ?? '') + ((query.get('next') ?? '').includes('#') ? '' : view);
	return /^\/wecom\/(?!login)[\w./?=&#%:-]*$/.test(next) && !next.includes('//') ? next : '/wecom/workspace';
}

function login() {
	const query = new URLSearchParams(location.search);
	const inside = /wxwork/i.test(navigator.userAgent);
	for (const [id, how] of [
		['login-web', 'web'],
		['login-inside', 'oauth'],
	])
		byId(id).href = `/wecom/login/start?${new URLSearchParams({ how, next: nextPage(query) })}`;
	byId(inside ? 'login-inside' : 'login-web').classList.add('first');
	const reason = query.get('reason');
	if (REASONS.includes(reason)) {
		byId('reason').hidden = false;
		byId('reason').dataset.text = reason === 'left' ? 'login.left' : `reason.${reason}`;
	}
}

/*
 * The status is what wecom-web wrote into the page, else what the browser says it was; the request id is there for the support.
 */
function refusal() {
	const written = (name) => {
		const content = document.querySelector(`meta[name="${name}"]`).content;
		return /^[\w-]{1,64}$/.test(content) ? content : '';
	};
	const status =
		Number(written('wecom-status')) || performance.getEntriesByType('navigation')[0]?.responseStatus || 0;
	const known = [400, 401, 403, 404, 405, 413, 503].includes(status) ? status : 'other';
	byId('status').textContent = status >= 400 ? String(status) : '';
	const reason = written('wecom-reason');
	byId('sentence').dataset.text = has(`reason.${reason}`) ? `reason.${reason}` : `page_error.${known}`;
	byId('advice').dataset.text = `page_error.${known}.advice`;
	byId('again').hidden = status !== 503 && status < 500;
	byId('again').addEventListener('click', () => location.reload());
	byId('to-login').hidden = status !== 401 && status !== 403;
	return () => {
		byId('request').textContent = written('wecom-request')
			? text('error.request', { id: written('wecom-request') })
			: '';
	};
}

const page = document.body.dataset.page;
if (page === 'login') login();
const afterwards = page === 'error' ? refusal() : null;

function named() {
	document.title = page === 'home' ? text('brand') : `${text(`title.${page}`)} · ${text('brand')}`;
	afterwards?.();
}

offerLanguages(named);
named();
