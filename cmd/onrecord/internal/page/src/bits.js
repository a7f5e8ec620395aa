// Small parts of the page that several views show.

import { addWords, h, words } from './dom.js';
import { hits } from './fold.js';

const numbers = new Intl.NumberFormat('en');
const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** @param {number} n */
export const number = (n) => numbers.format(n);

/** "1 article", "2 articles". @param {number} n @param {string} what */
export const count = (n, what) => number(n) + ' ' + what + (n === 1 ? '' : 's');

/** A date as people read it; nothing where it is unknown. @param {string} published RFC 3339 */
export function date(published) {
	const d = new Date(published);
	if (!published || isNaN(d.getTime())) return null;
	return h('time', { datetime: published.slice(0, 10) }, dates.format(d));
}

const signs = { support: '+', oppose: '\u2212', neutral: '\u00b7' };
const verbs = { support: 'supports', oppose: 'opposes', neutral: 'neutral' };

/**
 * A stance, and toward what. A sign and a word go with the colour.
 * @param {string} name '' where it was not judged
 * @param {string} [target]
 */
export function stance(name, target) {
	if (!name) return null;
	return h('span', { class: 'stance ' + name },
		h('span', { class: 'sign', 'aria-hidden': 'true' }, signs[name] ?? ''), h('span', null, verbs[name] ?? name), target && [' ', words(target)]);
}

/** Percent of a probability. @param {number} p */
export const percent = (p) => Math.round(p * 100) + '%';

/**
 * Words in which what was searched is marked.
 * @param {string} text
 * @param {string[]} terms folded
 */
export function marked(text, terms) {
	const el = h('span', { class: 'words', dir: 'auto' });
	let at = 0;
	for (const [start, end] of hits(text, terms)) {
		addWords(el, text.slice(at, start));
		const mark = h('mark', null);
		addWords(mark, text.slice(start, end));
		el.appendChild(mark);
		at = end;
	}
	addWords(el, text.slice(at));
	return el;
}

/**
 * The first characters of a text.
 * @param {string} text
 * @param {number} n
 */
export function short(text, n) {
	const all = [...text.slice(0, 2 * n + 2)];
	return all.length > n ? all.slice(0, n).join('').trimEnd() + '…' : text;
}

/** What joins facts in a line: a dot between those that are there. @param {...any} facts */
export function facts(...facts) {
	return h('p', { class: 'facts quiet' }, facts.filter(Boolean).map((f, i) => [i > 0 && h('span', { class: 'dot', 'aria-hidden': 'true' }, ' · '), h('span', null, f)]));
}
