// Labelling articles by hand.

import { App, get } from './label/app.js';

/** @param {HTMLElement} page */
export async function label(page) {
	await new App(page, await get('data/index')).start();
}
