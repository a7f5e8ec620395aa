// Selecting words of an article: from the page to offsets and back, to the bounds
// of words, and with the keyboard.

import { Positions } from '../text.js';

/** @typedef {[number, number]} Span */

const near = 400; // units on either side in which the bounds of a word are sought

/**
 * The text of an article, with what selecting needs.
 */
export class Words {
	/** @param {string} text */
	constructor(text) {
		this.positions = new Positions(text);
		this.text = text;
		this.length = this.positions.length;
		this.segmenter = new Intl.Segmenter('en', { granularity: 'word' });
	}

	/** @param {number} start @param {number} end in code points */
	slice(start, end) { return this.positions.slice(start, end); }

	/**
	 * The word, or whatever else stands there, around a unit offset.
	 * @param {number} unit
	 * @returns {{start: number, end: number, word: boolean}} in units
	 */
	segment(unit) {
		let from = Math.max(0, unit - near), to = Math.min(this.text.length, unit + near);
		// Between lines, or at a space, a word cannot be cut.
		const space = lastSpace(this.text, from, unit);
		if (space >= 0) from = space;
		const next = this.text.slice(unit, to).search(/\s/u);
		if (next >= 0) to = unit + next + 1;
		const s = this.segmenter.segment(this.text.slice(from, to)).containing(Math.min(unit, to - 1) - from);
		if (!s) return { start: unit, end: unit, word: false };
		let start = from + s.index, end = start + s.segment.length;
		if (!s.isWordLike) return { start, end, word: false };
		// Words with a hyphen or an apostrophe in them are one.
		for (let m; (m = /[\p{L}\p{M}\p{N}]+[-‐‑'’]$/u.exec(this.text.slice(Math.max(0, start - 60), start))); ) start -= m[0].length;
		for (let m; (m = /^[-‐‑'’](?=[\p{L}\p{N}])[\p{L}\p{M}\p{N}]+/u.exec(this.text.slice(end, end + 60))); ) end += m[0].length;
		return { start, end, word: true };
	}

	/**
	 * A span without the white space at its ends, and with the whole of words that
	 * it cuts. Null where nothing is left.
	 * @param {Span} span
	 * @param {boolean} [exact] leave cut words cut
	 * @returns {Span | null}
	 */
	snap([start, end], exact = false) {
		let a = this.positions.unit(start), b = this.positions.unit(end);
		const words = this.text.slice(a, b);
		a += words.length - words.trimStart().length;
		b -= words.length - words.trimEnd().length;
		if (a >= b) return null;
		if (!exact) {
			const first = this.segment(a), last = this.segment(b - 1);
			if (first.word) a = Math.min(a, first.start);
			if (last.word) b = Math.max(b, last.end);
		}
		return [this.positions.point(a), this.positions.point(b)];
	}

	/**
	 * The first word that begins at or behind a place, and the last that ends at or
	 * before it. Null at the ends of the text.
	 * @param {number} point @param {1 | -1} direction
	 * @returns {Span | null}
	 */
	word(point, direction) {
		let unit = this.positions.unit(point);
		while (direction > 0 ? unit < this.text.length : unit > 0) {
			const s = this.segment(direction > 0 ? unit : unit - 1);
			if (s.word && (direction > 0 ? s.start >= unit : s.end <= unit)) return [this.positions.point(s.start), this.positions.point(s.end)];
			unit = direction > 0 ? Math.max(s.end, unit + 1) : Math.min(s.start, unit - 1);
		}
		return null;
	}

	/**
	 * The next place between two characters as people count them.
	 * @param {number} point @param {1 | -1} direction
	 */
	character(point, direction) {
		const unit = this.positions.unit(point);
		const from = Math.max(0, unit - 60), to = Math.min(this.text.length, unit + 60);
		let before = from;
		for (const s of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(this.text.slice(from, to))) {
			const end = from + s.index + s.segment.length;
			if (direction > 0 && end > unit) return this.positions.point(end);
			if (direction < 0 && end >= unit) return this.positions.point(before);
			before = end;
		}
		return point;
	}
}

/** Where the text behind the last white space before unit begins, -1 for none. */
function lastSpace(text, from, unit) {
	for (let i = unit - 1; i >= from; i--) if (/\s/u.test(text[i])) return i + 1;
	return -1;
}

/**
 * The node and offset in it of a code point offset.
 * @param {HTMLElement[]} lines elements of class line, in order
 * @param {number} point
 * @returns {{node: Node, offset: number} | null}
 */
export function spot(lines, point) {
	let lo = 0, hi = lines.length;
	while (lo < hi) {
		const mid = (lo + hi) >> 1;
		if (Number(lines[mid].dataset.start) <= point) lo = mid + 1;
		else hi = mid;
	}
	const line = lines[Math.max(0, lo - 1)];
	if (!line) return null;
	let left = point - Number(line.dataset.start);
	const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
	let last = null;
	for (let node; (node = walk.nextNode()); last = node) {
		const at = new Positions(node.textContent);
		if (left <= at.length) return { node, offset: at.unit(Math.max(0, left)) };
		left -= at.length;
	}
	return last && { node: last, offset: last.textContent.length };
}
