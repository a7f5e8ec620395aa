// What can be done, by which key: the one table that the keyboard, the toolbar
// and the help read.

import { h } from '../dom.js';
import { singleKeys } from '../keys.js';
import { like } from '../theme.js';

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string} key as KeyboardEvent.key has it
 * @property {string} name
 * @property {string} does
 * @property {string} group
 * @property {string} [tool] its name in the toolbar above the article
 */

/** @type {Command[]} */
export const commands = [
	{ id: 'next', key: 'j', name: 'j', does: 'next statement', group: 'Walk' },
	{ id: 'previous', key: 'k', name: 'k', does: 'previous statement', group: 'Walk' },
	{ id: 'nextArticle', key: ']', name: ']', does: 'next article', group: 'Walk' },
	{ id: 'previousArticle', key: '[', name: '[', does: 'previous article', group: 'Walk' },
	{ id: 'accept', key: 'a', name: 'a', does: 'accept it, with its quotations that are not judged, and go on', group: 'Judge' },
	{ id: 'reject', key: 'x', name: 'x', does: 'reject it, likewise', group: 'Judge' },
	{ id: 'acceptAll', key: 'A', name: 'A', does: 'accept all that is left', group: 'Judge' },
	{ id: 'remove', key: 'Delete', name: 'Delete', does: 'delete a statement that you made, reject another', group: 'Judge' },
	{ id: 'quotation', key: 'q', name: 'q', does: 'a quotation: the words between the marks', group: 'Selected words are', tool: 'Quotation' },
	{ id: 'claim', key: 'c', name: 'c', does: 'the content of a new claim', group: 'Selected words are', tool: 'Claim' },
	{ id: 'part', key: '+', name: '+', does: 'a further part of this content', group: 'Selected words are', tool: 'Part' },
	{ id: 'bounds', key: 'b', name: 'b', does: 'all of this content', group: 'Selected words are', tool: 'Bounds' },
	{ id: 'source', key: 's', name: 's', does: 'the source (of a quotation: the mention)', group: 'Selected words are', tool: 'Source' },
	{ id: 'addSource', key: 'S', name: 'S', does: 'a further part of the source', group: 'Selected words are', tool: 'More source' },
	{ id: 'cue', key: 'u', name: 'u', does: 'the cue', group: 'Selected words are', tool: 'Cue' },
	{ id: 'target', key: 't', name: 't', does: 'the target of the stance; without words: type it', group: 'Selected words are', tool: 'Target' },
	{ id: 'evidence', key: 'v', name: 'v', does: 'words that express the stance', group: 'Selected words are', tool: 'Evidence' },
	{ id: 'mention', key: 'm', name: 'm', does: 'a mention of the speaker', group: 'Selected words are', tool: 'Mention' },
	{ id: 'support', key: '1', name: '1', does: 'supports its target', group: 'It' },
	{ id: 'oppose', key: '2', name: '2', does: 'opposes its target', group: 'It' },
	{ id: 'neutral', key: '3', name: '3', does: 'is neutral', group: 'It' },
	{ id: 'speaker', key: 'p', name: 'p', does: 'is by: choose a speaker or type a new name (selected words are put in)', group: 'It' },
	{ id: 'negated', key: 'n', name: 'n', does: 'was not said: negated', group: 'It' },
	{ id: 'cueClass', key: 'g', name: 'g', does: 'next class of cue', group: 'It' },
	{ id: 'edit', key: 'e', name: 'e', does: 'go to its fields; Escape comes back', group: 'It' },
	{ id: 'undo', key: 'z', name: 'z', does: 'undo', group: 'Article' },
	{ id: 'redo', key: 'Z', name: 'Z', does: 'redo', group: 'Article' },
	{ id: 'finish', key: 'd', name: 'd', does: 'finish it, and go to the next', group: 'Article' },
	{ id: 'help', key: '?', name: '?', does: 'these keys', group: 'Article' },
];

const byKey = new Map(commands.map((c) => [c.key, c]));

const typing = (el) => el instanceof HTMLSelectElement || el instanceof HTMLTextAreaElement ||
	(el instanceof HTMLInputElement && el.type !== 'checkbox');

/**
 * Listens to the keyboard.
 * @param {import('./app.js').App} app
 */
