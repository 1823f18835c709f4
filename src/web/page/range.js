/*
 * The days a view looks at: two dates in the address, both inclusive; the last 30 days when it names none.
 */

import { element, append } from './dom.js';
import { text } from './language.js';
import { today, addDays, daysBetween, isDay } from './format.js';
import { change } from './place.js';

const PRESETS = [7, 30, 90];
const LONGEST = 400;

/* {from, to, problem}: problem is a sentence when the address asks for what cannot be. */
export function rangeOf(args) {
	const to = args.to ?? today();
	const from = args.from ?? (isDay(to) ? addDays(to, -29) : '');
	return { from, to, problem: problemOf(from, to) };
}

function problemOf(from, to) {
	if (!isDay(from) || !isDay(to)) return text('range.not_a_day');
	if (from > to) return text('range.backwards');
	if (daysBetween(from, to) >= LONGEST) return text('range.too_long', { n: LONGEST });
	return null;
}

/* Only what was asked for: a range by default stays out of links, so that tomorrow they mean tomorrow. */
export const chosen = (args) => ({ from: args.from, to: args.to });

export function rangePicker() {
	const presets = PRESETS.map((days) =>
		element(
			'button',
			{
				type: 'button',
				onclick: () => change({ from: addDays(today(), 1 - days), to: today(), offset: null }),
			},
			text('range.days', { n: days }),
		),
	);
	const [from, to] = ['from', 'to'].map((name) =>
		element('input', { 'type': 'date', 'aria-label': text(`range.${name}`), 'onchange': () => commit() }),
	);
	const complaint = element('p.complaint', { role: 'alert', hidden: true });

	function commit() {
		const problem = problemOf(from.value, to.value);
		complaint.hidden = !problem;
		complaint.textContent = problem ?? '';
		if (!problem) change({ from: from.value, to: to.value, offset: null });
	}

	const node = append(element('div.range', { 'role': 'group', 'aria-label': text('range.label') }), [
		element('div.segments', null, presets),
		element('div.dates', null, from, element('span', { 'aria-hidden': 'true' }, '–'), to),
		complaint,
	]);

	function update(range) {
		complaint.hidden = true;
		from.value = range.from;
		to.value = range.to;
		from.max = to.max = today();
		PRESETS.forEach((days, index) =>
			presets[index].setAttribute(
				'aria-pressed',
				String(range.to === today() && daysBetween(range.from, range.to) === days - 1),
			),
		);
	}

	return { node, update };
}
