// What the reader likes: kept by the browser where it may be, else for as long
// as the page is open.

import { h } from './dom.js';

const here = new Map();

/** @param {string} key @returns {string} '' where nothing is kept */
export function liked(key) {
	try {
		return localStorage.getItem('onrecord-' + key) ?? '';
	} catch {
		return here.get(key) ?? ''; // storage may be forbidden
	}
}

/** @param {string} key @param {string} value */
export function like(key, value) {
	here.set(key, value);
	try {
		localStorage.setItem('onrecord-' + key, value);
	} catch { /* it is kept in here */ }
}

/** Gives the page the colours that the reader chose last. */
export function applyTheme() {
	const theme = liked('theme');
	if (theme) document.documentElement.dataset.theme = theme;
	else delete document.documentElement.dataset.theme;
}

/** The switch between colours. */
export function themeSwitch() {
	const select = h('select', { 'aria-label': 'Colours', class: 'theme', on: { change: () => {
		like('theme', select.value);
		applyTheme();
	} } }, [['', 'Auto'], ['light', 'Light'], ['dark', 'Dark']].map(([value, name]) => h('option', { value, selected: value === liked('theme') }, name)));
	return /** @type {HTMLSelectElement} */ (select);
}
