// An article with its statements: what is marked where, and the elements that
// show it.

import { addWords, h } from './dom.js';
import { Positions } from './text.js';

/** @typedef {[number, number]} Span start and end in code points, end exclusive */
/**
 * A claim of the article, or a quotation that belongs to none of the same
 * speaker.
 * @typedef {object} Statement
 * @property {string} key 'c3' for the claim with that index, 'q5' for the quotation
 * @property {'claim' | 'quote'} type
 * @property {string} kind direct, mixed or indirect
 * @property {Span[]} content
 * @property {Span[]} source
 * @property {Span[]} cue
 * @property {Span[]} evidence of the stance
 * @property {string} speaker '' where there is none
 * @property {string} speakerKind
 * @property {string} stance '' where it was not judged
 * @property {string} target
 * @property {string} cueClass
 * @property {boolean} negated
 * @property {number} confidence
 * @property {number} stanceConfidence
 */

/**
 * The statements of an article in the JSON form, in the order of the text.
 * @param {any} article
 * @returns {Statement[]}
 */
export function statements(article) {
	/** @type {Statement[]} */
	const all = [];
	const claims = article.claims ?? [], quotes = article.quotes ?? [];
	claims.forEach((c, i) => all.push({
		key: 'c' + i, type: 'claim', kind: c.kind, content: c.content, source: c.source ?? [], cue: c.cue ?? [],
		...common(c),
	}));
	quotes.forEach((q, i) => {
		const c = claims[q.claim];
		if (c && !(c.speaker && q.speaker && (c.speaker !== q.speaker || c.speaker_index !== q.speaker_index))) return;
		all.push({
			key: 'q' + i, type: 'quote', kind: q.kind ?? '', content: [[q.start, q.end]],
			source: q.mention ? [q.mention] : [], cue: q.cue ? [q.cue] : [], ...common(q),
		});
	});
	return all.sort((a, b) => first(a) - first(b) || last(b) - last(a));
}

const common = (row) => ({
	speaker: row.speaker ?? '', speakerKind: row.speaker_kind ?? '', stance: row.stance ?? '', target: row.target ?? '',
	evidence: row.stance_evidence ?? [], cueClass: row.cue_class ?? '', negated: row.negated ?? false,
	confidence: row.confidence ?? 1, stanceConfidence: row.stance_confidence ?? 1,
});

/** Where a statement's content begins, in code points. @param {Statement} s */
export const first = (s) => s.content[0][0];
const last = (s) => s.content[s.content.length - 1][1];

/**
 * The colour, 0 to 7, of each speaker: in the order in which they speak.
 * @param {Statement[]} all
 * @returns {Map<string, number>}
 */
export function colours(all) {
	const by = new Map();
	for (const s of all) if (s.speaker && !by.has(s.speaker)) by.set(s.speaker, by.size % 8);
	return by;
}

/**
 * A marked span.
 * @typedef {object} Mark
 * @property {number} start in code points
 * @property {number} end
 * @property {'content' | 'source' | 'cue' | 'evidence' | 'quote' | string} role
 * @property {string} of the statement's key
 * @property {number} [colour] of its speaker
 */

/**
 * The marks of statements.
 * @param {Statement[]} all
 * @returns {Mark[]}
 */
export function marksOf(all) {
	const colour = colours(all);
	/** @type {Mark[]} */
	const marks = [];
	for (const s of all) {
		for (const role of ['content', 'source', 'cue', 'evidence']) {
			for (const [start, end] of s[role]) marks.push({ start, end, role, of: s.key, colour: colour.get(s.speaker) });
		}
	}
	return marks;
}

