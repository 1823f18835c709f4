/*
 * Which language the page speaks: Chinese first, English on request, remembered by the browser.
 * Text that stands in the HTML carries data-text="key" (or data-label for aria-label) and is set by `speak`.
 */

import { strings } from './strings.js';

const STORE = 'wecom-mirror-language';

function remembered() {
	try {
		return localStorage.getItem(STORE);
	} catch {
		return null; /* storage is forbidden: the choice lasts as long as the page */
	}
}

let language = remembered() === 'en' ? 'en' : 'zh';

export const current = () => language;
export const locale = () => (language === 'zh' ? 'zh-CN' : 'en');

/* The sentence of `key` with {name} replaced from `values`; a key that nobody wrote is shown as it is, to be seen. */
export function text(key, values) {
	const sentence = strings[language][key] ?? key;
	return values ? sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? '') : sentence;
}

export const has = (key) => key in strings[language];

/* A word for a value of a known set, such as a status; a value that is not in it is shown as it came. */
export function word(set, value) {
	if (value === null || value === undefined || value === '') return '';
	return strings[language][`${set}.${value}`] ?? String(value);
}

/* Set the text of everything below `root` that names a key. */
export function speak(root = document) {
	document.documentElement.lang = locale();
	for (const node of root.querySelectorAll('[data-text]')) node.textContent = text(node.dataset.text);
	for (const node of root.querySelectorAll('[data-label]'))
		node.setAttribute('aria-label', text(node.dataset.label));
	for (const button of root.querySelectorAll('[data-language]')) {
		button.setAttribute('aria-pressed', String(button.dataset.language === language));
	}
}

/* The two buttons of the switch; `changed` draws again what the page itself has written. */
export function offerLanguages(changed) {
	for (const button of document.querySelectorAll('[data-language]')) {
		button.addEventListener('click', () => {
			language = button.dataset.language;
			try {
				localStorage.setItem(STORE, language);
			} catch {
				/* as above */
			}
			speak();
			changed?.();
		});
	}
	speak();
}
