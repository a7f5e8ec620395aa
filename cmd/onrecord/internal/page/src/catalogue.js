// All articles and statements of a run in columns, and finding among them.

import { fold, terms } from './fold.js';
import { above } from './store.js';

/** @typedef {import('./place.js').Filters} Filters */

/**
 * What was found.
 * @typedef {object} Found
 * @property {Int32Array} statements that match, in the order of the run
 * @property {Int32Array} articles that hold one of them, or match without one
 * @property {Uint8Array} is one entry a statement: 1 where it matches
 */

const shelfSize = 2048; // statements whose words are searched as one string
const patience = 8; // milliseconds of work before others have their turn

/** Gives others their turn. */
const pause = () => globalThis.scheduler?.yield?.() ?? new Promise((r) => setTimeout(r));

export class Catalogue {
	/** @param {import('./store.js').Index} index */
	constructor(index) {
		const a = index.articles, s = index.statements;
		this.index = index;
		this.size = a.id.length;
		this.first = Int32Array.from(a.first);
		this.outlet = Int32Array.from(a.outlet);
		/** Day of publication as a number, 20260401; 0 where unknown. */
		this.day = Int32Array.from(a.published, dayOf);
		this.kind = Int8Array.from(s.kind);
		this.speaker = Int32Array.from(s.speaker);
		this.stance = Int8Array.from(s.stance);
		this.target = Int32Array.from(s.target);
		this.confidence = Float32Array.from(s.confidence);
		/** The article of each statement. */
		this.article = new Int32Array(s.ref.length);
		for (let i = 0; i < this.size; i++) this.article.fill(i, this.first[i], this.first[i + 1]);
		/** @type {Map<string, number>} */
		this.byId = new Map();
		for (let i = this.size - 1; i >= 0; i--) this.byId.set(a.id[i], i);
		/** @type {Map<string, number>} */
		this.bySpeaker = new Map(index.speakers.map((v, i) => [nameOf(v), i]));
		/** Statements of each speaker. */
		this.said = new Int32Array(index.speakers.length);
		for (const v of this.speaker) if (v >= 0) this.said[v]++;
		/** Folded names, made by fold. @type {Promise<{titles: string[], speakers: string[], targets: string[]}> | null} */
		this.names = null;
		/** @type {string[]} folded words of shelfSize statements each, one a line, made when first searched */
		this.shelves = [];
		/** @type {Int32Array[]} where the lines begin */
		this.lines = [];
		/** @type {Map<string, Uint8Array>} the statements with a term: those searched last */
		this.known = new Map();
	}

	/** The statements of an article: its first, and the first of the next. @param {number} i */
	of(i) {
		return [this.first[i], this.first[i + 1]];
	}

	/** The names of things, folded, once, a few at a time. */
	folded() {
		const all = async (list) => {
			const out = [];
			let began = performance.now();
			for (const name of list) {
				out.push(fold(name));
				if (out.length % 256 === 0 && performance.now() - began > patience) {
					await pause();
					began = performance.now();
				}
			}
			return out;
		};
		const { articles, speakers, targets } = this.index;
		return (this.names ??= (async () => ({
			titles: await all(articles.title), speakers: await all(speakers.map((v) => v.name)), targets: await all(targets),
		}))());
	}

	/** The words of all statements of a shelf. @param {number} n */
	shelf(n) {
		if (this.shelves[n] === undefined) {
			const text = this.index.statements.text;
			const end = Math.min(text.length, (n + 1) * shelfSize);
			const lines = new Int32Array(end - n * shelfSize);
			let all = '';
			for (let i = n * shelfSize; i < end; i++) {
				lines[i - n * shelfSize] = all.length;
				all += fold(text[i]).replaceAll('\n', ' ') + '\n';
			}
			this.shelves[n] = all;
			this.lines[n] = lines;
		}
		return this.shelves[n];
	}

	/** Readies the search while the reader reads. */
	prepare() {
		this.folded();
		const later = globalThis.requestIdleCallback ?? ((f) => setTimeout(() => f({ timeRemaining: () => patience }), 50));
		let n = 0;
		const work = (deadline) => {
			do {
				if (n * shelfSize >= this.article.length) return;
				this.shelf(n++);
			} while (deadline.timeRemaining() > patience);
			later(work);
		};
		later(work);
	}

