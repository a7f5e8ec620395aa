// Looking at a run.

import { fill, h, words } from './dom.js';
import { lines, marksOf, statements } from './article.js';
import { Positions } from './text.js';

/**
 * @param {HTMLElement} page
 * @param {import('./store.js').Store} store
 */
export async function view(page, store) {
	const index = await store.open();
	const article = h('article', { 'aria-live': 'polite' });
	const show = async (i) => {
		const a = await store.article(i);
		fill(article, lines(new Positions(a.text), marksOf(statements(a)), a.blocks));
	};
	fill(page,
		h('ol', null, index.articles.title.map((t, i) => h('li', null, h('button', { on: { click: () => show(i) } }, words(t))))),
		article);
}
