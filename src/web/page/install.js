/*
 * After an installation: what has been done, what is being read and how far.  The code that WeCom gave is exchanged by a job, so the
 * corp may not be known for some seconds.  Progress is that of the installer's own cookie (/wecom/api/install), else that of settings
 * for an administrator who is logged in; without either the page says how to see it.
 */

import { element, replace } from './dom.js';
import { text, offerLanguages } from './language.js';
import { get } from './server.js';
import { progressList } from './progress.js';
import { sentenceOf } from './state.js';

const EVERY_MS = 2000;
const SLOWEST_MS = 15000;

const list = document.getElementById('stages');
const more = document.getElementById('progress');
const sources = ['install', 'settings'];

let known = { state: 'unknown' };
let pause = EVERY_MS;
let wasWaiting = false;

/* {state: 'unknown'|'waiting'|'exchanged'|'failed'|'login', corp_name, backfill} */
async function look() {
	while (sources.length) {
		try {
			const answer = await get(sources[0]);
			if (sources[0] === 'install' && answer.state === 'exchanged') {
				/* the rest is for who is logged in */
				wasWaiting = true;
				sources.shift();
				continue;
			}
			return {
				state: answer.state ?? (answer.corp?.corp_id ? 'exchanged' : 'waiting'),
				corp_name: answer.corp?.corp_name,
				backfill: answer.backfill,
			};
		} catch (error) {
			if (![401, 403, 404].includes(error.status)) return { ...known, trouble: sentenceOf(error) };
			sources.shift();
		}
	}
	return { ...known, state: 'login' };
}

function stage(name, state, ...content) {
	return element(
		`li.stage.${state}`,
		{ 'aria-current': state === 'now' ? 'step' : null },
		element(
			'span.stage-mark',
			{ 'aria-hidden': 'true' },
			state === 'done' ? '✓' : state === 'failed' ? '!' : '',
		),
		element(
			'div',
			null,
			element('p.strong', null, text(`stage.${name}`)),
			element('p.quiet', null, text(`stage.${name}.${state}`)),
			content,
		),
	);
}

function draw() {
	const { state, backfill } = known;
	const done = backfill?.done === true;
	const exchanged = state === 'exchanged' || done || (state === 'login' && wasWaiting);
	document.title = `${text('title.install')} · ${text('brand')}`;
	replace(
		list,
		stage('authorised', 'done'),
		stage(
			'exchange',
			exchanged ? 'done' : state === 'failed' ? 'failed' : state === 'login' ? 'next' : 'now',
			known.corp_name && element('p', null, known.corp_name),
		),
		stage(
			'reading',
			done ? 'done' : exchanged ? 'now' : 'next',
			exchanged && backfill?.steps?.length && progressList(backfill.steps),
		),
		stage('ready', done ? 'done' : 'next'),
	);
	replace(
		more,
		known.trouble && element('p.complaint', { role: 'alert' }, known.trouble),
		state === 'login' && element('p', null, text('install.login')),
		element(
			'p',
			null,
			element(
				`a.button${done || state === 'login' ? '.first' : ''}`,
				{ href: state === 'login' ? '/wecom/login?next=/wecom/settings' : '/wecom/workspace' },
				text(state === 'login' ? 'login.do' : 'install.open'),
			),
		),
	);
}

async function watch() {
	known = await look();
	/* what was under way and no longer is has been done, though only a login shows more */
	wasWaiting ||= known.state === 'waiting';
	draw();
	if (known.state === 'login' || known.state === 'failed' || known.backfill?.done) return;
	pause = known.trouble ? Math.min(SLOWEST_MS, pause * 2) : EVERY_MS;
	setTimeout(watch, pause);
}

offerLanguages(draw);
draw();
watch();