export function listen(app) {
	document.addEventListener('keydown', (e) => {
		if (e.isComposing || e.defaultPrevented || document.querySelector('dialog[open]')) return;
		const el = document.activeElement;
		if (typing(el)) {
			if (e.key === 'Escape') app.paper.element.focus();
			else return;
			e.preventDefault();
			return;
		}
		if (e.ctrlKey || e.metaKey) {
			const k = e.key.toLowerCase();
			if (e.altKey || (k !== 'z' && k !== 'y')) return;
			e.preventDefault();
			app.run(k === 'y' || e.shiftKey ? 'redo' : 'undo');
			return;
		}
		if (!singleKeys()) return;
		if ((e.key === 'ArrowLeft' || e.key === 'ArrowRight') && (!e.altKey || e.shiftKey) && app.doc) {
			e.preventDefault();
			app.walkWords(e.key === 'ArrowRight' ? 1 : -1, e.shiftKey, e.altKey);
			return;
		}
		if (e.key === 'Escape') {
			app.paper.deselect();
			if (el !== document.body) app.paper.element.focus();
			return;
		}
		// With Alt some keyboards make other characters.
		const letter = e.altKey && /^Key[A-Z]$/.test(e.code) ? e.code.slice(3).toLowerCase() : e.key;
		const c = byKey.get(letter === 'Backspace' ? 'Delete' : letter);
		if (!c) return;
		e.preventDefault();
		app.run(c.id, e.altKey);
	});
}

/**
 * The help, and whether single keys count.
 * @returns {HTMLDialogElement}
 */
export function help() {
	const groups = [...new Set(commands.map((c) => c.group))];
	const box = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', id: 'single', checked: singleKeys(), on: { change: () => like('keys', box.checked ? '' : 'off') } }));
	const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { class: 'keyhelp', 'aria-labelledby': 'keys-name' },
		h('h2', { id: 'keys-name', tabindex: '-1', autofocus: true }, 'Keys'),
		h('div', { class: 'keycolumns' },
			groups.map((g) => h('section', null, h('h3', null, g), h('dl', null, commands.filter((c) => c.group === g).map((c) => [h('dt', null, h('kbd', null, c.name)), h('dd', null, c.does)])))),
			h('section', null, h('h3', null, 'Select words'), h('dl', null,
				h('dt', null, h('kbd', null, '← →')), h('dd', null, 'the word before, the next word'),
				h('dt', null, h('kbd', null, 'Shift ← →')), h('dd', null, 'more or fewer words'),
				h('dt', null, h('kbd', null, 'Shift Alt ← →')), h('dd', null, 'more or fewer characters'),
				h('dt', null, 'Mouse'), h('dd', null, 'drag; whole words are taken'),
				h('dt', null, h('kbd', null, 'Alt'), ' with a key'), h('dd', null, 'exactly what is selected'),
				h('dt', null, h('kbd', null, 'Ctrl z')), h('dd', null, 'undo; with Shift, redo')))),
		h('label', { class: 'check' }, box, ' Single keys (without them: buttons, and Ctrl-Z)'),
		h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', on: { click: () => dialog.close() } }, 'Close'))));
	dialog.addEventListener('close', () => dialog.remove());
	return dialog;
}

/** The toolbar above the article. @param {import('./app.js').App} app */
export function toolbar(app) {
	const tools = commands.filter((c) => c.tool).map((c) => ({ c, el: h('button', {
		type: 'button', id: 'do-' + c.id, title: c.does,
		on: { mousedown: (e) => e.preventDefault(), click: (e) => app.run(c.id, e.altKey) }, // the selection stays
	}, c.tool, ' ', h('kbd', { 'aria-hidden': 'true' }, c.name)) }));
	const element = h('div', { class: 'marker', role: 'toolbar', 'aria-label': 'Selected words are' }, tools.map((t) => t.el));
	const update = () => {
		const selected = app.doc && app.paper.selection() !== null, row = app.doc && app.doc.row !== '';
		for (const { c, el } of tools) {
			el.toggleAttribute('disabled', !selected || (c.id !== 'quotation' && c.id !== 'claim' && !row));
		}
	};
	document.addEventListener('selectionchange', update);
	return { element, update };
}
