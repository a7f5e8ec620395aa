// The form by which statements are looked for.

import { combobox } from './combobox.js';
import { number, percent } from './bits.js';
import { conditions, noFilters } from './place.js';
import { nameOf } from './catalogue.js';
import { fill, h, words } from './dom.js';

/** @typedef {import('./place.js').Filters} Filters */

/**
 * @param {import('./catalogue.js').Catalogue} catalogue
 * @param {(f: Filters, typing: boolean) => void} change called with what the reader asks for; typing: more may follow
 * @returns {{element: HTMLElement, show: (f: Filters) => void, focus: () => void}}
 */
export function filterForm(catalogue, change) {
	const { index } = catalogue;
	let now = noFilters();
	const set = (part, typing = false) => {
		now = { ...now, ...part };
		tell();
		change(now, typing);
	};

	const q = input({ id: 'q', type: 'search', autocomplete: 'off', spellcheck: 'false', dir: 'auto', on: { input: () => set({ q: q.value }, true) } });

	const said = index.speakers.map((v, i) => i).sort((a, b) => catalogue.said[b] - catalogue.said[a]);
	const speaker = combobox({
		id: 'speaker', label: 'Speaker', any: 'Anyone', change: (value) => set({ speaker: value }),
		choices: [
			...said.map((i) => ({ value: nameOf(index.speakers[i]), name: index.speakers[i].name, detail: `${index.speakers[i].kind}, ${number(catalogue.said[i])}` })),
			{ value: '-', name: 'No speaker known' },
		],
	});

	const articles = new Int32Array(index.outlets.length);
	for (const o of catalogue.outlet) articles[o]++;
	const outlet = combobox({
		id: 'outlet', label: 'Outlet', any: 'All', change: (value) => set({ outlet: value }),
		choices: index.outlets.map((o, i) => ({ value: o || '-', name: o || 'No outlet known', n: articles[i] }))
			.sort((a, b) => b.n - a.n).map((o) => ({ ...o, detail: number(o.n) })),
	});

	const stances = boxes('Stance', ['support', 'oppose', 'neutral'], (stance) => set({ stance }));
	const kinds = boxes('Kind', index.kinds, (kind) => set({ kind }));
	const from = input({ id: 'from', type: 'date', on: { change: () => set({ from: from.value }) } });
	const to = input({ id: 'to', type: 'date', on: { change: () => set({ to: to.value }) } });
	const least = h('output', { for: 'sure' });
	const sure = input({ id: 'sure', type: 'range', min: 0, max: 1, step: 0.05, value: 0, on: { input: () => set({ sure: Number(sure.value) }, true) } });
	const clear = h('button', { type: 'button', on: { click: () => {
		now = noFilters();
		show(now);
		change(now, false);
		q.focus();
	} } }, 'Clear filters');
	const summary = h('summary', null);

	const tell = () => {
		const n = conditions(now);
		fill(summary, 'Filters', n > 0 && h('span', { class: 'badge' }, n, h('span', { class: 'aside' }, ' in use')));
		clear.hidden = n === 0;
		fill(least, now.sure > 0 ? 'at least ' + percent(now.sure) : 'any');
		sure.setAttribute('aria-valuetext', least.textContent);
	};
	/** @param {Filters} f */
	const show = (f) => {
		now = f;
		if (q.value !== f.q) q.value = f.q;
		speaker.set(f.speaker);
		outlet.set(f.outlet);
		stances.set(f.stance);
		kinds.set(f.kind);
		from.value = f.from;
		to.value = f.to;
		sure.value = String(f.sure);
		tell();
	};
	tell();

	const details = h('details', { class: 'filters' }, summary,
		h('form', { role: 'search', 'aria-label': 'Statements', on: { submit: (e) => e.preventDefault() } },
			field('Words', q, 'q', 'in titles, speakers, targets, statements'),
			speaker.element, stances.element, kinds.element, outlet.element,
			h('div', { class: 'pair' }, field('From', from, 'from'), field('To', to, 'to')),
			field(['Confidence ', least], sure, 'sure'),
			clear));
	details.toggleAttribute('open', matchMedia('(min-width: 60rem)').matches);
	return {
		element: details, show,
		focus: () => {
			details.setAttribute('open', '');
			q.focus();
			q.select();
		},
	};
}

/** @returns {HTMLInputElement} */
const input = (props) => /** @type {HTMLInputElement} */ (h('input', props));

function field(label, control, id, hint = '') {
	if (hint) control.setAttribute('aria-describedby', id + '-hint');
	return h('div', { class: 'field' }, h('label', { for: id }, label), control, hint && h('p', { class: 'hint quiet', id: id + '-hint' }, hint));
}

/** A group of boxes to tick; none ticked is no condition. */
function boxes(label, values, change) {
	const all = values.map((value) => input({ type: 'checkbox', value, on: { change: () => change(all.filter((b) => b.checked).map((b) => b.value)) } }));
	return {
		element: h('fieldset', { class: 'field boxes' }, h('legend', null, label), all.map((b) => h('label', null, b, words(b.value)))),
		set: (chosen) => all.forEach((b) => (b.checked = chosen.includes(b.value))),
	};
}
