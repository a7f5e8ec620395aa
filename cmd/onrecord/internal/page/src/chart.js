// A chart of statements over time: a row of columns a stance, all of one scale,
// so that no colour is needed to tell them apart.

import { add, h } from './dom.js';

/** @param {string} tag @param {Record<string, string | number>} props @param {...any} children */
function svg(tag, props, ...children) {
	const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
	for (const [name, value] of Object.entries(props)) el.setAttribute(name, String(value));
	add(el, children);
	return el;
}

const spans = [
	{ name: 'day', length: 10 },
	{ name: 'month', length: 7 },
	{ name: 'year', length: 4 },
];

/**
 * Counts statements by time.
 * @param {{day: string, stance: string}[]} statements day as YYYY-MM-DD, '' where unknown
 * @returns {{name: string, times: string[], counts: Map<string, number[]>} | null} null where fewer than two days are known
 */
export function overTime(statements) {
	const dated = statements.filter((s) => s.day);
	const days = dated.map((s) => s.day).sort();
	if (days.length === 0 || days[0] === days[days.length - 1]) return null;
	const [first, last] = [days[0], days[days.length - 1]];
	for (const { name, length } of spans) {
		const times = range(first.slice(0, length), last.slice(0, length), name);
		if (times.length > 40 && name !== 'year') continue;
		const at = new Map(times.map((t, i) => [t, i]));
		const counts = new Map(['support', 'neutral', 'oppose'].map((s) => [s, new Array(times.length).fill(0)]));
		for (const s of dated) {
			const row = counts.get(s.stance || 'neutral'), i = at.get(s.day.slice(0, length));
			if (row && i !== undefined) row[i]++;
		}
		return { name, times, counts };
	}
	return null;
}

/** All days, months or years from first to last. */
function range(first, last, name) {
	const out = [];
	const d = new Date(first.padEnd(10, '-01').slice(0, 10) + 'T00:00:00Z');
	for (let n = 0; n < 4000; n++) {
		const t = d.toISOString().slice(0, first.length);
		out.push(t);
		if (t >= last) break;
		if (name === 'day') d.setUTCDate(d.getUTCDate() + 1);
		else if (name === 'month') d.setUTCMonth(d.getUTCMonth() + 1);
		else d.setUTCFullYear(d.getUTCFullYear() + 1);
	}
	return out;
}

/**
 * @param {NonNullable<ReturnType<typeof overTime>>} data
 * @param {string} label what it shows, in a sentence
 */
export function chart({ name, times, counts }, label) {
	// As wide as there is room for, so that its words are as large as others.
	const width = Math.max(280, Math.min(640, innerWidth - 48)), left = 74, row = 46, gap = 14, bottom = 20;
	const most = Math.max(1, ...[...counts.values()].flat());
	const step = (width - left) / times.length;
	const height = counts.size * (row + gap) + bottom;
	const parts = [];
	let y = 0;
	for (const [stance, list] of counts) {
		const base = y + row;
		parts.push(svg('text', { x: 0, y: base, class: 'name' }, stance), svg('line', { x1: left, x2: width, y1: base, y2: base, class: 'base' }));
		list.forEach((n, i) => {
			if (n === 0) return;
			const tall = Math.max(2, (n / most) * row);
			const bar = svg('rect', { x: (left + i * step + Math.min(2, step * 0.1)).toFixed(1), y: (base - tall).toFixed(1), width: Math.max(1, Math.min(28, step - Math.min(4, step * 0.2))).toFixed(1), height: tall.toFixed(1), class: stance });
			bar.appendChild(svg('title', {}, `${times[i]}: ${n} ${stance}`));
			parts.push(bar);
		});
		y += row + gap;
	}
	const ticks = Math.min(times.length, width < 480 ? 3 : 5);
	for (let k = 0; k < ticks; k++) {
		const i = ticks === 1 ? 0 : Math.round((k * (times.length - 1)) / (ticks - 1));
		const end = k === ticks - 1 && ticks > 1;
		parts.push(svg('text', { x: (end ? width : left + i * step).toFixed(1), y: height - 4, class: 'tick', 'text-anchor': end ? 'end' : 'start' }, times[i]));
	}
	const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, class: 'chart', width, height }, ...parts);
	return h('figure', null, drawing, h('figcaption', null, `Statements by ${name}. The tallest column stands for ${most}.`));
}
