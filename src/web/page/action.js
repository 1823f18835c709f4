/*
 * A button that acts: asks the server once, is not pressed twice meanwhile, and says beside itself what came of it.
 */

import { element } from './dom.js';
import { text } from './language.js';
import { number } from './format.js';
import { post } from './server.js';
import { sentenceOf, announce } from './state.js';

/*
 * form() gives the fields, or null when there is nothing to send; said(answer) the sentence of success.
 * `after` is called some seconds later, when what was raised may have begun.
 */
export function actionButton({ name, label, form, token, said, after, title }) {
	const outcome = element('span.outcome', { role: 'status' });
	const button = element('button.button.small', { 'type': 'button', title, 'aria-label': title }, label);
	button.addEventListener('click', async () => {
		const fields = form();
		if (!fields || button.getAttribute('aria-disabled') === 'true') return;
		button.setAttribute('aria-disabled', 'true');
		outcome.className = 'outcome';
		outcome.textContent = text('action.running');
		try {
			const answer = await post(`/wecom/api/${name}`, fields, token);
			outcome.classList.add('done');
			outcome.textContent = said(answer);
			after?.();
		} catch (error) {
			outcome.classList.add('failed');
			outcome.textContent = [sentenceOf(error), error.status === 400 && error.sentence]
				.filter(Boolean)
				.join(' ');
		}
		announce(outcome.textContent);
		button.removeAttribute('aria-disabled');
	});
	return element('span.action', null, button, outcome);
}

export const raised = (answer) =>
	Number(answer.raised) > 0 ? text('action.raised', { n: number(answer.raised) }) : text('action.none');
