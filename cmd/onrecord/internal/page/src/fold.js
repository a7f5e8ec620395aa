// Words as they are searched: without case, accents and the shape of quotation
// marks.

const foreign = /[^\u0000-\u00bf\u2000-\u2fff]/;

/** @param {string} s */
export function fold(s) {
	let t = s.toLowerCase();
	if (foreign.test(t)) t = t.normalize('NFKD').replace(/\p{M}+/gu, '');
	return t.replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"');
}

/**
 * What a query looks for, folded: its words, and what stands between marks as
 * one.
 * @param {string} query
 * @returns {string[]}
 */
export function terms(query) {
	return [...fold(query).matchAll(/"([^"]+)"?|[^\s"]+/g)].map((m) => (m[1] ?? m[0]).trim()).filter(Boolean);
}

/**
 * Where terms stand in a text, in UTF-16 units, in order and without overlap.
 * @param {string} text
 * @param {string[]} terms folded
 * @returns {[number, number][]}
 */
export function hits(text, terms) {
	if (terms.length === 0) return [];
	// Folding may make a character longer or shorter: from keeps where each came from.
	let folded = '';
	const from = [];
	let unit = 0;
	for (const c of text) {
		const f = fold(c);
		for (let i = 0; i < f.length; i++) from.push(unit);
		folded += f;
		unit += c.length;
	}
	from.push(unit);
	const found = [];
	for (const t of terms) {
		for (let at = folded.indexOf(t); at >= 0; at = folded.indexOf(t, at + t.length)) {
			found.push([from[at], from[at + t.length]]);
		}
	}
	found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
	const out = [];
	for (const [start, end] of found) {
		const last = out[out.length - 1];
		if (last && start <= last[1]) last[1] = Math.max(last[1], end);
		else if (end > start) out.push([start, end]);
	}
	return out;
}