	/**
	 * The statements that a term is in: in their words, or the name of the
	 * speaker, the target or the article's title.
	 * @param {string} term folded
	 * @param {() => boolean} wanted whether anybody waits for the answer
	 * @returns {Promise<Uint8Array | null>} null where nobody does
	 */
	async having(term, wanted) {
		const known = this.known.get(term);
		if (known) return known;
		const names = await this.folded();
		const having = (list) => {
			const is = new Uint8Array(list.length);
			for (let i = 0; i < list.length; i++) is[i] = list[i].includes(term) ? 1 : 0;
			return is;
		};
		const title = having(names.titles), speaker = having(names.speakers), target = having(names.targets);
		const is = new Uint8Array(this.article.length);
		for (let i = 0; i < is.length; i++) {
			is[i] = title[this.article[i]] | (speaker[this.speaker[i]] ?? 0) | (target[this.target[i]] ?? 0);
		}
		await pause();
		let began = performance.now();
		for (let n = 0; n * shelfSize < is.length; n++) {
			const shelf = this.shelf(n), lines = this.lines[n];
			for (let at = shelf.indexOf(term); at >= 0; ) {
				const line = above(lines, at) - 1;
				is[n * shelfSize + line] = 1;
				if (line + 1 >= lines.length) break;
				at = shelf.indexOf(term, lines[line + 1]);
			}
			if (performance.now() - began > patience) {
				await pause();
				if (!wanted()) return null;
				began = performance.now();
			}
		}
		this.known.set(term, is);
		if (this.known.size > 12) this.known.delete(this.known.keys().next().value);
		return is;
	}

	/**
	 * Finds what all filters allow.
	 * @param {Filters} f
	 * @param {() => boolean} [wanted] whether anybody waits for the answer
	 * @returns {Promise<Found | null>} null where nobody does
	 */
	async find(f, wanted = () => true) {
		const words = terms(f.q);
		const titles = words.length > 0 ? (await this.folded()).titles : [];
		const is = new Uint8Array(this.article.length).fill(1);
		for (const t of words) {
			const m = await this.having(t, wanted);
			if (!m) return null;
			for (let i = 0; i < is.length; i++) is[i] &= m[i];
		}
		if (words.length > 0) {
			await pause();
			if (!wanted()) return null;
		}
		const { stances, kinds, outlets } = this.index;
		const speaker = f.speaker === '' ? null : f.speaker === '-' ? -1 : this.bySpeaker.get(f.speaker) ?? -2;
		const outlet = f.outlet === '' ? null : outlets.indexOf(f.outlet === '-' ? '' : f.outlet);
		// What is not judged has the number -1, and the place behind the last.
		const stance = Uint8Array.from([...stances, ''], (s) => Number(f.stance.length === 0 || f.stance.includes(s)));
		const kind = Uint8Array.from(kinds, (k) => Number(f.kind.length === 0 || f.kind.includes(k)));
		const from = dayOf(f.from), to = dayOf(f.to) || Infinity;
		const dated = f.from !== '' || f.to !== '';
		// Without a condition on statements themselves, an article may match that holds none.
		const bare = speaker === null && f.stance.length === 0 && f.kind.length === 0 && f.sure === 0;

		const sure = f.sure - 1e-6; // confidences are rounded
		const statements = new Int32Array(this.article.length), articles = new Int32Array(this.size);
		let ns = 0, na = 0;
		for (let a = 0; a < this.size; a++) {
			const start = this.first[a], end = this.first[a + 1];
			if ((outlet !== null && this.outlet[a] !== outlet) || (dated && (this.day[a] === 0 || this.day[a] < from || this.day[a] > to))) {
				is.fill(0, start, end);
				continue;
			}
			const before = ns;
			for (let i = start; i < end; i++) {
				if (is[i] === 0) continue;
				const s = this.stance[i];
				if ((speaker === null || this.speaker[i] === speaker) && stance[s < 0 ? stances.length : s] && kind[this.kind[i]] && this.confidence[i] >= sure) statements[ns++] = i;
				else is[i] = 0;
			}
			if (ns > before || (start === end && bare && words.every((w) => titles[a].includes(w)))) articles[na++] = a;
		}
		return { statements: statements.slice(0, ns), articles: articles.slice(0, na), is };
	}

	/**
	 * Puts articles, or statements, into an order; see orders in place.js. Articles
	 * without a date come last.
	 * @param {Int32Array} list
	 * @param {string} order
	 * @param {boolean} statements
	 */
	sort(list, order, statements) {
		const day = (i) => this.day[statements ? this.article[i] : i];
		const least = (i) => {
			if (statements) return this.confidence[i];
			let c = Infinity;
			for (let k = this.first[i]; k < this.first[i + 1]; k++) c = Math.min(c, this.confidence[k]);
			return c;
		};
		const keys = { newest: (i) => -day(i), oldest: (i) => day(i) || Infinity, unsure: least };
		const key = keys[order];
		if (!key) return list;
		const by = Float64Array.from(list, key);
		const at = Int32Array.from(list.keys()).sort((x, y) => (by[x] < by[y] ? -1 : by[x] > by[y] ? 1 : x - y));
		return at.map((i) => list[i]);
	}
}

/** The name of a speaker in addresses. @param {{name: string, kind: string}} v */
export const nameOf = (v) => v.kind + ':' + v.name;

/** 20260401 of '2026-04-01…'. @param {string} s */
const dayOf = (s) => Number(s.slice(0, 10).replaceAll('-', '')) || 0;
