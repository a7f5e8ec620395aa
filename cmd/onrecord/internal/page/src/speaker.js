// One speaker: all statements over all articles.

import { count, number, stance } from './bits.js';
import { chart, overTime } from './chart.js';
import { h, words } from './dom.js';
import { paged, statementTable } from './lists.js';
import { noFilters } from './place.js';

/** @typedef {import('./view.js').App} App */

const most = 10; // outlets and targets listed

/**
 * @param {App} app
 * @param {import('./place.js').Place} place
 */
export async function speakerView(app, place) {
	const { index, catalogue } = app;
	const v = catalogue.bySpeaker.get(place.id);
	if (v === undefined) throw new Error(`There is no speaker ${place.id.replace(/^\w+:/, '')} here. The link may be of another run, or of one of which this page holds a part.`);
	const speaker = index.speakers[v];
	const found = await catalogue.find({ ...noFilters(), speaker: place.id });
	const list = catalogue.sort(found.statements, place.sort, true);
	const stanceOf = (i) => index.stances[catalogue.stance[i]] ?? '';
	const all = [...list].map((i) => ({ day: index.articles.published[catalogue.article[i]].slice(0, 10), stance: stanceOf(i) }));

	const byStance = tally(list, stanceOf);
	const time = overTime(all);
	const outlets = tally(list, (i) => index.outlets[catalogue.outlet[catalogue.article[i]]]);
	const targets = tally(list.filter((i) => catalogue.target[i] >= 0), (i) => index.targets[catalogue.target[i]]);
	return {
		title: speaker.name,
		count: count(list.length, 'statement'),
		rows: list.length,
		list,
		content: h('div', { class: 'speaker' },
			h('header', { class: 'head' },
				h('nav', { class: 'around', 'aria-label': 'Back' }, h('a', { href: app.link({ view: 'statements', id: '', at: '', page: 1 }) }, 'All statements'),
					h('a', { href: app.link({ view: 'statements', id: '', at: '', page: 1, filters: { ...noFilters(), speaker: place.id } }) }, 'Filter these statements')),
				h('h1', { tabindex: -1 }, words(speaker.name)),
				h('p', { class: 'facts quiet' }, speaker.kind, (speaker.descriptions ?? []).map((d) => [' · ', words(d)])),
				h('p', null, `${count(list.length, 'statement')} in ${count(found.articles.length, 'article')}: `,
					['support', 'oppose', 'neutral', ''].filter((s) => byStance.has(s)).map((s, i) => [i > 0 && ', ', number(byStance.get(s)), ' ', s ? stance(s) : 'not judged'])),
				h('p', { class: 'quiet hint' }, 'The same name and kind in several articles is taken for one speaker on this page. It may stand for several.')),
			h('div', { class: 'panels' },
				time && h('section', { class: 'panel wide' }, h('h2', null, 'Over time'),
					chart(time, `Statements by ${time.name} and stance, ${time.times[0]} to ${time.times[time.times.length - 1]}: ` +
						[...time.counts].map(([s, n]) => `${n.reduce((x, y) => x + y, 0)} ${s}`).join(', '))),
				table('By outlet', 'Outlet', list, outlets, (i) => index.outlets[catalogue.outlet[catalogue.article[i]]], stanceOf, 'no outlet known'),
				targets.size > 0 && table('By target', 'Target', list, targets, (i) => index.targets[catalogue.target[i]], stanceOf, '')),
			h('h2', null, 'Statements'),
			app.tools(place, list.length),
			paged(app, place, list, (part, from) => statementTable(app, part, from, [], false))),
	};
}

/** How many of a list there are of each sort, most first. @returns {Map<string, number>} */
function tally(list, of) {
	const n = new Map();
	for (const i of list) n.set(of(i), (n.get(of(i)) ?? 0) + 1);
	return new Map([...n].sort((x, y) => y[1] - x[1]));
}

function table(title, head, list, totals, of, stanceOf, unknown) {
	const stances = ['support', 'oppose', 'neutral'];
	const cells = new Map([...totals.keys()].map((k) => [k, new Map()]));
	for (const i of list) {
		const row = cells.get(of(i));
		row?.set(stanceOf(i), (row.get(stanceOf(i)) ?? 0) + 1);
	}
	const shown = [...totals].slice(0, most);
	return h('section', { class: 'panel' }, h('h2', null, title),
		h('table', { 'aria-label': title },
			h('thead', null, h('tr', null, h('th', { scope: 'col' }, head), h('th', { scope: 'col', class: 'n' }, 'All'), stances.map((s) => h('th', { scope: 'col', class: 'n' }, s)))),
			h('tbody', null, shown.map(([name, n]) => h('tr', null, h('th', { scope: 'row' }, name ? words(name) : h('span', { class: 'quiet' }, unknown)), h('td', { class: 'n' }, number(n)),
				stances.map((s) => h('td', { class: 'n' }, number(cells.get(name).get(s) ?? 0))))))),
		totals.size > most && h('p', { class: 'quiet' }, `and ${number(totals.size - most)} more`));
}
