/*
 * One customer, and one chat: what is known, and how it came to be so.
 */

import { element, replace, icon } from './dom.js';
import { text, word } from './language.js';
import { number, time, day } from './format.js';
import { get, csvAddress, Refusal } from './server.js';
import { address } from './place.js';
import { smallTable, line, id, customerLink, chatLink } from './cell.js';
import { member } from './names.js';
import { loading, empty, refused } from './state.js';

const DOWNLOAD = 'M8 2v7.5M5 7l3 3 3-3M3 13h10';

function csv(name, args, title) {
	return element(
		'a.button.small',
		{ 'href': csvAddress(name, args), 'download': '', 'aria-label': text('csv.label', { title }) },
		icon(DOWNLOAD),
		'CSV',
	);
}

const card = (title, tools, ...content) =>
	element(
		'section.card',
		null,
		element('div.card-head', null, element('h2', null, title), tools && element('div.tools', null, tools)),
		...content,
	);

const flush = (content) => element('div.card-body.flush', null, content);

function facts(pairs) {
	return element(
		'dl.facts',
		null,
		pairs.map(([key, value]) =>
			element('div', null, element('dt', null, text(key)), element('dd', null, value)),
		),
	);
}

/* A view of one thing named by ?id=. */
function one(name, argument, draw) {
	return ({ title }) => {
		const node = element('div.detail', null, loading());
		async function update(args, range, signal) {
			try {
				const answer = await get(name, { [argument]: args.id }, signal);
				if (!answer[name]) throw new Refusal(404);
				replace(node, draw(answer, args, title));
			} catch (error) {
				if (!signal.aborted)
					replace(
						node,
						element(
							'div.card',
							null,
							refused(error, () => update(args, range, signal)),
							error.status === 404 &&
								element(
									'p.centre',
									null,
									element(
										'a',
										{ href: address(`${name}s`) },
										text(`detail.all_${name}s`),
									),
								),
						),
					);
			}
		}
		return { node, update };
	};
}

const FOLLOWS = [
	{ key: 'userid', kind: 'member', head: true },
	{ key: 'status', kind: 'badge', set: 'status' },
	{ key: 'remark' },
	{ key: 'description' },
	{ key: 'add_way', kind: 'word', set: 'add_way' },
	{ key: 'state', label: 'col.channel' },
	{ key: 'added_at', kind: 'time' },
	{ key: 'lost_at', kind: 'time' },
];

function tagsByStaff(tags) {
	const staff = [...new Set(tags.map((tag) => tag.userid))];
	return element(
		'dl.tag-staff',
		null,
		staff.map((userid) =>
			element(
				'div',
				null,
				element('dt', null, member(userid)),
				element(
					'dd.chips',
					null,
					tags
						.filter((tag) => tag.userid === userid)
						.map((tag) =>
							element(
								'span.chip',
								{
									title: tag.added_at
										? text('tag.since', {
												at: time(tag.added_at),
											})
										: null,
								},
								tag.tag_name ?? tag.tag_id,
							),
						),
				),
			),
		),
	);
}

const REASONS = ['customer_refused', 'customer_limit_exceed', 'listing'];

function detailOf(event) {
	if (/^group_/.test(event.type ?? '')) return chatLink(event.detail, null);
	return REASONS.includes(event.detail) ? text(`reason.${event.detail}`) : detailText(event.detail);
}

function detailText(value) {
	if (value === null || value === undefined || value === '') return null;
	if (typeof value !== 'object') return String(value);
	return Object.entries(value)
		.filter(([, item]) => item !== null && item !== '' && typeof item !== 'object')
		.map(([key, item]) => `${word('col', key)} ${String(item)}`)
		.join(' · ');
}

function timeline(events) {
	const newest = [...events].sort((a, b) => String(b.at).localeCompare(String(a.at)));
	const days = [...new Set(newest.map((event) => day(event.at)))];
	return element(
		'div.timeline',
		null,
		days.map((value) =>
			element(
				'section',
				null,
				element('h3', null, value),
				element(
					'ol',
					null,
					newest
						.filter((event) => day(event.at) === value)
						.map((event) =>
							element(
								`li.event.${kindOf(event.type)}`,
								null,
								element('span.when', null, time(event.at).slice(11)),
								element(
									'span.event-what',
									null,
									element(
										'span.strong',
										null,
										word('event', event.type),
									),
									event.userid && [' ', member(event.userid)],
									event.detail &&
										element(
											'span.event-detail',
											null,
											detailOf(event),
										),
								),
							),
						),
				),
			),
		),
	);
}

function kindOf(type) {
	if (/tag|remark|edit|name/.test(type ?? '')) return 'stays';
	if (/add|join|convert|active/.test(type ?? '')) return 'arrives';
	return /lost|lose|del|quit|transfer|left|gone/.test(type ?? '') ? 'leaves' : 'stays';
}

