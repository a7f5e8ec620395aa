// What is asked before an article is finished that seems not to be.

import { h } from '../dom.js';

/**
 * @param {{what: string, rows: string[]}[]} warnings
 * @param {(key: string) => void} show goes to a statement
 * @returns {Promise<'finish' | 'accept' | ''>}
 */
export function askFinish(warnings, show) {
	return new Promise((resolve) => {
		let answer = '';
		const close = (a) => () => {
			answer = a;
			dialog.close();
		};
		const left = warnings[0].what.includes('suggestion');
		const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { class: 'finish', 'aria-labelledby': 'finish-name' },
			h('h2', { id: 'finish-name' }, 'Finish this article?'),
			h('ul', null, warnings.map((w) => h('li', null, w.what + '. ', h('button', { type: 'button', class: 'plain', on: { click: () => {
				dialog.close();
				show(w.rows[0]);
			} } }, 'Show')))),
			left && h('p', { class: 'quiet' }, 'Suggestions that nobody has judged are no labels.'),
			h('div', { class: 'buttons' },
				h('button', { type: 'button', id: 'finish-back', autofocus: true, on: { click: close('') } }, 'Go back'),
				left && h('button', { type: 'button', id: 'finish-accept', on: { click: close('accept') } }, 'Accept them, and finish'),
				h('button', { type: 'button', id: 'finish-anyway', class: 'primary', on: { click: close('finish') } }, left ? 'Finish without them' : 'Finish'))));
		dialog.addEventListener('close', () => {
			dialog.remove();
			resolve(/** @type {any} */ (answer));
		});
		document.body.append(dialog);
		dialog.showModal();
	});
}
