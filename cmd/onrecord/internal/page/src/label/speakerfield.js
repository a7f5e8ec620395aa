// The field for a statement's speaker: one of the article's, or a new one by
// typing a name. After the ARIA pattern "editable combobox with list
// autocomplete".

import { fill, h, words } from '../dom.js';
import { speakerOf } from './model.js';

const plain = (s) => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

export class SpeakerField {
	/** @param {import('./app.js').App} app */
	constructor(app) {
		this.app = app;
		this.input = /** @type {HTMLInputElement} */ (h('input', {
			id: 'speaker', type: 'text', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'speaker-list', 'aria-autocomplete': 'list',
			autocomplete: 'off', spellcheck: 'false', dir: 'auto', placeholder: 'nobody yet',
		}));
		this.list = h('ul', { id: 'speaker-list', role: 'listbox', 'aria-label': 'Speakers', hidden: true });
		this.element = h('div', { class: 'field combobox' }, h('label', { for: 'speaker' }, 'Speaker ', h('kbd', { 'aria-hidden': 'true' }, 'p')), h('div', { class: 'combo' }, this.input, this.list));
		this.name = '';
		this.active = -1;
		/** @type {{key: string, name: string}[]} key '' is nobody, 'new' a new one */
		this.choices = [];
		const { input } = this;
		input.addEventListener('input', () => this.open());
		input.addEventListener('click', () => this.list.hidden && this.open());
		input.addEventListener('blur', () => this.close());
		input.addEventListener('keydown', (e) => this.key(e));
	}

	update(model, row) {
		this.model = model;
		this.name = speakerOf(model, row.speaker)?.name ?? '';
		if (this.list.hidden) this.input.value = this.name;
	}

	/** Puts the focus here. @param {string} [typed] */
	focus(typed) {
		this.input.focus();
		if (typed) this.input.value = typed;
		this.input.select();
		this.open();
	}

	open() {
		const typed = this.input.value.trim();
		const all = this.model.speakers, sought = typed === this.name ? '' : plain(typed);
		const found = all.filter((s) => plain(s.name).includes(sought))
			.sort((a, b) => Number(plain(b.name).startsWith(sought)) - Number(plain(a.name).startsWith(sought)));
		this.choices = found.map((s) => ({ key: s.key, name: s.name, detail: s.kind }));
		if (typed && !all.some((s) => s.name === typed)) this.choices.push({ key: 'new', name: typed });
		if (this.name && !sought) this.choices.push({ key: '', name: 'Nobody' });
		this.active = -1;
		this.input.removeAttribute('aria-activedescendant');
		fill(this.list, this.choices.map((c, i) => h('li', {
			id: 'speaker-' + i, role: 'option', 'aria-selected': String(c.name === this.name),
			on: { mousedown: (e) => e.preventDefault(), click: () => this.choose(c) },
		}, c.key === 'new' && 'New: ', words(c.name), c.detail && h('span', { class: 'quiet detail' }, ' ' + c.detail))));
		this.list.hidden = this.choices.length === 0;
		this.input.setAttribute('aria-expanded', String(!this.list.hidden));
		if (sought && this.choices.length > 0) this.move(0);
	}

	close() {
		this.list.hidden = true;
		this.input.setAttribute('aria-expanded', 'false');
		this.input.removeAttribute('aria-activedescendant');
		this.input.value = this.name;
	}

	move(to) {
		this.list.children[this.active]?.classList.remove('active');
		this.active = (to + this.choices.length) % this.choices.length;
		const option = this.list.children[this.active];
		option.classList.add('active');
		option.scrollIntoView({ block: 'nearest' });
		this.input.setAttribute('aria-activedescendant', option.id);
	}

	/** @param {{key: string, name: string}} c */
	choose(c) {
		this.close();
		this.app.chooseSpeaker(c.key, c.name);
		this.app.paper.element.focus();
	}

	key(e) {
		if (e.isComposing) return;
		if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
			if (this.list.hidden) this.open();
			if (this.choices.length > 0) this.move(e.key === 'ArrowDown' ? this.active + 1 : this.active < 0 ? -1 : this.active - 1);
		} else if (e.key === 'Enter') {
			if (!this.list.hidden && this.active >= 0) this.choose(this.choices[this.active]);
			else {
				this.close();
				this.app.paper.element.focus();
			}
		} else if (e.key === 'Escape') {
			this.close();
			this.app.paper.element.focus();
		} else return;
		e.preventDefault();
		e.stopPropagation();
	}
}
