// The article on the page: its statements in colour, the one at hand marked, and
// words selected by mouse or keyboard.

import { fill, h } from '../dom.js';
import { line, lineMarks, place } from '../article.js';
import { begin, order } from './model.js';
import { spot, Words } from './words.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Span} Span */

export class Paper {
	/**
	 * @param {object} on
	 * @param {(key: string) => void} on.row a statement was clicked
	 * @param {(words: string) => void} on.selected words were selected with the keyboard
	 */
	constructor(on) {
		this.on = on;
		this.element = h('article', {
			class: 'paper', tabindex: '0', 'aria-label': 'Article', 'aria-describedby': 'paper-help', on: { click: (e) => this.click(e) },
		});
		/** @type {HTMLElement[]} */
		this.lines = [];
		/** @type {string[]} what each line was drawn from */
		this.drawn = [];
		this.here = '';
	}

	/** @param {Words} words @param {any[]} blocks */
	open(words, blocks) {
		this.words = words;
		this.blocks = blocks;
		this.lines = [];
		this.drawn = [];
		this.here = '';
		this.anchor = null;
		this.element.scrollTop = 0;
		getSelection().removeAllRanges();
	}

	/** Shows a model: lines whose marks are the same stay. @param {Model} model */
	draw(model) {
		const at = this.selection();
		let n = 0, redrawn = false;
		const fresh = this.lines.length === 0;
		for (const l of lineMarks(this.words.positions, marksOf(model), this.blocks)) {
			const from = JSON.stringify([l.kind, l.marks]);
			if (this.drawn[n] !== from) {
				const el = line(this.words.positions, l);
				if (!fresh) {
					this.lines[n].replaceWith(el);
					redrawn = true;
				}
				this.lines[n] = el;
				this.drawn[n] = from;
			}
			n++;
		}
		if (fresh) fill(this.element, this.lines);
		if (at && redrawn) this.select(at);
		this.mark();
	}

	/** Marks the statement at hand. @param {string} [key] */
	mark(key = this.here) {
		this.here = key;
		for (const el of this.element.querySelectorAll('.here')) el.classList.remove('here');
		if (key) for (const el of this.runs(key)) el.classList.add('here');
	}

	runs(key) { return this.element.querySelectorAll(`[data-of~="${CSS.escape(key)}"]`); }

	/** Brings a place into view. @param {number} point */
	reveal(point) {
		const s = spot(this.lines, point);
		if (!s) return;
		const range = document.createRange();
		range.setStart(s.node, s.offset);
		const el = s.node.parentElement;
		el.closest('.line').scrollIntoView({ block: 'nearest' });
		const box = range.getBoundingClientRect(), frame = this.frame();
		if (box.top < frame.top + 60 || box.bottom > frame.bottom - 60) el.scrollIntoView({ block: 'center' });
	}

	/** What of the window the article is seen through. */
	frame() {
		const box = this.element.getBoundingClientRect();
		return { top: Math.max(box.top, 0), bottom: Math.min(box.bottom, innerHeight) };
	}

	click(e) {
		if (!getSelection().isCollapsed) return;
		const run = e.target.closest?.('[data-of]');
		if (!run) return;
		const keys = run.dataset.of.split(' ');
		// A click on the statement at hand goes on to the one around or within it.
		const at = keys.indexOf(this.here);
		this.on.row(keys[at < 0 ? keys.length - 1 : (at + keys.length - 1) % keys.length]);
	}

	/** What is selected of the article. @returns {Span | null} */
	selection() {
		const s = getSelection();
		if (s.rangeCount === 0 || s.isCollapsed) return null;
		const r = s.getRangeAt(0);
		if (!this.element.contains(r.startContainer) || !this.element.contains(r.endContainer)) return null;
		const start = this.at(r.startContainer, r.startOffset), end = this.at(r.endContainer, r.endOffset);
		return start < end ? [start, end] : null;
	}