/**
 * Elements for a text with marks: one for each line that is not blank, holding
 * one for each run of characters under the same marks. A run has the classes of
 * its roles, `s0` to `s7` of the innermost content's speaker, and data-start, its
 * offset; data-of names the statements, outermost first. Together the runs of a
 * line hold its characters, each once and in order, so that a place in the page
 * is a place in the text: see place.
 * @param {Positions} text
 * @param {Mark[]} marks
 * @param {{start: number, end: number, kind: string}[]} [blocks] to give lines a class
 * @returns {HTMLElement[]}
 */
export function lines(text, marks, blocks = []) {
	return [...lineMarks(text, marks, blocks)].map((l) => line(text, l));
}

/**
 * A line that is not blank, without its break, and the marks in it, by start and
 * the longer first.
 * @typedef {{start: number, end: number, kind: string, marks: Mark[]}} Line
 */

/**
 * The lines of a text.
 * @param {Positions} text
 * @param {Mark[]} marks
 * @param {{start: number, end: number, kind: string}[]} [blocks]
 * @returns {Generator<Line>}
 */
export function* lineMarks(text, marks, blocks = []) {
	const events = marks.filter((m) => m.end > m.start)
		.sort((a, b) => a.start - b.start || b.end - a.end);
	/** @type {Mark[]} */
	let live = [];
	let next = 0, block = 0;
	for (const [start, end] of split(text)) {
		while (block < blocks.length && blocks[block].end <= start) block++;
		const kind = blocks[block] && blocks[block].start < end ? blocks[block].kind : 'body';
		live = live.filter((m) => m.end > start);
		for (; next < events.length && events[next].start < end; next++) {
			if (events[next].end > start) live.push(events[next]);
		}
		yield { start, end, kind, marks: live };
	}
}

/**
 * The element for a line.
 * @param {Positions} text
 * @param {Line} l
 * @returns {HTMLElement}
 */
export function line(text, l) {
	const el = h('p', { class: 'line words ' + l.kind, dir: 'auto', data: { start: l.start } });
	/** @type {Mark[]} open marks, outermost first */
	let open = [];
	let next = 0;
	for (let at = l.start; at < l.end; ) {
		open = open.filter((m) => m.end > at);
		for (; next < l.marks.length && l.marks[next].start <= at; next++) {
			if (l.marks[next].end > at) open.push(l.marks[next]);
		}
		let stop = l.end;
		if (next < l.marks.length) stop = Math.min(stop, l.marks[next].start);
		for (const m of open) stop = Math.min(stop, m.end);
		el.appendChild(run(text, at, stop, open));
		at = stop;
	}
	return el;
}

/**
 * The lines of a text that are not blank, without their breaks.
 * @param {Positions} text
 * @returns {Generator<Span>}
 */
function* split(text) {
	let start = 0;
	for (const line of text.text.split('\n')) {
		const length = new Positions(line).length;
		if (line.trim() !== '') yield [start, start + length];
		start += length + 1;
	}
}

/**
 * @param {Positions} text
 * @param {number} start
 * @param {number} end
 * @param {Mark[]} open
 */
function run(text, start, end, open) {
	const el = h('span', { class: 'run', data: { start } });
	let colour;
	for (const m of open) {
		el.classList.add(m.role);
		if (m.colour !== undefined) colour = m.colour;
	}
	if (colour !== undefined) el.classList.add('s' + colour);
	if (open.length > 0) el.dataset.of = [...new Set(open.map((m) => m.of))].join(' ');
	addWords(el, text.slice(start, end));
	return el;
}

/**
 * The code point offset of a place in the page, as a selection gives it: a node
 * and an offset in it; -1 where the place lies in no line.
 * @param {Node} node
 * @param {number} offset
 * @returns {number}
 */
export function place(node, offset) {
	const el = node instanceof Element ? node : node.parentElement;
	const line = el?.closest('.line');
	if (!line) return -1;
	// Everything in the line before the place is text of the article.
	const range = document.createRange();
	range.setStart(line, 0);
	range.setEnd(node, offset);
	return Number(/** @type {HTMLElement} */ (line).dataset.start) + new Positions(range.toString()).length;
}
