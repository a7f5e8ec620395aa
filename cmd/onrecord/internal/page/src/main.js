// The page begins here: what it is for and where its data are stands in the
// element boot.

import { fill, h } from './dom.js';
import { label } from './label.js';
import { fromPage, fromServer, Store } from './store.js';
import { applyTheme } from './theme.js';
import { view } from './view.js';

const boot = JSON.parse(document.getElementById('boot').textContent);
const page = document.getElementById('page');

applyTheme();

/** @type {Record<string, (page: HTMLElement, store: Store) => Promise<void>>} */
const modes = { view, label };

modes[boot.mode](page, new Store(boot.inline ? fromPage : fromServer)).catch((e) => {
	fill(page, h('main', { role: 'alert' }, h('h1', null, 'The page cannot be shown'), h('p', null, String(e.message ?? e))));
	console.error(e);
});
