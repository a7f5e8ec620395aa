// A field that completes what is typed to one of many choices, after the ARIA
// pattern "editable combobox with list autocomplete".

import { fill, h, words } from './dom.js';
import { fold } from './fold.js';

const most = 40; // choices shown at once

/**
 * @typedef {object} Choice
 * @property {string} value
 * @property {string} name
 * @property {string} [detail] behind the name
 */

/**
 * @param {object} o
 * @param {string} o.id
 * @param {string} o.label
 * @param {string} o.any what stands in the field where nothing is chosen
 * @param {Choice[]} o.choices the likelier ones first
 * @param {(value: string) => void} o.change
 * @returns {{element: HTMLElement, set: (value: string) => void}} the field with its label
 */
export function combobox({ id, label, any, choices, change }) {
	/** @type {string[] | null} made when first searched */
	let folded = null;
	let chosen = '', active = -1;
	/** @type {Choice[]} */
	let shown = [];

	const input = /** @type {HTMLInputElement} */ (h('input', {
		id, type: 'text', role: 'combobox', placeholder: any, autocomplete: 'off', spellcheck: 'false', dir: 'auto',
		'aria-expanded': 'false', 'aria-controls': id + '-list', 'aria-autocomplete': 'list',
	}));
	const list = h('ul', { id: id + '-list', role: 'listbox', 'aria-label': label, hidden: true });
	const clear = h('button', { type: 'button', class: 'plain clear', 'aria-label': label + ': any', hidden: true, on: { click: () => {
		choose('');
		input.focus();
	} } }, '×');

	const byValue = new Map(choices.map((c) => [c.value, c.name]));
	const nameOf = (value) => byValue.get(value) ?? value.replace(/^\w+:/, '');
	const set = (value) => {
		chosen = value;
		input.value = value === '' ? '' : nameOf(value);
		clear.hidden = value === '';
	};
	const choose = (value) => {
		close();
		const changed = value !== chosen;
		set(value);
		if (changed) change(value);
	};
	const close = () => {
		list.hidden = true;
		active = -1;
		input.setAttribute('aria-expanded', 'false');
		input.removeAttribute('aria-activedescendant');
	};
	const open = () => {
		const typed = chosen !== '' && input.value === nameOf(chosen) ? '' : fold(input.value.trim());
		// Names that begin so go before names that hold it.
		const begin = [], hold = [];
		folded ??= choices.map((c) => fold(c.name));
		for (let i = 0; i < folded.length; i++) {
			const at = folded[i].indexOf(typed);
			if (at < 0) continue;
			(at === 0 || folded[i][at - 1] === ' ' ? begin : hold).push(choices[i]);
		}
		const found = begin.concat(hold);
		const more = Math.max(0, found.length - most);
		shown = found.slice(0, most);
		active = -1;
		input.removeAttribute('aria-activedescendant');
		fill(list,
			shown.map((c, i) => h('li', {
				id: `${id}-${i}`, role: 'option', 'aria-selected': String(c.value === chosen),
				on: { mousedown: (e) => e.preventDefault(), click: () => choose(c.value) },
			}, words(c.name), c.detail && h('span', { class: 'quiet detail' }, c.detail))),
			shown.length === 0 && h('li', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false', class: 'quiet' }, 'None of this name'),
			more > 0 && h('li', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false', class: 'quiet' }, `${more} more: type on`));
		list.hidden = false;
		input.setAttribute('aria-expanded', 'true');
	};
	const move = (to) => {
		if (list.hidden) open();
		if (shown.length === 0) return;
		list.children[active]?.classList.remove('active');
		active = (to + shown.length) % shown.length;
		const option = list.children[active];
		option.classList.add('active');
		option.scrollIntoView({ block: 'nearest' });
		input.setAttribute('aria-activedescendant', option.id);
	};

	input.addEventListener('input', () => {
		if (input.value === '' && chosen !== '') choose('');
		open();
	});
	input.addEventListener('click', () => list.hidden && open());
	input.addEventListener('blur', () => {
		close();
		set(chosen);
	});
	input.addEventListener('keydown', (e) => {
		if (e.key === 'ArrowDown') move(active + 1);
		else if (e.key === 'ArrowUp') move(active < 0 ? -1 : active - 1);
		else if (e.key === 'Enter' && !list.hidden && shown.length > 0) choose(shown[Math.max(active, 0)].value);
		else if (e.key === 'Escape' && !list.hidden) {
			close();
			set(chosen);
		} else return;
		e.preventDefault();
		e.stopPropagation();
	});

	const element = h('div', { class: 'field combobox' }, h('label', { for: id }, label), h('div', { class: 'combo' }, input, clear, list));
	return { element, set };
}
