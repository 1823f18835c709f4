/*
 * Authorisation in words: the corp, whom the app may see, what it may do, who may change that.
 */

import { element } from './dom.js';
import { text, word, has } from './language.js';
import { number, time } from './format.js';
import { badge, line, id, smallTable } from './cell.js';
import { empty } from './state.js';
import { section, readSettings, card, padded, flush, facts } from './section.js';

/* What the reports need; one that is not granted is named, with what is missing then. */
const NEEDED = [
	'contact:base:base',
	'externalcontact:base:base',
	'externalcontact:contact:tag',
	'externalcontact:groupchat:stat',
];

/* The words of a permission: its own, else those of the family it belongs to, else none. */
function explained(name) {
	if (has(`permission.${name}`)) return text(`permission.${name}`);
	const family = Object.keys(FAMILIES).find((prefix) => name.startsWith(prefix));
	return text(family ? FAMILIES[family] : 'permission.unknown');
}

const FAMILIES = {
	'externalcontact:customer_acquisition:': 'permission.customer_acquisition',
	'contact:sensitive:': 'permission.sensitive',
};

function permissionList(granted) {
	const missing = NEEDED.filter((name) => !granted.includes(name));
	return element(
		'ul.permissions',
		null,
		granted.map((name) => permission(name, true)),
		missing.map((name) => permission(name, false)),
	);
}

function permission(name, isGranted) {
	return element(
		`li.permission${isGranted ? '' : '.missing'}`,
		null,
		element(
			`span.badge.${isGranted ? 'good' : 'bad'}`,
			null,
			text(isGranted ? 'permission.granted' : 'permission.missing'),
		),
		element('span.permission-words', null, explained(name), element('code', null, name)),
	);
}

function draw({ corp = {}, permissions, admins, scope }) {
	const granted = permissions ?? [];
	return [
		card(
			text('authorisation.corp'),
			null,
			padded(
				facts([
					[text('col.corp'), line(corp.corp_name)],
					[text('col.corp_state'), badge('corp_state', corp.state)],
					corp.suspended_reason && [
						text('col.suspended_reason'),
						element('span', null, String(corp.suspended_reason)),
					],
					[
						text('col.auth_mode'),
						corp.auth_mode === null || corp.auth_mode === undefined
							? '–'
							: word('auth_mode', corp.auth_mode),
					],
					[text('col.agent_id'), id(corp.agent_id)],
					[text('col.auth_corp_id'), id(corp.corp_id)],
					[text('col.installed_at'), time(corp.installed_at)],
					[text('col.backfilled_at'), time(corp.backfilled_at)],
					[text('col.reconcile_at'), time(corp.reconcile_at)],
				]),
			),
		),
		card(
			text('authorisation.scope'),
			text('authorisation.scope_note'),
			padded(
				element(
					'div.counts',
					null,
					['members', 'departments', 'tags'].map((name) =>
						element(
							'div.count',
							null,
							element('span.count-value', null, number(scope?.[name])),
							element('span.count-name', null, text(`scope.${name}`)),
						),
					),
				),
			),
		),
		card(
			text('authorisation.permissions'),
			text('authorisation.permissions_note'),
			flush(permissionList(granted)),
		),
		card(
			text('authorisation.admins'),
			null,
			flush(
				admins?.length
					? smallTable(
							text('authorisation.admins'),
							[
								{
									key: 'userid',
									kind: 'member',
									label: 'col.admin',
									head: true,
								},
								{ key: 'auth_type', kind: 'word', set: 'auth_type' },
							],
							admins,
						)
					: empty(
							text(
								Number(corp.auth_mode) === 1
									? 'authorisation.no_admins_by_member'
									: 'authorisation.no_admins',
							),
						),
			),
		),
	];
}

export const makeAuthorisation = () => section(readSettings, draw);
