// The articles, and how far they are.

import { fill, h, words } from '../dom.js';

const states = ['untouched', 'begun', 'finished'];

export class List {
	/** @param {any} index @param {(key: string) => void} open */
	constructor(index, open) {
		this.a = index.articles;
		this.at = new Map(this.a.key.map((k, i) => [k, i]));
		this.search = /** @type {HTMLInputElement} */ (h('input', { type: 'search', 'aria-label': 'Find articles', placeholder: 'Find', on: { input: () => this.filter() } }));
		this.which = /** @type {HTMLSelectElement} */ (h('select', { 'aria-label': 'Which articles', on: { change: () => this.filter() } },
			h('option', { value: '' }, 'All'), states.map((s, i) => h('option', { value: i }, s[0].toUpperCase() + s.slice(1)))));
		this.bar = /** @type {HTMLProgressElement} */ (h('progress', { 'aria-label': 'Finished articles', max: Math.max(1, this.a.key.length), value: 0 }));
		this.told = h('p', { class: 'quiet', role: 'status' });
		this.items = this.a.key.map((key, i) => {
			const state = h('span', { class: 'state' });
			const button = h('button', { type: 'button', class: 'plain item', on: { click: () => open(key) } }, words(this.a.title[i] || this.a.id[i]), state);
			return { li: h('li', null, button), button, state };
		});
		this.element = h('nav', { class: 'articles', id: 'articles', 'aria-label': 'Articles' },
			h('div', { class: 'pair' }, this.search, this.which), this.bar, this.told, h('ol', null, this.items.map((i) => i.li)));
		this.items.forEach((_, i) => this.draw(i));
		this.tell();
	}

	draw(i) {
		const p = this.a.progress[i], { state } = this.items[i];
		state.className = 'state ' + states[p];
		const detail = p === 1 && this.a.left[i] > 0 ? `, ${this.a.left[i]} to judge` : p === 2 ? `, ${this.a.labels[i]}` : '';
		fill(state, ['○', '◐', '●'][p], ' ', states[p] + detail);
	}

	tell() {
		const done = this.a.progress.filter((p) => p === 2).length, begun = this.a.progress.filter((p) => p === 1).length;
		this.bar.value = done;
		fill(this.told, `${done} of ${this.a.key.length} finished${begun ? `, ${begun} begun` : ''}`);
	}

	/** Notes how far an article is. */
	note(key, progress, left, labels) {
		const i = this.at.get(key);
		if (i === undefined) return;
		this.a.progress[i] = progress;
		this.a.left[i] = left;
		this.a.labels[i] = labels;
		this.draw(i);
		this.tell();
	}

	/** Marks the article that is open. */
	current(key) {
		this.element.querySelector('[aria-current]')?.removeAttribute('aria-current');
		const item = this.items[this.at.get(key)];
		item?.button.setAttribute('aria-current', 'true');
		item?.li.scrollIntoView({ block: 'nearest' });
	}

	filter() {
		const sought = this.search.value.trim().toLowerCase(), which = this.which.value;
		this.items.forEach(({ li }, i) => {
			li.hidden = (which !== '' && this.a.progress[i] !== Number(which)) ||
				(sought !== '' && ![this.a.title[i], this.a.id[i], this.a.outlet[i]].some((s) => s.toLowerCase().includes(sought)));
		});
	}

	/** The article in that direction; with unfinished, the next that is not, all around. */
	next(key, step, unfinished = false) {
		const n = this.a.key.length, from = this.at.get(key) ?? -1;
		for (let k = 1; k <= n; k++) {
			const i = from + k * step;
			if (!unfinished && (i < 0 || i >= n)) return undefined;
			const j = ((i % n) + n) % n;
			if (!unfinished || (this.a.progress[j] !== 2 && j !== from)) return this.a.key[j];
		}
		return undefined;
	}
}
