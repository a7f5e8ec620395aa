// Looking at a run: what is around its lists, articles and speakers, and the
// way from one to another.

import { count, facts, number } from './bits.js';
import { Catalogue } from './catalogue.js';
import { save } from './csv.js';
import { fill, h, words } from './dom.js';
import { articleRows, statementRows } from './export.js';
import { filterForm } from './filters.js';
import { keysDialog, singleKeys } from './keys.js';
import { articleList, statementList } from './lists.js';
import { format, noFilters, parse } from './place.js';
import { articleView } from './reading.js';
import { speakerView } from './speaker.js';
import { themeSwitch } from './theme.js';

/** @typedef {import('./place.js').Place} Place */

/**
 * @param {HTMLElement} page
 * @param {import('./store.js').Store} store
 */
export async function view(page, store) {
	const app = new App(page, store, await store.open());
	await app.render();
	app.catalogue.prepare();
}

export class App {
	/**
	 * @param {HTMLElement} page
	 * @param {import('./store.js').Store} store
	 * @param {import('./store.js').Index} index
	 */
	constructor(page, store, index) {
		this.store = store;
		this.index = index;
		this.catalogue = new Catalogue(index);
		this.noFilters = noFilters;
		/** @type {Place} */
		this.place = parse(location.hash);
		this.turn = 0;
		/** @type {{key: string, found: import('./catalogue.js').Found} | null} */
		this.last = null;
		/** @type {any} what is shown */
		this.shown = null;

		this.form = filterForm(this.catalogue, (filters, typing) => this.filter(filters, typing));
		this.main = h('main', { id: 'main' });
		this.said = h('p', { class: 'aside', role: 'status', 'aria-live': 'polite' });
		this.keys = keysDialog();
		this.tabs = [['articles', 'Articles'], ['statements', 'Statements']].map(([view, name]) => h('a', { data: { view }, href: '#' }, name));
		fill(page,
			h('a', { class: 'skip', href: '#main', on: { click: (e) => {
				e.preventDefault();
				this.heading()?.focus();
			} } }, 'Skip to the content'),
			h('header', { class: 'bar' },
				h('p', { class: 'brand' }, h('span', { class: 'quiet' }, 'onrecord '), words(index.made.title)),
				h('nav', { 'aria-label': 'Views' }, this.tabs),
				h('div', { class: 'end' },
					h('button', { type: 'button', on: { click: () => this.copy(location.href, 'Link', 'The link to what is shown:') } }, 'Copy link'),
					h('button', { type: 'button', 'aria-haspopup': 'dialog', on: { click: () => this.keys.showModal() } }, 'Keys'),
					themeSwitch())),
			notices(index),
			h('div', { class: 'columns' }, this.form.element, this.main),
			h('footer', { class: 'quiet' }, facts(
				`${count(this.catalogue.size, 'article')}, ${count(this.catalogue.article.length, 'statement')}, ${count(index.speakers.length, 'speaker')}`,
				index.made.version && `onrecord ${index.made.version}`, index.made.time && index.made.time.slice(0, 10))),
			this.said, this.keys);
		this.root = page;
		// Until it is shown, what the address names has its own frame: an article has
		// no filters beside it.
		page.dataset.view = this.place.view;
		if (this.place.view === 'article') fill(this.main, h('p', { class: 'nothing' }, 'Loading…'));

		history.scrollRestoration = 'manual';
		addEventListener('popstate', () => {
			this.typing = false;
			this.render();
		});
		page.addEventListener('click', (e) => this.follow(e));
		document.addEventListener('keydown', (e) => this.key(e));
	}

	/** The address of a place: this one, with a few things changed. @param {Partial<Place>} change */
	link(change) {
		return format({ ...this.place, page: change.page ?? 1, ...change });
	}

	/** Goes to a place. @param {Partial<Place>} change @param {boolean} [replace] instead of coming back to this one */
	go(change, replace = false) {
		return this.visit(this.link(change), replace);
	}

	visit(hash, replace) {
		if (replace) history.replaceState(history.state, '', hash);
		else {
			history.replaceState({ y: scrollY }, '', location.hash || '#/articles');
			history.pushState(null, '', hash);
		}
		return this.render();
	}

	/** Keeps in the address what has changed without another view. @param {Partial<Place>} change */
	note(change) {
		this.place = { ...this.place, ...change };
		const hash = format(this.place);
		history.replaceState(history.state, '', hash);
		this.root.dataset.shown = hash;
	}

