// How far two annotators agree, and where they do not.

import { fill, h, words } from '../dom.js';

const most = 500;

/**
 * @param {HTMLElement} el
 * @param {string} name the other one
 * @param {(path: string) => Promise<any>} get
 */
export async function showAgreement(el, name, get) {
	fill(el, h('p', { role: 'status' }, 'Comparing…'));
	const a = await get('data/agreement/' + encodeURIComponent(name));
	document.title = 'Agreement with ' + name;
	const figures = a.figures.filter((f) => f.slice === '' && f.stat !== 'macro_f1' && !f.name.startsWith('polnear'));
	const range = (f) => f.low === undefined ? '' : `${f.low.toFixed(1)} to ${f.high.toFixed(1)}`;
	fill(el,
		h('p', null, h('a', { href: '#' }, 'Back to the articles')),
		h('h1', null, 'Agreement with ', words(name)),
		h('p', null, a.articles === 0 ? 'There is no article yet that both have finished.'
			: `${a.articles} ${a.articles === 1 ? 'article' : 'articles'} finished by both.`,
			a.differ > 0 && ` ${a.differ} more have other texts, and are not compared.`),
		a.articles > 0 && [
			h('table', null,
				h('caption', null, 'The other’s labels scored by yours, in percent; the F1 are the same the other way round. Intervals (95%) are over articles: few articles, wide intervals.'),
				h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'What'), h('th', { scope: 'col', class: 'n' }, 'Agreement'), h('th', { scope: 'col', class: 'n' }, '95%'), h('th', { scope: 'col', class: 'n' }, 'Yours'), h('th', { scope: 'col', class: 'n' }, 'Theirs'))),
				h('tbody', null, figures.map((f) => h('tr', null,
					h('th', { scope: 'row' }, f.name, ' ', h('span', { class: 'quiet' }, f.stat === 'f1' ? 'F1' : f.stat), h('div', { class: 'quiet about' }, f.about)),
					h('td', { class: 'n' }, f.value.toFixed(1)), h('td', { class: 'n' }, range(f)), h('td', { class: 'n' }, f.mine), h('td', { class: 'n' }, f.their))))),
			h('h2', null, 'Disagreements'),
			h('p', { class: 'quiet' }, a.kinds.map((k) => `${k.n} ${k.kind}`).join(', ') || 'None.', a.cases.length === most && ' The first of each kind are listed.'),
			h('ol', { class: 'cases' }, a.cases.map((c) => h('li', null,
				h('a', { href: '#' + new URLSearchParams({ a: c.key, at: c.char }) }, c.kind, ', ', words(c.id)),
				h('p', null, words(c.context)),
				(c.mine || c.their) && h('p', { class: 'quiet' }, 'yours: ', c.mine ? words(c.mine) : '–', '; theirs: ', c.their ? words(c.their) : '–')))),
		]);
}
