/*
 * The first view: ten figures with their change against the period before, and the days as charts.
 */

import { element, replace, icon } from './dom.js';
import { text } from './language.js';
import { number, signed, percent, change, day, addDays, daysBetween } from './format.js';
import { get, csvAddress } from './server.js';
import { address, change as moveTo } from './place.js';
import { plotCard, forget } from './plot.js';
import { loading, refused, announce } from './state.js';

/*
 * good: which way is the better one, 0 where neither is; to: the view that tells more
 */
const FIGURES = {
	customers_total: { good: 1, to: 'customers', whole: true },
	new: { good: 1, to: 'customers', args: { sort: '-added_at' } },
	lost: { good: -1, to: 'losses' },
	net: { good: 1, signed: true, to: 'staff' },
	half: { good: 0, to: 'channels' },
	readded: { good: 0, to: 'losses', args: { sort: '-readded_at' } },
	groups_total: { good: 1, to: 'groups', whole: true },
	group_members_external: { good: 1, to: 'groups', args: { sort: '-external' }, whole: true },
	joined: { good: 1, to: 'owners', args: { sort: '-joined' } },
	quit: { good: -1, to: 'owners', args: { sort: '-quit' } },
};

const CUSTOMER_COLUMNS = [
	'total_end',
	'new',
	'half',
	'half_converted',
	'lost_by_staff',
	'lost_by_customer',
	'transferred_away',
	'net',
	'distinct_new',
	'distinct_lost',
	'readded',
];
const GROUP_COLUMNS = [
	'groups_total',
	'groups_new',
	'groups_dismissed',
	'members_staff',
	'members_external',
	'joined',
	'join_invite',
	'join_qr',
	'join_other',
	'quit',
	'quit_self',
	'kicked',
	'quit_other',
	'net',
	'distinct_joined',
	'left_all_groups',
];

const columnsOf = (names) => [
	{ key: 'day', kind: 'made', head: true, make: (row) => element('a', { href: oneDay(row.day) }, row.day) },
	...names.map((key) => ({ key, kind: key === 'net' ? 'signed' : 'number' })),
];

const oneDay = (value) => address('overview', { from: value, to: value });

function figure(one, range) {
	const about = FIGURES[one.name] ?? { good: 0 };
	const ratio = change(one.value, one.previous);
	const difference =
		one.previous === null || one.previous === undefined ? null : Number(one.value) - Number(one.previous);
	const side = !difference || !about.good ? 'even' : Math.sign(difference) === about.good ? 'better' : 'worse';
	const mark = !difference ? '' : difference > 0 ? '▲' : '▼';
	const told =
		difference === null
			? text('figure.no_previous')
			: `${text(about.whole ? 'figure.since' : 'figure.against')} ${signed(difference)}`;
	return element(
		'a.figure',
		{
			'href': about.to ? address(about.to, { ...range, ...about.args }) : null,
			'data-figure': one.name,
			'title': text('figure.previous', { value: number(one.previous) }),
		},
		element('span.figure-name', null, text(`figure.${one.name}`)),
		element('span.figure-value', null, about.signed ? signed(one.value) : number(one.value)),
		element(
			`span.figure-change.${side}`,
			null,
			element('span', null, told),
			ratio !== null &&
				difference !== 0 &&
				element(
					'span.figure-ratio',
					null,
					element('span', { 'aria-hidden': 'true' }, mark),
					`${percent(Math.abs(ratio))}`,
				),
		),
	);
}

/* Every day of the range has a row: what a day without one counted is 0, and totals go on from the day before. */
export function everyDay(rows, range, totals) {
	const held = new Map((rows ?? []).map((row) => [day(row.day), row]));
	const days = [];
	let last = {};
	for (let at = 0; at <= daysBetween(range.from, range.to); at += 1) {
		const value = addDays(range.from, at);
		const row = held.get(value) ?? Object.fromEntries(totals.map((key) => [key, last[key] ?? 0]));
		last = row;
		days.push({ ...row, day: value });
	}
	return days;
}

