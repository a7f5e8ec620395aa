// One article, with its statements marked in the text and listed beside it.

import { colours, lines, marksOf, statements } from './article.js';
import { count, date, facts, number, percent, short, stance } from './bits.js';
import { fill, h, words } from './dom.js';
import { conditions } from './place.js';
import { Positions } from './text.js';

/** @typedef {import('./view.js').App} App */
/** @typedef {import('./article.js').Statement} Statement */

const unsure = 0.7; // statements of less confidence say so, as in onrecord show

/**
 * @param {App} app
 * @param {import('./place.js').Place} place
 * @param {import('./catalogue.js').Found} found
 */
export async function articleView(app, place, found) {
	const a = app.catalogue.byId.get(place.id);
	if (a === undefined) throw new Error(`There is no article ${place.id} here. The link may be of another run, or of one of which this page holds a part.`);
	const article = await app.store.article(a);
	const reading = new Reading(app, place, found, a, article);
	return {
		title: reading.title, content: reading.element, keys: (e) => reading.key(e),
		shown: (moved) => reading.shown(place.at, moved),
	};
}

class Reading {
	constructor(app, place, found, a, article) {
		const { index, catalogue } = app;
		this.app = app;
		/** @type {Statement[]} in the order of the text */
		this.all = statements(article);
		this.colour = colours(this.all);
		this.text = new Positions(article.text);
		this.title = article.title || index.articles.title[a] || article.id;
		this.active = -1;

		// The index has the statements of an article in the same order.
		const [start] = catalogue.of(a);
		this.filtered = conditions(place.filters) > 0;
		this.matching = this.all.map((_, i) => !this.filtered || found.is[start + i] === 1);
		const matches = this.matching.filter(Boolean).length;
		this.some = matches < this.all.length; // only then it is worth telling them apart

		this.lines = lines(this.text, marksOf(this.all), article.blocks ?? []);
		this.body = h('div', { class: 'text', lang: article.language || null, on: {
			mouseover: (e) => this.light(this.at(e.target), 'hover'),
			mouseleave: () => this.light(-1, 'hover'),
			click: (e) => this.clicked(e),
		} }, this.lines);
		this.runs = this.collect();
		this.notes = this.all.map((s, i) => this.note(s, i));

		const nothing = this.all.length === 0 && (article.claims || article.quotes ? 'No statement was found in this article.' : 'Nobody has looked for statements in this article: that stage did not run, or failed.');
		const headline = this.lines.find((l) => l.textContent.trim() === this.title.trim());
		this.element = h('article', { class: 'reading' + (this.filtered ? ' filtered' : '') },
			h('header', { class: 'head' },
				neighbours(app, place, found, a),
				h('h1', { tabindex: -1, class: headline ? 'aside' : null }, words(this.title)),
				facts(article.byline && words(article.byline), index.outlets[index.articles.outlet[a]] && words(index.outlets[index.articles.outlet[a]]),
					date(article.published ?? ''), count(index.articles.words[a], 'word'), count(this.all.length, 'statement'),
					['id ', h('span', { class: 'words id' }, article.id)], source(article.url)),
				this.legend(), correct(app)),
			this.body,
			h('aside', { class: 'notes', 'aria-label': 'Statements' },
				h('h2', null, 'Statements'),
				this.filtered && this.all.length > 0 && h('p', { class: 'quiet' }, `${number(matches)} of ${number(this.all.length)} match the filters. `,
					h('a', { href: app.link({ at: '', filters: app.noFilters() }) }, 'Clear filters')),
				nothing && h('p', { class: 'quiet' }, nothing),
				h('ol', null, this.notes)));
	}

	/** The runs of each statement, numbered where its words begin. */
	collect() {
		const number = new Map(this.all.map((s, i) => [s.key, i]));
		/** @type {HTMLElement[][]} */
		const runs = this.all.map(() => []);
		const begins = new Map(this.all.map((s, i) => [s.content[0][0], []]));
		this.all.forEach((s, i) => begins.get(s.content[0][0]).push(i + 1));
		for (const line of this.lines) {
			for (const run of line.children) {
				const el = /** @type {HTMLElement} */ (run);
				if (!el.dataset.of) continue;
				const of = el.dataset.of.split(' ').map((key) => number.get(key));
				for (const i of of) runs[i].push(el);
				const first = begins.get(Number(el.dataset.start));
				if (first && el.classList.contains('content')) el.dataset.n = first.join(' ');
				el.classList.toggle('faint', !of.some((i) => this.matching[i]));
			}
		}
		return runs;
	}

	/** The speakers with their colours, in the order in which they speak. */
	legend() {
		if (this.colour.size === 0) return null;
		const said = new Map();
		for (const s of this.all) said.set(s.speaker, (said.get(s.speaker) ?? 0) + 1);
		const kind = new Map(this.all.map((s) => [s.speaker, s.speakerKind]));
		return h('ul', { class: 'legend', 'aria-label': 'Speakers' }, [...this.colour].map(([name, c]) =>
			h('li', { class: 's' + c }, h('a', { href: this.app.link({ view: 'speaker', id: kind.get(name) + ':' + name, at: '' }) }, words(name)),
				h('span', { class: 'quiet' }, ' ' + said.get(name)))));
	}