export const makeCustomer = one('customer', 'external_userid', (answer, args, title) => {
	const customer = answer.customer ?? {};
	const follows = answer.follows ?? [];
	title.textContent = customer.name || text('customer.unnamed');
	document.title = `${title.textContent} · ${text('brand')}`;
	const events = answer.timeline ?? [];
	return [
		card(
			text('customer.facts'),
			null,
			element(
				'div.card-body',
				null,
				facts([
					['col.external_userid', id(customer.external_userid ?? args.id)],
					['col.type', customer.type ? word('customer_type', customer.type) : '–'],
					['col.corp_name', line(customer.corp_name)],
					['col.position', line(customer.position)],
					['col.gender', customer.gender ? word('gender', customer.gender) : '–'],
					['col.synced_at', time(customer.synced_at)],
				]),
			),
		),
		card(
			text('customer.follows'),
			null,
			flush(follows.length ? smallTable(text('customer.follows'), FOLLOWS, follows) : empty()),
		),
		card(
			text('customer.tags'),
			null,
			answer.tags?.length
				? element('div.card-body', null, tagsByStaff(answer.tags))
				: flush(empty(text('customer.no_tags'))),
		),
		card(
			text('customer.timeline'),
			null,
			events.length ? element('div.card-body', null, timeline(events)) : flush(empty()),
		),
	];
});

/* Staff are named by the component, customers by the mirror; null: nobody has told us yet which it is. */
const whoIs = (row) => {
	if (Number(row.type) === 1) return member(row.member_id ?? row.userid);
	return Number(row.type) === 2 || row.type === null || row.type === undefined
		? customerLink(row.member_id, row.name ?? row.customer_name)
		: line(row.member_id);
};

const ROSTER = [
	{ key: 'member_id', kind: 'made', label: 'col.who', head: true, make: whoIs },
	{ key: 'type', kind: 'word', set: 'member_type' },
	{ key: 'group_nickname' },
	{ key: 'join_at', kind: 'time' },
	{ key: 'join_scene', kind: 'word', set: 'join_scene' },
	{ key: 'invitor', kind: 'member' },
];
const LEDGER = [
	{ key: 'at', kind: 'time', head: true },
	{ key: 'action', kind: 'badge', set: 'action' },
	{ key: 'member_id', kind: 'made', label: 'col.who', make: whoIs },
	{ key: 'type', kind: 'word', set: 'member_type' },
	{
		key: 'scene',
		kind: 'made',
		make: (row) =>
			row.scene === null || row.scene === undefined
				? '–'
				: word(row.action === 'quit' ? 'quit_scene' : 'join_scene', row.scene),
	},
	{ key: 'origin', kind: 'word', set: 'origin' },
];
const CHANGES = [
	{ key: 'at', kind: 'time', head: true },
	{ key: 'field', kind: 'word', set: 'field' },
	{ key: 'old', label: 'col.before' },
	{ key: 'new', label: 'col.after' },
];

export const makeChat = one('chat', 'chat_id', (answer, args, title) => {
	const chat = answer.chat ?? {};
	const members = answer.members ?? [];
	const ledger = answer.ledger ?? [];
	const changes = answer.changes ?? [];
	const staff = members.filter((row) => Number(row.type) === 1).length;
	title.textContent = chat.name || text('chat.unnamed');
	document.title = `${title.textContent} · ${text('brand')}`;
	const chatId = chat.chat_id ?? args.id;
	return [
		chat.dismissed_at &&
			element('div.banner', null, text('chat.dismissed', { at: time(chat.dismissed_at) })),
		card(
			text('chat.facts'),
			null,
			element(
				'div.card-body',
				null,
				facts([
					['col.owner', member(chat.owner)],
					[
						'col.admins',
						answer.admins?.length
							? element(
									'span.names',
									null,
									answer.admins.map((userid) => member(userid)),
								)
							: '–',
					],
					['col.members', number(members.length)],
					['chat.staff_external', `${number(staff)} / ${number(members.length - staff)}`],
					['col.chat_created_at', time(chat.created_at)],
					['col.synced_at', time(chat.synced_at)],
					['col.member_version', id(chat.member_version)],
					['col.chat_id', id(chatId)],
				]),
				chat.notice &&
					element(
						'div.notice-text',
						null,
						element('h3', null, text('col.notice')),
						element('p', null, chat.notice),
					),
			),
		),
		card(
			text('chat.roster'),
			csv('roster', { chat_id: chatId }, text('chat.roster')),
			flush(
				members.length
					? element('div.tall', null, smallTable(text('chat.roster'), ROSTER, members))
					: empty(text('chat.nobody')),
			),
		),
		card(
			text('chat.ledger'),
			csv('ledger', { chat_id: chatId }, text('chat.ledger')),
			flush(
				ledger.length
					? element('div.tall', null, smallTable(text('chat.ledger'), LEDGER, ledger))
					: empty(),
			),
		),
		card(
			text('chat.changes'),
			null,
			flush(changes.length ? smallTable(text('chat.changes'), CHANGES, changes) : empty()),
		),
	];
});