/* Of joins and quits that only a read told the way is not known. */
const withOthers = (row) => ({
	...row,
	join_other: (row.joined ?? 0) - (row.join_invite ?? 0) - (row.join_qr ?? 0),
	quit_other: (row.quit ?? 0) - (row.quit_self ?? 0) - (row.kicked ?? 0),
});

function csvLink(name, title, range) {
	return element(
		'a.button.small',
		{ 'href': csvAddress(name, range), 'download': '', 'aria-label': text('csv.label', { title }) },
		icon('M8 2v7.5M5 7l3 3 3-3M3 13h10'),
		'CSV',
	);
}

function charts(answer) {
	const range = { from: answer.from, to: answer.to };
	const customers = everyDay(answer.customer_daily, range, ['total_end']);
	const groups = everyDay(answer.group_daily, range, ['groups_total', 'members_staff', 'members_external']).map(
		withOthers,
	);
	const choose = (value) => moveTo({ from: value, to: value });
	const card = (key, days, columns, name, series, fromZero) =>
		plotCard({
			title: text(key),
			days,
			columns: columnsOf(columns),
			series,
			fromZero,
			choose,
			csv: csvLink(name, text(key), range),
		});
	return element(
		'div.grid-two',
		null,
		card('plot.customers', customers, CUSTOMER_COLUMNS, 'customer_daily', [
			{ key: 'new', colour: 'in' },
			{ key: 'lost_by_customer', colour: 'out', down: true },
			{ key: 'lost_by_staff', colour: 'out2', down: true },
			{ key: 'transferred_away', colour: 'away', down: true },
			{ key: 'net', kind: 'line', colour: 'rest' },
		]),
		card(
			'plot.customers_total',
			customers,
			['total_end', 'net'],
			'customer_daily',
			[{ key: 'total_end', kind: 'line', colour: 'in', fill: true }],
			false,
		),
		card('plot.groups', groups, GROUP_COLUMNS, 'group_daily', [
			{ key: 'join_invite', colour: 'in' },
			{ key: 'join_qr', colour: 'in2' },
			{ key: 'join_other', colour: 'in3' },
			{ key: 'quit_self', colour: 'out', down: true },
			{ key: 'kicked', colour: 'out2', down: true },
			{ key: 'quit_other', colour: 'away', down: true },
			{ key: 'net', kind: 'line', colour: 'rest' },
		]),
		card(
			'plot.groups_total',
			groups,
			['groups_total', 'groups_new', 'groups_dismissed', 'members_external', 'members_staff'],
			'group_daily',
			[{ key: 'members_external', kind: 'line', colour: 'in', fill: true }],
			false,
		),
	);
}

function howCounted() {
	return element(
		'details.card.explain',
		null,
		element('summary', null, text('explain.title')),
		element(
			'dl.explain-list',
			null,
			Object.keys(FIGURES).map((name) => [
				element('dt', null, text(`figure.${name}`)),
				element('dd', null, text(`explain.${name}`)),
			]),
		),
	);
}

export function makeOverview() {
	const node = element('div.overview', null, loading());
	let opened = false;

	async function update(args, range, signal) {
		if (opened) node.classList.add('stale');
		node.setAttribute('aria-busy', 'true');
		try {
			const answer = await get('overview', { from: range.from, to: range.to }, signal);
			forget(node);
			replace(
				node,
				element(
					'section.card',
					null,
					element(
						'div.card-head',
						null,
						element('h2', null, text('figure.title')),
						element(
							'p.note',
							null,
							text('figure.compared', {
								from: answer.previous_from,
								to: answer.previous_to,
							}),
						),
					),
					element(
						'div.figures',
						null,
						answer.figures.map((one) =>
							figure(one, { from: args.from, to: args.to }),
						),
					),
				),
				charts(answer),
				howCounted(),
			);
			opened = true;
			announce(text('figure.announce', { from: answer.from, to: answer.to }));
		} catch (error) {
			if (signal.aborted) return;
			opened = false;
			forget(node);
			replace(
				node,
				element(
					'div.card',
					null,
					refused(error, () => update(args, range, signal)),
				),
			);
		}
		node.classList.remove('stale');
		node.removeAttribute('aria-busy');
	}

	return { node, update };
}