	/** @param {Statement} s @param {number} i */
	note(s, i) {
		const id = 'note-' + s.key;
		const details = h('dl', { id, hidden: true });
		const head = h('button', { type: 'button', class: 'plain', 'aria-expanded': 'false', 'aria-controls': id, on: {
			click: () => {
				if (this.active === i) this.open(i, details.hidden);
				else this.go(i, { open: true });
			},
			focus: () => this.active !== i && head.matches(':focus-visible') && this.go(i, { focus: false }),
		} },
			h('span', { class: 'n' }, i + 1), ' ',
			h('span', { class: 'who' }, s.speaker ? words(s.speaker) : h('span', { class: 'quiet' }, 'no speaker known')), ' ',
			h('span', { class: 'what' }, stance(s.stance, s.target), s.kind && h('span', { class: 'quiet' }, s.kind), s.negated && h('span', { class: 'flag' }, 'not said'),
				s.confidence < unsure && h('span', { class: 'flag' }, percent(s.confidence) + ' sure'), this.some && this.matching[i] && h('span', { class: 'flag match' }, 'match')), ' ',
			h('span', { class: 'excerpt' }, words(short(this.text.slice(...s.content[0]), 90))));
		const c = this.colour.get(s.speaker);
		return h('li', { class: 'note' + (c === undefined ? '' : ' s' + c) + (this.matching[i] ? '' : ' faint'), data: { key: s.key }, on: {
			mouseenter: () => this.light(i, 'hover'), mouseleave: () => this.light(-1, 'hover'),
		} }, head, details);
	}

	/** All that is known of a statement. @param {Statement} s */
	details(s) {
		const list = (parts) => parts.map(([start, end], n) => [n > 0 && ' … ', words(this.text.slice(start, end))]);
		const rows = [
			['Words', list(s.content)],
			['Source', s.source.length > 0 ? list(s.source) : 'the article names none'],
			['Cue', s.cue.length > 0 && [list(s.cue), s.cueClass && h('span', { class: 'quiet' }, ` (${s.cueClass})`)]],
			['Stance', s.stance && [stance(s.stance, s.target), h('span', { class: 'quiet' }, ', ' + percent(s.stanceConfidence))]],
			['Shown by', s.evidence.length > 0 && list(s.evidence)],
			['Kind', [s.kind || 'not told', s.type === 'quote' && ' quotation', s.negated && ', said not to have been said']],
			['Confidence', percent(s.confidence)],
			['Place', s.content.map(([start, end]) => start + '–' + end).join(', ')],
		].filter(([, value]) => value);
		return [rows.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]),
			s.speaker && [h('dt', null, 'More'), h('dd', null, h('a', { href: this.app.link({ view: 'speaker', id: s.speakerKind + ':' + s.speaker, at: '' }) }, 'all statements of ', words(s.speaker)))]];
	}

	/** The statement that an element of the text belongs to, the innermost; -1. @param {EventTarget} target */
	at(target) {
		const run = target instanceof Element ? /** @type {HTMLElement} */ (target.closest('.run[data-of]')) : null;
		const keys = run?.dataset.of.split(' ') ?? [];
		return this.all.findIndex((s) => s.key === keys[keys.length - 1]);
	}

	/**
	 * Lights all parts of a statement.
	 * @param {number} i -1 for none
	 * @param {'hover' | 'active'} how
	 */
	light(i, how) {
		if (this[how + 'Lit'] === i) return;
		const last = this[how + 'Lit'] ?? -1;
		const put = (n, on) => {
			for (const r of this.runs[n] ?? []) r.classList.toggle(how, on);
			this.notes[n]?.classList.toggle(how, on);
		};
		put(last, false);
		put(i, true);
		this[how + 'Lit'] = i;
	}

	clicked(e) {
		const i = this.at(e.target);
		const selection = getSelection();
		if (selection && !selection.isCollapsed) return; // the reader marks words to copy them
		if (i >= 0) this.go(i, { scroll: false });
		else this.leave();
	}

	/** Opens or closes the details of a statement. */
	open(i, on) {
		const [head, details] = this.notes[i].children;
		if (on && details.childElementCount === 0) fill(details, this.details(this.all[i]));
		/** @type {HTMLElement} */ (details).hidden = !on;
		head.setAttribute('aria-expanded', String(on));
	}

	/**
	 * Goes to a statement.
	 * @param {number} i
	 * @param {{open?: boolean, focus?: boolean, scroll?: boolean}} [how]
	 */
	go(i, { open = false, focus = true, scroll = true } = {}) {
		if (this.active >= 0 && this.active !== i) this.open(this.active, false);
		this.active = i;
		this.light(i, 'active');
		if (open) this.open(i, true);
		const head = /** @type {HTMLElement} */ (this.notes[i].firstElementChild);
		if (focus) head.focus({ preventScroll: true });
		this.intoView(this.notes[i]);
		if (scroll) {
			// Lines out of sight have no layout: the second call corrects the first.
			const run = this.runs[i].find((r) => r.classList.contains('content')) ?? this.runs[i][0];
			run?.scrollIntoView({ block: 'center' });
			run?.scrollIntoView({ block: 'center' });
		}
		this.app.note({ at: this.all[i].key });
	}

	/** Scrolls the list of statements, and nothing else, so that a note is seen. @param {HTMLElement} note */
	intoView(note) {
		const list = note.closest('.notes');
		if (!list || list.scrollHeight <= list.clientHeight) return;
		const n = note.getBoundingClientRect(), l = list.getBoundingClientRect();
		if (n.top < l.top + 48) list.scrollTop -= l.top + 48 - n.top;
		else if (n.bottom > l.bottom - 16) list.scrollTop += n.bottom - l.bottom + 16;
	}

	/** No statement is looked at any more. */
	leave() {
		if (this.active < 0) return;
		this.open(this.active, false);
		this.active = -1;
		this.light(-1, 'active');
		this.app.note({ at: '' });
	}

	/** Once the article is in the page. */
	shown(at, moved) {
		const i = this.all.findIndex((s) => s.key === at);
		if (i >= 0) this.go(i, { focus: moved });
	}

	/** @param {KeyboardEvent} e @returns {boolean} whether the key meant something */
	key(e) {
		const inNotes = document.activeElement?.closest('.notes') != null;
		const step = (by) => {
			if (this.all.length === 0) return;
			const from = this.active < 0 ? (by > 0 ? -1 : this.all.length) : this.active;
			let to = from + by;
			// With filters, from match to match.
			while (this.filtered && this.matching[to] === false && this.matching.includes(true)) to += by;
			if (to >= 0 && to < this.all.length) this.go(to);
		};
		switch (e.key) {
			case 'j': case 'n': step(1); return true;
			case 'k': case 'p': step(-1); return true;
			case 'ArrowDown': if (inNotes) step(1); return inNotes;
			case 'ArrowUp': if (inNotes) step(-1); return inNotes;
			case 'Enter':
				if (this.active < 0 || (document.activeElement !== document.body && !this.element.contains(document.activeElement))) return false;
				if (document.activeElement?.closest('a, button, summary')) return false; // these do their own
				this.open(this.active, this.notes[this.active].children[1].hasAttribute('hidden'));
				return true;
			case '[': case ']':
				/** @type {HTMLElement | null} */ (this.element.querySelector(e.key === '[' ? 'a[rel=prev]' : 'a[rel=next]'))?.click();
				return true;
			case 'Escape':
				if (this.active >= 0) {
					this.leave();
					/** @type {HTMLElement} */ (this.element.querySelector('h1')).focus({ preventScroll: true });
				} else this.app.go({ view: 'articles', id: '', at: '' });
				return true;
		}
		return false;
	}
}