	at(node, offset) {
		const p = place(node, offset);
		if (p >= 0) return p;
		const next = node.childNodes[offset]; // between lines
		return next instanceof HTMLElement && next.dataset.start ? Number(next.dataset.start) : this.words.length;
	}

	/** @param {Span} span */
	select([start, end], backward = false) {
		const a = spot(this.lines, start), b = spot(this.lines, end);
		if (!a || !b) return;
		if (backward) getSelection().setBaseAndExtent(b.node, b.offset, a.node, a.offset);
		else getSelection().setBaseAndExtent(a.node, a.offset, b.node, b.offset);
	}

	deselect() {
		getSelection().removeAllRanges();
		this.anchor = null;
	}

	/**
	 * Selects the next word, or the one before; or more, or less.
	 * @param {1 | -1} direction
	 * @param {boolean} extend what is selected, from where selecting began
	 * @param {boolean} exact by character
	 * @param {number} from where nothing is selected
	 */
	walk(direction, extend, exact, from) {
		const now = this.selection();
		if (!now || !this.anchor || now.join() !== this.last) this.anchor = now;
		if (!now) {
			const w = this.words.word(from, 1) ?? this.words.word(from, -1);
			if (w) this.take(w, w, direction);
			return;
		}
		const anchor = this.anchor;
		if (!extend) {
			const w = this.words.word(direction > 0 ? now[1] : now[0], direction);
			if (w) this.take(w, w, direction);
			return;
		}
		let [start, end] = now;
		const grows = direction > 0 ? start >= anchor[0] : end <= anchor[1]; // else the other end comes back
		if (exact) {
			if (direction > 0 ? start < anchor[0] : end > anchor[1]) {
				if (direction > 0) start = this.words.character(start, 1);
				else end = this.words.character(end, -1);
			} else if (direction > 0) end = this.words.character(end, 1);
			else start = this.words.character(start, -1);
			if (start >= end) return;
		} else if (direction > 0) {
			if (grows) end = this.words.word(end, 1)?.[1] ?? this.words.length;
			else start = Math.min(anchor[0], this.words.word(this.words.word(start, 1)?.[1] ?? start, 1)?.[0] ?? anchor[0]);
		} else if (end > anchor[1]) {
			end = Math.max(anchor[1], this.words.word(this.words.word(end, -1)?.[0] ?? end, -1)?.[1] ?? anchor[1]);
		} else start = this.words.word(start, -1)?.[0] ?? 0;
		this.take([start, end], anchor, direction);
	}

	take(span, anchor, direction) {
		this.select(span);
		this.anchor = anchor;
		this.last = span.join();
		this.reveal(direction > 0 ? span[1] : span[0]);
		this.on.selected(this.words.slice(...span));
	}
}

/** The colours of speakers, in the order in which they speak. @param {Model} model @returns {Map<string, number>} */
export function colours(model) {
	const by = new Map();
	for (const r of order(model)) if (r.speaker && r.status !== 'rejected' && !by.has(r.speaker)) by.set(r.speaker, by.size % 8);
	return by;
}

/** @param {Model} model @returns {import('../article.js').Mark[]} */
function marksOf(model) {
	const colour = colours(model);
	const live = new Set(model.rows.filter((r) => r.type === 'claim' && r.status !== 'rejected').map((r) => r.key));
	/** @type {import('../article.js').Mark[]} */
	const marks = [];
	for (const r of [...model.rows].sort((a, b) => begin(a) - begin(b))) {
		if (r.status === 'rejected') continue;
		const add = (role, spans) => {
			for (const [start, end] of spans) marks.push({ start, end, role, of: r.key, colour: colour.get(r.speaker) });
		};
		add(r.type === 'quote' ? 'quote' : 'content', r.content);
		if (r.type === 'quote' && !live.has(r.claim)) add('content', r.content);
		if (r.status === 'suggested') add('undecided', r.content);
		add('source', r.source);
		add('cue', r.cue);
		add('evidence', r.evidence);
	}
	return marks;
}
