/*
 * What workspace and settings have in common: who is here, the menu, the language, the way out, and the way from an address to a view.
 *
 * A view is {path, group, parent, title, ranged, make(context)}: make returns {node, update(args, range, signal)}.
 *   group    heading it stands under in the menu; without one it is reached by links, and `parent` is lit instead
 *   ranged   its figures are of a range of days
 * update is called at once, and again whenever the address changes within the view; its signal ends when something newer is wanted.
 */

import { element, replace } from './dom.js';
import { text, offerLanguages, current } from './language.js';
import { setTimeZone, setToday, day } from './format.js';
import { get, post } from './server.js';
import { read, address } from './place.js';
import { rangeOf, rangePicker, chosen } from './range.js';
import { offerNames, member } from './names.js';
import { loading, refused, announce } from './state.js';
import { forget } from './plot.js';

const main = document.getElementById('main');
const menu = document.getElementById('menu');
const menuButton = document.getElementById('menu-button');

let me = null;
let views = [];
let shown = null;
let clock = null;

export async function begin(list) {
	views = list;
	offerLanguages(redraw);
	document.querySelector('.skip').addEventListener('click', (event) => {
		event.preventDefault();
		main.focus();
	});
	document.getElementById('leave').addEventListener('click', leave);
	menuButton.addEventListener('click', () => openMenu(menuButton.getAttribute('aria-expanded') !== 'true'));
	document.addEventListener('keydown', (event) => {
		if (event.key === 'Escape' && menuButton.getAttribute('aria-expanded') === 'true') {
			openMenu(false);
			menuButton.focus();
		}
	});
	window.addEventListener('hashchange', show);
	await enter();
}

async function enter() {
	replace(main, loading());
	try {
		me = await get('me');
	} catch (error) {
		replace(main, element('div.card', null, refused(error, enter)));
		return;
	}
	setTimeZone(me.time_zone);
	setToday(me.today);
	show();
	offerNames(me);
}

function openMenu(open) {
	menuButton.setAttribute('aria-expanded', String(open));
	menu.classList.toggle('open', open);
}

/* The other language: everything that was written is written again. */
function redraw() {
	shown = null;
	if (me) show();
}

async function leave() {
	try {
		await post('/wecom/logout', {}, me?.csrf_token);
	} catch {
		/* the session may be gone already; the login page tells */
	}
	location.assign('/wecom/login?reason=left');
}

function drawFrame(view, args) {
	document.getElementById('corp').textContent = me.corp_name || me.corp_id || '';
	document.getElementById('corp').title = me.corp_id ?? '';
	replace(document.getElementById('who'), member(me.userid));
	document.getElementById('to-settings').hidden = !me.is_admin;
	const lit = view.parent ?? view.path;
	const groups = [...new Set(views.map((one) => one.group).filter(Boolean))];
	replace(
		menu,
		groups.map((group) =>
			element(
				'div.menu-group',
				{ 'role': 'group', 'aria-label': text(group) },
				group !== 'menu.overview' &&
					element('p.menu-title', { 'aria-hidden': 'true' }, text(group)),
				views
					.filter((one) => one.group === group)
					.map((one) =>
						element(
							'a',
							{
								'href': address(one.path, chosen(args)),
								'aria-current': one.path === lit ? 'page' : null,
								'onclick': () => openMenu(false),
							},
							text(one.title),
						),
					),
			),
		),
		element('button.menu-leave', { type: 'button', onclick: leave }, text('leave')),
	);
}

function banner() {
	if (!me.state || me.state === 'active') return null;
	return element('div.banner', { role: 'alert' }, text(`banner.${me.state}`));
}

function show() {
	if (!me) return;
	const { path, args } = read();
	const view = views.find((one) => one.path === path) ?? views[0];
	clock?.abort();
	clock = new AbortController();
	const range = rangeOf(args);
	drawFrame(view, args);
	if (!shown || shown.view !== view || shown.language !== current() || (view.key && shown.key !== args[view.key]))
		build(view, args);
	shown.picker?.update(range);
	shown.printed?.replaceChildren(`${day(range.from)} – ${day(range.to)}`);
	if (view.ranged && range.problem)
		replace(
			shown.place,
			element(
				'div.card',
				null,
				element(
					'div.state.refused',
					{ role: 'alert' },
					element('p.strong', null, range.problem),
					element('p', null, text('range.choose')),
				),
			),
		);
	else {
		if (shown.content.node.parentNode !== shown.place) replace(shown.place, shown.content.node);
		shown.content.update(args, range, clock.signal);
	}
}

function build(view, args) {
	const moved = shown !== null && shown.view !== view;
	forget(main);
	const title = element('h1', { tabindex: '-1' }, text(view.title));
	const picker = view.ranged ? rangePicker() : null;
	const printed = view.ranged ? element('span.printed-range') : null;
	const content = view.make({ me, title });
	const place = element('div.content', null, content.node);
	const parent = views.find((one) => one.path === view.parent);
	const crumb =
		parent && element('a.crumb', { href: address(parent.path, chosen(args)) }, `‹ ${text(parent.title)}`);
	replace(
		main,
		banner(),
		element(
			'div.view-head',
			null,
			element(
				'div.title',
				null,
				crumb,
				title,
				printed,
				element('span.printed-corp', null, me.corp_name ?? ''),
			),
			picker?.node,
		),
		place,
	);
	document.title = `${text(view.title)} · ${text('brand')}`;
	shown = { view, content, picker, printed, place, language: current(), key: view.key ? args[view.key] : null };
	if (moved) {
		window.scrollTo(0, 0);
		title.focus({ preventScroll: true });
		announce(text(view.title));
	}
}
