/*
 * How far the first full read has come: one bar a kind.
 */

import { element } from './dom.js';
import { text, word } from './language.js';
import { number } from './format.js';

/* step: {kind, left, stored} */
export function progressList(steps) {
	return element(
		'ul.steps',
		null,
		(steps ?? []).map((step) => {
			const left = Number(step.left ?? 0);
			const stored = Number(step.stored ?? 0);
			const ratio = left === 0 ? 1 : stored / (stored + left);
			const full = element('span.bar-full');
			full.style.width = `${Math.round(ratio * 100)}%`;
			return element(
				'li.step',
				null,
				element('span.step-name', null, word('kind', step.kind)),
				element(
					'span.bar.wide',
					{
						'role': 'progressbar',
						'aria-valuemin': '0',
						'aria-valuemax': '100',
						'aria-valuenow': String(Math.round(ratio * 100)),
						'aria-label': word('kind', step.kind),
					},
					full,
				),
				element(
					'span.step-count',
					null,
					left
						? text('progress.left', { stored: number(stored), left: number(left) })
						: text('progress.stored', { stored: number(stored) }),
				),
			);
		}),
	);
}
