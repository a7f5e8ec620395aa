// The lists: articles, and statements.

import { count, date, facts, marked, number, percent, short, stance } from './bits.js';
import { nameOf } from './catalogue.js';
import { h, words } from './dom.js';
import { terms } from './fold.js';
import { conditions } from './place.js';

/** @typedef {import('./view.js').App} App */

const perPage = 50;
const snippets = 3; // statements shown with an article
const names = 6; // speakers shown with an article

/**
 * The articles that match, with the first of their statements that do.
 * @param {App} app
 * @param {import('./place.js').Place} place
 * @param {import('./catalogue.js').Found} found
 */
export function articleList(app, place, found) {
	const { index, catalogue } = app;
	const list = catalogue.sort(found.articles, place.sort, false);
	const searched = terms(place.filters.q), filtered = conditions(place.filters) > 0;
	const item = (a) => {
		const [start, end] = catalogue.of(a);
		const matching = [];
		for (let i = start; i < end; i++) if (found.is[i]) matching.push(i);
		const n = end - start;
		return h('li', { class: 'card' },
			h('h2', null, h('a', { class: 'row-link', href: app.link({ view: 'article', id: index.articles.id[a], at: '' }) }, marked(index.articles.title[a] || index.articles.id[a], searched))),
			facts(index.outlets[index.articles.outlet[a]] && words(index.outlets[index.articles.outlet[a]]), date(index.articles.published[a]),
				filtered && matching.length < n ? `${number(matching.length)} of ${count(n, 'statement')}` : count(n, 'statement')),
			filtered ? matches(app, a, matching, searched) : speakers(app, start, end));
	};
	return {
		title: 'Articles',
		count: count(list.length, 'article') + (filtered ? ', ' + count(found.statements.length, 'matching statement') : ', ' + count(found.statements.length, 'statement')),
		rows: list.length,
		content: paged(app, place, list, (part, from) => h('ol', { class: 'cards', start: from + 1 }, [...part].map(item))),
	};
}

function matches(app, a, matching, searched) {
	if (matching.length === 0) return null;
	const { statements } = app.index;
	return h('ul', { class: 'snippets' },
		matching.slice(0, snippets).map((i) => h('li', null,
			h('a', { href: app.link({ view: 'article', id: app.index.articles.id[a], at: statements.ref[i] }) }, marked(short(statements.text[i], 180), searched)),
			h('span', { class: 'by' }, voice(app, i, searched), stanceOf(app, i)))),
		matching.length > snippets && h('li', { class: 'quiet' }, `and ${number(matching.length - snippets)} more`));
}

function speakers(app, start, end) {
	const said = new Map();
	for (let i = start; i < end; i++) {
		const v = app.catalogue.speaker[i];
		if (v >= 0) said.set(v, (said.get(v) ?? 0) + 1);
	}
	if (said.size === 0) return null;
	const most = [...said].sort((x, y) => y[1] - x[1]);
	return h('p', { class: 'voices' }, most.slice(0, names).map(([v, n], i) => [i > 0 && ', ', words(app.index.speakers[v].name), n > 1 && h('span', { class: 'quiet' }, ` ${n}`)]),
		most.length > names && h('span', { class: 'quiet' }, `, and ${most.length - names} more`));
}

function voice(app, i, searched) {
	const v = app.catalogue.speaker[i];
	return v < 0 ? h('span', { class: 'quiet' }, 'no speaker known') : marked(app.index.speakers[v].name, searched);
}

function stanceOf(app, i) {
	const { index, catalogue } = app;
	return stance(index.stances[catalogue.stance[i]] ?? '', index.targets[catalogue.target[i]] ?? '');
}

/**
 * The statements that match, a row each.
 * @param {App} app
 * @param {import('./place.js').Place} place
 * @param {import('./catalogue.js').Found} found
 */
export function statementList(app, place, found) {
	const list = app.catalogue.sort(found.statements, place.sort, true);
	return {
		title: 'Statements',
		count: count(list.length, 'statement') + ' in ' + count(articlesOf(app, found.statements), 'article'),
		rows: list.length,
		content: paged(app, place, list, (part, from) => statementTable(app, part, from, terms(place.filters.q), true)),
	};
}

/** How many articles hold statements, which are in the order of the run. */
function articlesOf(app, statements) {
	let n = 0, last = -1;
	for (const i of statements) {
		const a = app.catalogue.article[i];
		if (a !== last) n++;
		last = a;
	}
	return n;
}

/**
 * A table of statements. Roles are given by name, since narrow screens get the
 * cells one below the other, and tables that are not laid out as such may lose
 * them.
 * @param {App} app
 * @param {Int32Array} list
 * @param {number} from of the first in the whole list
 * @param {string[]} searched
 * @param {boolean} withSpeaker
 */
export function statementTable(app, list, from, searched, withSpeaker) {
	const { index, catalogue } = app;
	const columns = ['Words', withSpeaker && 'Speaker', 'Stance', 'Kind', 'Published', 'Confidence'].filter(Boolean);
	const row = (i, n) => {
		const a = catalogue.article[i], v = catalogue.speaker[i];
		const cell = (label, ...children) => h('td', { role: 'cell', data: { label } }, children);
		const outlet = index.outlets[catalogue.outlet[a]];
		return h('tr', { role: 'row', 'aria-rowindex': from + n + 2 },
			cell('Words', h('a', { class: 'row-link', href: app.link({ view: 'article', id: index.articles.id[a], at: index.statements.ref[i] }) }, marked(short(index.statements.text[i], 240), searched)),
				h('span', { class: 'of quiet' }, marked(short(index.articles.title[a], 90), searched))),
			withSpeaker && cell('Speaker', v < 0 ? h('span', { class: 'quiet' }, 'not known')
				: h('a', { href: app.link({ view: 'speaker', id: nameOf(index.speakers[v]), at: '' }) }, marked(index.speakers[v].name, searched))),
			cell('Stance', stanceOf(app, i)), cell('Kind', index.kinds[catalogue.kind[i]]),
			cell('Published', outlet && h('span', { class: 'outlet' }, words(outlet)), outlet && ' ', date(index.articles.published[a])),
			cell('Confidence', percent(catalogue.confidence[i])));
	};
	return h('table', { role: 'table', class: 'statements', 'aria-label': 'Statements', 'aria-rowcount': -1 },
		h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map((c) => h('th', { role: 'columnheader', scope: 'col' }, c)))),
		h('tbody', { role: 'rowgroup' }, [...list].map(row)));
}

/**
 * One page of a list, with the way to the others.
 * @param {App} app
 * @param {import('./place.js').Place} place
 * @param {Int32Array} list
 * @param {(part: Int32Array, from: number) => Node} show
 */
export function paged(app, place, list, show) {
	if (list.length === 0) {
		return [h('p', { class: 'nothing' }, app.catalogue.size === 0 ? 'There are no articles here.' : 'Nothing matches. Take a filter away, or clear them all.')];
	}
	const pages = Math.ceil(list.length / perPage);
	const page = Math.min(place.page, pages), from = (page - 1) * perPage;
	const to = (n, name, rel) => (n < 1 || n > pages ? h('span', { class: 'quiet' }, name) : h('a', { href: app.link({ page: n }), rel }, name));
	return [
		show(list.slice(from, from + perPage), from),
		pages > 1 && h('nav', { class: 'pager', 'aria-label': 'Pages' },
			to(page - 1, '← Previous', 'prev'), h('span', null, `Page ${number(page)} of ${number(pages)}`), to(page + 1, 'Next →', 'next')),
	];
}