	/** Links within the page are followed here, so that the place left is kept. @param {MouseEvent} e */
	follow(e) {
		const a = e.target instanceof Element ? e.target.closest('a[href^="#/"]') : null;
		if (!a || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
		e.preventDefault();
		this.typing = false;
		this.visit(a.getAttribute('href'), false);
	}

	/** What the form asks for. While the reader types, one entry of the history is enough. */
	filter(filters, typing) {
		const view = this.place.view === 'statements' ? 'statements' : 'articles';
		this.go({ view, id: '', at: '', page: 1, filters }, typing && this.typing);
		this.typing = typing;
	}

	/** Shows the place that the address names. */
	async render() {
		const turn = ++this.turn;
		const before = this.shown?.place;
		const hash = location.hash || '#/articles', place = parse(hash);
		this.place = place;
		let shown;
		try {
			const found = await this.find(place.filters, () => turn === this.turn);
			if (!found) return;
			performance.mark('onrecord:show');
			shown = await this.show(place, found);
			shown.found = found;
		} catch (e) {
			shown = { title: 'This cannot be shown', content: h('div', { role: 'alert' }, h('h1', { tabindex: -1 }, 'This cannot be shown'), h('p', null, String(e.message ?? e)),
				h('p', null, h('a', { href: this.link({ view: 'articles', id: '', at: '' }) }, 'All articles'))) };
			if (!(e instanceof Error)) console.error(e);
		}
		if (turn !== this.turn) return;
		shown.place = place;
		this.shown = shown;
		this.form.show(place.filters);
		this.root.dataset.view = place.view;
		for (const tab of this.tabs) {
			tab.setAttribute('href', this.link({ view: /** @type {any} */ (tab.dataset.view), id: '', at: '' }));
			if (tab.dataset.view === place.view) tab.setAttribute('aria-current', 'page');
			else tab.removeAttribute('aria-current');
		}
		document.title = shown.title + ' – ' + this.index.made.title;
		fill(this.main, shown.content);
		const moved = before !== undefined && (before.view !== place.view || before.id !== place.id || before.page !== place.page);
		if (moved) {
			scrollTo(0, history.state?.y ?? 0);
			this.heading()?.focus({ preventScroll: true });
		}
		shown.shown?.(moved);
		clearTimeout(this.saying);
		if (shown.count) this.saying = setTimeout(() => this.say(shown.count), 400);
		performance.measure('onrecord:show', 'onrecord:show');
		this.root.dataset.shown = hash; // what is in the page is this
	}

	heading() {
		return /** @type {HTMLElement | null} */ (this.main.querySelector('h1'));
	}

	/** Finds what filters allow, and keeps it: most steps change no filter. */
	async find(filters, wanted) {
		const key = JSON.stringify(filters);
		if (this.last?.key === key) return this.last.found;
		performance.mark('onrecord:filter');
		const found = await this.catalogue.find(filters, wanted);
		if (!found) return null;
		performance.measure('onrecord:filter', 'onrecord:filter');
		this.last = { key, found };
		return found;
	}

	async show(place, found) {
		if (place.view === 'article') return articleView(this, place, found);
		if (place.view === 'speaker') return speakerView(this, place);
		const list = place.view === 'statements' ? statementList(this, place, found) : articleList(this, place, found);
		return {
			title: list.title, count: list.count,
			content: [
				h('h1', { tabindex: -1 }, list.title), h('p', { class: 'count' }, list.count),
				this.tools(place, list.rows),
				list.content,
			],
		};
	}

	/** The order of a list, and its export. @param {Place} place @param {number} rows */
	tools(place, rows) {
		if (rows === 0) return null;
		const sort = /** @type {HTMLSelectElement} */ (h('select', { id: 'sort', on: { change: async () => {
			await this.visit(this.link({ sort: sort.value }), false);
			document.getElementById('sort')?.focus();
		} } }, [['', 'as in the run'], ['newest', 'newest first'], ['oldest', 'oldest first'], ['unsure', 'lowest confidence first']]
			.map(([value, name]) => h('option', { value, selected: value === place.sort }, name))));
		return h('div', { class: 'tools' },
			h('label', { for: 'sort' }, 'Order ', sort),
			h('button', { type: 'button', class: 'export', on: { click: (e) => this.export(/** @type {HTMLButtonElement} */ (e.currentTarget)) } }, 'Save as CSV'));
	}

	/** Saves all rows of the list shown, of all its pages. @param {HTMLButtonElement} button */
	async export(button) {
		const { place, found, list } = this.shown;
		const progress = (done) => fill(button, `Saving, ${Math.floor(done * 100)}%`);
		button.disabled = true;
		try {
			const sorted = list ?? this.catalogue.sort(place.view === 'articles' ? found.articles : found.statements, place.sort, place.view !== 'articles');
			const rows = place.view === 'articles' ? await articleRows(this, sorted, found, progress) : await statementRows(this, sorted, progress);
			save(`onrecord-${place.view}.csv`, rows);
			this.say(`${number(rows.length - 1)} rows saved`);
		} catch (e) {
			this.tell('The rows cannot be saved: ' + (e.message ?? e));
		}
		fill(button, 'Save as CSV');
		button.disabled = false;
	}

	/** Copies a text, which has a name. @param {string} text @param {string} name @param {string} what it is */
	async copy(text, name, what) {
		try {
			await navigator.clipboard.writeText(text);
			this.tell(name + ' copied');
		} catch {
			// The browser may forbid it: then the reader copies.
			const field = /** @type {HTMLInputElement} */ (h('input', { readonly: true, value: text, 'aria-label': name, size: 60 }));
			const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { 'aria-label': name, on: { close: () => dialog.remove() } }, h('p', null, what), field,
				h('form', { method: 'dialog' }, h('button', null, 'Close'))));
			this.root.appendChild(dialog);
			dialog.showModal();
			field.select();
		}
	}

	/** Has screen readers say something. @param {string} text */
	say(text) {
		fill(this.said, text);
	}

	/** Says something to everybody, for a while. @param {string} text */
	tell(text) {
		this.root.querySelector('.toast')?.remove();
		const toast = h('p', { class: 'toast', 'aria-hidden': 'true' }, text);
		this.root.appendChild(toast);
		this.say(text);
		setTimeout(() => toast.remove(), 4000);
	}

	/** @param {KeyboardEvent} e */
	key(e) {
		if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
		const el = e.target instanceof Element ? e.target : document.body;
		if (el.matches('textarea, select, input:not([type=checkbox], [type=range])')) {
			if (e.key === 'Escape') this.heading()?.focus();
			return;
		}
		if (e.key.length === 1 && !singleKeys()) return;
		if (this.meant(e)) e.preventDefault();
	}

	/** Does what a key asks for. @returns {boolean} whether it asks for anything */
	meant(e) {
		if (e.key === '?') {
			this.keys.showModal();
			return true;
		}
		if (e.key === '/') {
			if (this.place.view === 'articles' || this.place.view === 'statements') this.form.focus();
			else this.go({ view: 'articles', id: '', at: '' }).then(() => this.form.focus());
			return true;
		}
		if (e.key === 'a' || e.key === 's') {
			this.go({ view: e.key === 'a' ? 'articles' : 'statements', id: '', at: '' });
			return true;
		}
		if (this.shown?.keys) return this.shown.keys(e);
		const by = { j: 1, n: 1, k: -1, p: -1 }[e.key];
		if (by) {
			const links = [...this.main.querySelectorAll('.row-link')];
			const now = links.findIndex((l) => l === document.activeElement || l.closest('li.card, tr')?.contains(document.activeElement));
			const next = /** @type {HTMLElement | undefined} */ (links[now < 0 ? (by > 0 ? 0 : links.length - 1) : now + by]);
			next?.focus();
			return true;
		}
		if (e.key === '[' || e.key === ']') {
			/** @type {HTMLElement | null} */ (this.main.querySelector(e.key === '[' ? '.pager a[rel=prev]' : '.pager a[rel=next]'))?.click();
			return true;
		}
		if (e.key === 'Escape' && this.place.view === 'speaker') {
			history.back();
			return true;
		}
		return false;
	}
}

/** What the reader must know of what is not here. @param {import('./store.js').Index} index */
function notices(index) {
	const size = index.articles.id.length, all = [];
	if (index.made.selected) all.push(['Chosen: ', words(index.made.selected), '.']);
	if (index.total < 0) all.push(`These are the first ${number(size)} articles. There are more: make the page with a higher --max-articles, or choose with --outlet, --speaker or --id.`);
	else if (index.total > size) all.push(`These are the first ${number(size)} of ${number(index.total)} articles: make the page with a higher --max-articles, or choose with --outlet, --speaker or --id.`);
	if (index.failed > 0) all.push(`${count(index.failed, 'article')} could not be read: what was printed when the page was made says why.`);
	return all.length > 0 && h('div', { class: 'notices', role: 'note' }, all.map((n) => h('p', null, n)));
}
