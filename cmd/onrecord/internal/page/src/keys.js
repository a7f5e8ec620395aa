// The keys, and the dialog that tells of them.

import { h } from './dom.js';
import { like, liked } from './theme.js';

const keys = [
	['j n', 'next row or statement'], ['k p', 'previous row or statement'], ['Enter', 'open the row; details of the statement'],
	['[ ]', 'previous and next page or article'], ['↑ ↓', 'walk through the list beside an article'],
	['/', 'search'], ['a s', 'articles, statements'], ['Esc', 'close, leave'], ['?', 'these keys'],
];

/** Whether keys without Ctrl or Alt do anything: speech input and others type them unmeant. */
export const singleKeys = () => liked('keys') !== 'off';

/** @returns {HTMLDialogElement} */
export function keysDialog() {
	const on = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', checked: singleKeys(), on: { change: () => like('keys', on.checked ? '' : 'off') } }));
	return /** @type {HTMLDialogElement} */ (h('dialog', { 'aria-labelledby': 'keys-title' },
		h('h2', { id: 'keys-title' }, 'Keys'),
		h('dl', { class: 'keys' }, keys.map(([k, what]) => [h('dt', null, k.split(' ').map((one, i) => [i > 0 && ' ', h('kbd', null, one)])), h('dd', null, what)])),
		h('label', null, on, ' Keys that are one character do this'),
		h('form', { method: 'dialog' }, h('button', { class: 'primary' }, 'Close'))));
}