/** How what is shown is corrected: by a command, which a page cannot give. @param {App} app */
function correct(app) {
	const command = app.index.made.correct;
	if (!command) return null;
	return h('details', { class: 'correct' }, h('summary', { class: 'quiet' }, 'Correct this'),
		h('p', { class: 'quiet' }, 'Statements are corrected, rejected and added in a page of their own. This command opens it, in the folder where this page was made and with your name:'),
		h('p', { class: 'command' }, h('code', { dir: 'ltr' }, command), ' ',
			h('button', { type: 'button', on: { click: () => app.copy(command, 'Command', 'The command that corrects what is shown:') } }, 'Copy')));
}

/** The way back to the list, and to the articles beside this one in it. */
function neighbours(app, place, found, a) {
	const list = app.catalogue.sort(found.articles, place.sort, false);
	const at = list.indexOf(a);
	const to = (n, name, rel, label) => (at >= 0 && n >= 0 && n < list.length
		? h('a', { href: app.link({ id: app.index.articles.id[list[n]], at: '' }), rel, 'aria-label': label }, name)
		: h('span', { class: 'quiet', 'aria-hidden': 'true' }, name));
	return h('nav', { class: 'around', 'aria-label': 'Articles around' },
		h('a', { href: app.link({ view: 'articles', id: '', at: '' }) }, 'All articles'),
		at >= 0 && h('span', { class: 'quiet' }, `${number(at + 1)} of ${number(list.length)}`),
		to(at - 1, '← Previous', 'prev', 'Previous article'), to(at + 1, 'Next →', 'next', 'Next article'));
}

/** A link to where the article was published, where it is one that can be followed safely. @param {string | undefined} url */
function source(url) {
	if (!url) return null;
	let u;
	try {
		u = new URL(url);
	} catch {
		return words(url);
	}
	if (u.protocol !== 'http:' && u.protocol !== 'https:') return words(url);
	return h('a', { href: u.href, rel: 'noopener noreferrer', target: '_blank' }, 'source', h('span', { class: 'aside' }, ' (opens another page)'));
}
