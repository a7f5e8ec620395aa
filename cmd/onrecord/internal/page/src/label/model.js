// What a person decides about an article: rows with a status, and speakers.
// A model is never changed: every edit makes a new one that shares what stayed,
// so that history is a list of models and two models are compared by identity.

/** @typedef {[number, number]} Span start and end in code points, end exclusive */
/** @typedef {'suggested' | 'accepted' | 'rejected' | 'edited' | 'made'} Status */
/**
 * A claim or a quotation. Of a quotation, content is the inside of its marks and
 * source the mention: one span, or none.
 * @typedef {object} Row
 * @property {string} key
 * @property {'claim' | 'quote'} type
 * @property {Status} status
 * @property {Span[]} content
 * @property {Span[]} source
 * @property {Span[]} cue
 * @property {Span[]} evidence of the stance
 * @property {string} kind direct, mixed or indirect
 * @property {string} speaker key, '' for none
 * @property {string} stance '' where nobody has said
 * @property {string} target
 * @property {string} cueClass of a claim
 * @property {boolean} negated of a claim
 * @property {string} claim of a quotation: the key of the claim that it belongs to, or ''
 * @property {object} rest what else the JSON form has of it: confidences, depth, manner
 */
/** @typedef {{key: string, name: string, kind: string, description: string, pronoun: string, mentions: Span[]}} Speaker */
/** @typedef {{done: boolean, rows: Row[], speakers: Speaker[]}} Model */
/** A pair of quotation marks: the inside. @typedef {{start: number, end: number, kind: string, depth: number}} Pair */

export const speakerKinds = ['person', 'organization', 'group', 'document', 'unnamed'];
export const cueClasses = ['neutral', 'assertive', 'distancing', 'concessive', 'denial', 'evaluative', 'directive', 'mental'];
export const stances = ['support', 'oppose', 'neutral'];

/** Whether a row is a label. @param {Row} r */
export const isLabel = (r) => r.status === 'accepted' || r.status === 'edited' || r.status === 'made';

/** @param {Row} r */
export const begin = (r) => Math.min(...r.content.map((c) => c[0]));
const end = (r) => Math.max(...r.content.map((c) => c[1]));

/**
 * Rows in the order in which they are walked: that of the text, quotations behind
 * the claim that they belong to.
 * @param {Model} m
 * @returns {Row[]}
 */
export function order(m) {
	const claims = new Map(m.rows.filter((r) => r.type === 'claim').map((r) => [r.key, r]));
	const place = (r) => {
		const head = claims.get(r.claim) ?? r;
		return [begin(head), -end(head), head.key, head === r ? 0 : 1, begin(r), -end(r)];
	};
	return m.rows.map((r) => ({ r, at: place(r) })).sort((a, b) => {
		const i = a.at.findIndex((x, k) => x !== b.at[k]);
		return i < 0 ? 0 : a.at[i] < b.at[i] ? -1 : 1;
	}).map((x) => x.r);
}

/** @param {Model} m @param {string} key @returns {Row | undefined} */
export const rowOf = (m, key) => m.rows.find((r) => r.key === key);
/** @param {Model} m @param {string} key @returns {Speaker | undefined} */
export const speakerOf = (m, key) => m.speakers.find((s) => s.key === key);

/**
 * The model of a state as the server has it.
 * @param {any} state
 * @returns {Model}
 */
export function fromState({ done, labels, rows }) {
	const speakers = (labels.speakers ?? []).map((s, i) => ({
		key: rows.speakers[i], name: s.name, kind: s.kind, description: s.description ?? '', pronoun: s.pronoun ?? '', mentions: s.mentions,
	}));
	const speaker = (row) => {
		if (!row.speaker) return '';
		return (row.speaker_index !== undefined ? speakers[row.speaker_index] : speakers.find((s) => s.name === row.speaker))?.key ?? '';
	};
	const common = (row, about) => ({
		...about, speaker: speaker(row), stance: row.stance ?? '', target: row.target ?? '', evidence: row.stance_evidence ?? [],
		cueClass: row.cue_class ?? '', negated: row.negated ?? false,
		rest: { confidence: row.confidence, stance_confidence: row.stance_confidence, manner: row.manner, depth: row.depth },
	});
	return {
		done, speakers,
		rows: [
			...(labels.claims ?? []).map((c, i) => ({
				type: 'claim', kind: c.kind, content: c.content, source: c.source ?? [], cue: c.cue ?? [], claim: '', ...common(c, rows.claims[i]),
			})),
			...(labels.quotes ?? []).map((q, i) => ({
				type: 'quote', kind: q.kind ?? 'direct', content: [[q.start, q.end]], source: q.mention ? [q.mention] : [], cue: q.cue ? [q.cue] : [],
				claim: q.claim === undefined ? '' : rows.claims[q.claim].key, ...common(q, rows.quotes[i]),
			})),
		],
	};
}

/**
 * The state of a model, as the server takes it.
 * @param {Model} m
 * @param {number} revision
 */
export function toState(m, revision) {
	const claims = m.rows.filter((r) => r.type === 'claim'), quotes = m.rows.filter((r) => r.type === 'quote');
	const speakerAt = new Map(m.speakers.map((s, i) => [s.key, i]));
	const claimAt = new Map(claims.map((c, i) => [c.key, i]));
	const common = (r) => {
		const at = speakerAt.get(r.speaker);
		return {
			...r.rest,
			speaker: at === undefined ? undefined : m.speakers[at].name, speaker_index: at,
			stance: r.stance || undefined, target: r.target || undefined, stance_evidence: r.evidence.length > 0 ? r.evidence : undefined,
		};
	};
	const about = (r) => ({ key: r.key, status: r.status });
	return {
		revision, done: m.done,
		labels: {
			id: '', text: null,
			claims: claims.map((c) => ({
				content: c.content, source: c.source, cue: c.cue, kind: c.kind, ...common(c), cue_class: c.cueClass || undefined, negated: c.negated || undefined,
			})),
			quotes: quotes.map((q) => ({
				start: q.content[0][0], end: q.content[0][1], mention: q.source[0], cue: q.cue[0], kind: q.kind, ...common(q), claim: claimAt.get(q.claim),
			})),
			speakers: m.speakers.map(({ key, ...s }) => s),
		},
		rows: { claims: claims.map(about), quotes: quotes.map(about), speakers: m.speakers.map((s) => s.key) },
	};
}

// Edits. Each takes a model and returns another, or the same where there is
// nothing to change.

let made = 0;
/** A key that no other window makes. @param {string} prefix */
const newKey = (prefix) => prefix + '-' + Date.now().toString(36) + '-' + (made++).toString(36) + Math.random().toString(36).slice(2, 8);

/** @param {Model} m @param {string} key @param {Partial<Row>} change @returns {Model} */
const put = (m, key, change) => ({ ...m, rows: m.rows.map((r) => r.key === key ? { ...r, ...change } : r) });

/** The status of a row that is corrected. @param {Row} r @returns {Status} */
const corrected = (r) => r.status === 'made' ? 'made' : 'edited';

/**
 * Accepts or rejects a row, and with a claim its quotations that nobody has
 * judged. A made row that is rejected is gone.
 * @param {Model} m @param {string} key @param {'accepted' | 'rejected'} status @returns {Model}
 */
export function judge(m, key, status) {
	const row = rowOf(m, key);
	if (!row) return m;
	if (row.status === 'made') return status === 'rejected' ? remove(m, key) : m;
	if (status === 'accepted' && row.status === 'edited') return m;
	return {
		...m,
		rows: m.rows.map((r) => r.key === key || (r.claim === key && r.status === 'suggested') ? { ...r, status } : r),
	};
}

/** Accepts all that nobody has judged. @param {Model} m @returns {Model} */
export function acceptAll(m) {
	if (!m.rows.some((r) => r.status === 'suggested')) return m;
	return { ...m, rows: m.rows.map((r) => r.status === 'suggested' ? { ...r, status: 'accepted' } : r) };
}

/** Removes a row that was made, and its speaker where nothing else is left of them. */
function remove(m, key) {
	const row = rowOf(m, key);
	const rows = m.rows.filter((r) => r.key !== key).map((r) => r.claim === key ? { ...r, claim: '' } : r);
	const lonely = row.speaker.startsWith('s-') && !rows.some((r) => r.speaker === row.speaker);
	return { ...m, rows, speakers: lonely ? m.speakers.filter((s) => s.key !== row.speaker) : m.speakers };
}

/**
 * Changes fields of a row that follow from nothing: stance, target, cue class,
 * negated, evidence. A claim's stance is that of its quotations as long as these
 * had the same.
 * @param {Model} m @param {string} key @param {Partial<Row>} change @returns {Model}
 */
export function set(m, key, change) {
	const row = rowOf(m, key);
	if (!row || Object.entries(change).every(([k, v]) => JSON.stringify(row[k]) === JSON.stringify(v))) return m;
	if ('stance' in change) change = { ...change, rest: { ...row.rest, stance_confidence: undefined } };
	if (change.stance === 'neutral') change = { ...change, target: '', evidence: [] };
	let next = put(m, key, { ...change, status: corrected(row) });
	if (row.type === 'claim' && ('stance' in change || 'target' in change)) {
		for (const q of m.rows) {
			if (q.claim !== key || q.stance !== row.stance || q.target !== row.target) continue;
			const now = rowOf(next, key);
			next = put(next, q.key, {
				stance: now.stance, target: now.target, evidence: now.stance === 'neutral' ? [] : q.evidence,
				rest: { ...q.rest, stance_confidence: undefined }, status: q.status === 'suggested' || q.status === 'accepted' ? 'edited' : q.status,
			});
		}
	}
	return next;
}

const sortSpans = (spans) => [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1]);

/**
 * Spans that are in order and do not overlap.
 * @param {Span[]} spans
 */
function joined(spans) {
	/** @type {Span[]} */
	const out = [];
	for (const s of sortSpans(spans)) {
		const last = out[out.length - 1];
		if (last && s[0] < last[1]) last[1] = Math.max(last[1], s[1]);
		else out.push([s[0], s[1]]);
	}
	return out;
}

/**
 * Sets the spans of a role. Kinds and which quotations belong to which claim are
 * made anew where they may have changed.
 * @param {Model} m @param {string} key @param {'content' | 'source' | 'cue' | 'evidence'} role @param {Span[]} spans
 * @param {Text} text @returns {Model}
 */
export function setSpans(m, key, role, spans, text) {
	const row = rowOf(m, key);
	if (!row || (role === 'content' && spans.length === 0)) return m;
	spans = row.type === 'quote' && role !== 'evidence' ? spans.slice(-1) : joined(spans);
	if (JSON.stringify(row[role]) === JSON.stringify(spans)) return m;
	/** @type {Partial<Row>} */
	const change = { [role]: spans, status: corrected(row), rest: { ...row.rest, manner: undefined } };
	if (role === 'evidence') change.rest = row.rest;
	if (role === 'cue' && row.type === 'claim') change.cueClass = spans.length === 0 ? '' : row.cueClass || 'neutral';
	let next = put(m, key, change);
	if (role === 'content') next = row.type === 'claim' ? relink(next, key, text) : requote(next, key, text);
	return next;
}

/**
 * Makes a row of a span, and its key.
 * @param {Model} m @param {'claim' | 'quote'} type @param {Span} span @param {Text} text
 * @returns {[Model, string]}
 */
export function make(m, type, span, text) {
	const key = newKey(type[0]);
	/** @type {Row} */
	const row = {
		key, type, status: 'made', content: [span], source: [], cue: [], evidence: [], kind: 'indirect', speaker: '', stance: '', target: '',
		cueClass: '', negated: false, claim: '', rest: {},
	};
	const next = { ...m, rows: [...m.rows, row] };
	if (type === 'claim') return [relink(next, key, text), key];
	const linked = requote(next, key, text);
	// A quotation in a claim is by whom the claim is.
	const claim = rowOf(linked, rowOf(linked, key).claim);
	return [claim ? put(linked, key, { speaker: claim.speaker, stance: claim.stance, target: claim.target }) : linked, key];
}

// What follows from quotation marks, as package extractors/attribute has it.

/** What edits need to know of the article. @typedef {{pairs: Pair[], slice: (start: number, end: number) => string}} Text */

/** Bytes of UTF-8 that are no space and no ASCII punctuation. @param {string} s */
function letters(s) {
	let n = 0;
	for (const c of s) {
		const p = c.codePointAt(0);
		if (p >= 0x10000) n += 4;
		else if (p >= 0x800) n += 3;
		else if (p >= 0x80) n += 2;
		else if (/[0-9A-Za-z]/.test(c)) n++;
	}
	return n;
}

const shared = (spans, start, end) => spans.reduce((n, s) => n + Math.max(0, Math.min(s[1], end) - Math.max(s[0], start)), 0);
const length = (spans) => spans.reduce((n, s) => n + s[1] - s[0], 0);

/** The kind of a content. @param {Span[]} content @param {Text} text */
export function kindOf(content, text) {
	let all = 0, quoted = 0;
	for (const [start, end] of content) {
		all += letters(text.slice(start, end));
		for (const p of text.pairs) {
			if (p.depth === 0 && p.start < end && p.end > start) quoted += letters(text.slice(Math.max(start, p.start), Math.min(end, p.end)));
		}
	}
	if (quoted === 0 || all === 0) return 'indirect';
	return quoted * 100 >= all * 97 ? 'direct' : 'mixed';
}

const holds = (claim, q) => {
	const [start, end] = q.content[0];
	return shared(claim.content, start, end) * 2 >= end - start;
};

/** Kind and quotations of a claim whose content is new. */
function relink(m, key, text) {
	const claim = rowOf(m, key);
	return {
		...m,
		rows: m.rows.map((r) => {
			if (r.key === key) return { ...r, kind: kindOf(r.content, text) };
			if (r.type !== 'quote') return r;
			if (r.claim === key) return holds(claim, r) ? r : { ...r, claim: home(m, r) };
			const old = rowOf(m, r.claim);
			return holds(claim, r) && (!old || old.status === 'rejected' || length(claim.content) < length(old.content)) ? { ...r, claim: key } : r;
		}),
	};
}

/** The narrowest claim that a quotation belongs to. */
function home(m, q) {
	let best;
	for (const r of m.rows) {
		if (r.type === 'claim' && r.status !== 'rejected' && holds(r, q) && (!best || length(r.content) < length(best.content))) best = r;
	}
	return best?.key ?? '';
}

/** Kind, depth and claim of a quotation whose content is new. */
function requote(m, key, text) {
	const q = rowOf(m, key);
	const [start, end] = q.content[0];
	const pair = text.pairs.find((p) => p.start === start && p.end === end);
	const depth = pair?.depth ?? m.rows.filter((r) => r.type === 'quote' && r.key !== key && r.status !== 'rejected' &&
		r.content[0][0] <= start && r.content[0][1] >= end && r.content[0][1] - r.content[0][0] > end - start).length;
	const kind = pair?.kind ?? (/[.!?…]\s*$/u.test(text.slice(start, end)) ? 'direct' : 'mixed');
	return put(m, key, { kind, claim: home(m, q), rest: { ...q.rest, depth: depth || undefined } });
}

// Speakers.

const fold = (s) => s.normalize('NFKC').toLowerCase().replace(/[’]/g, "'").trim();
const pronouns = /^(i|me|we|us|you|he|him|she|her|it|they|them|who|whom|one|both|himself|herself|itself|themselves)$/;
/** Whether words are a pronoun, which names nobody. @param {string} words */
export const isPronoun = (words) => pronouns.test(fold(words));

/**
 * The speaker that words stand for: one of that name or with a mention of these
 * words, or whose name has them as a whole word.
 * @param {Model} m @param {string} words @param {Text} text
 * @returns {Speaker | undefined}
 */
export function known(m, words, text) {
	const w = fold(words);
	if (w === '' || isPronoun(words)) return undefined;
	return m.speakers.find((s) => fold(s.name) === w) ??
		m.speakers.find((s) => s.mentions.some(([a, b]) => b - a < 200 && fold(text.slice(a, b)) === w)) ??
		m.speakers.find((s) => (' ' + fold(s.name) + ' ').includes(' ' + w + ' ') || (' ' + w + ' ').includes(' ' + fold(s.name) + ' '));
}

/**
 * Gives a row a speaker. Quotations of a claim that had the same speaker as it,
 * or none, go with it.
 * @param {Model} m @param {string} key @param {string} speaker key, '' for none @returns {Model}
 */
export function setSpeaker(m, key, speaker) {
	const row = rowOf(m, key);
	if (!row || row.speaker === speaker) return m;
	const move = (r) => ({
		...r, speaker, rest: { ...r.rest, manner: undefined }, source: r.type === 'quote' && speaker === '' ? [] : r.source,
		status: r.key === key || r.status === 'suggested' || r.status === 'accepted' ? corrected(r) : r.status,
	});
	const rows = m.rows.map((r) => r.key === key || (row.type === 'claim' && r.claim === key && (r.speaker === row.speaker || r.speaker === '')) ? move(r) : r);
	const lonely = row.speaker.startsWith('s-') && !rows.some((r) => r.speaker === row.speaker);
	return { ...m, rows, speakers: lonely ? m.speakers.filter((s) => s.key !== row.speaker) : m.speakers };
}

/** @param {Model} m @param {string} name @param {string} kind @param {Span[]} mentions @returns {[Model, string]} */
export function addSpeaker(m, name, kind, mentions) {
	const key = newKey('s');
	return [{ ...m, speakers: [...m.speakers, { key, name, kind, description: '', pronoun: '', mentions }] }, key];
}

/** @param {Model} m @param {string} key @param {Partial<Speaker>} change @returns {Model} */
export function setSpeakerFields(m, key, change) {
	const s = speakerOf(m, key);
	if (!s || change.name === '' || Object.entries(change).every(([k, v]) => JSON.stringify(s[k]) === JSON.stringify(v))) return m;
	if (change.mentions) change = { ...change, mentions: sortSpans(dedupe(change.mentions)) };
	return { ...m, speakers: m.speakers.map((x) => x.key === key ? { ...x, ...change } : x) };
}

const dedupe = (spans) => [...new Map(spans.map((s) => [s.join(), s])).values()];

/** Makes two speakers one: from is gone, and all of theirs is into's. @param {Model} m @param {string} from @param {string} into @returns {Model} */
export function mergeSpeakers(m, from, into) {
	const a = speakerOf(m, from), b = speakerOf(m, into);
	if (!a || !b || a === b) return m;
	const merged = { ...b, description: b.description || a.description, pronoun: b.pronoun || a.pronoun, mentions: sortSpans(dedupe([...b.mentions, ...a.mentions])) };
	return {
		...m,
		speakers: m.speakers.filter((s) => s !== a).map((s) => s === b ? merged : s),
		rows: m.rows.map((r) => r.speaker === from ? { ...r, speaker: into, status: r.status === 'suggested' || r.status === 'accepted' ? 'edited' : r.status } : r),
	};
}

/** Removes a speaker of whom there is no row. @param {Model} m @param {string} key @returns {Model} */
export function removeSpeaker(m, key) {
	return m.rows.some((r) => r.speaker === key) ? m : { ...m, speakers: m.speakers.filter((s) => s.key !== key) };
}

/**
 * What is worth a look before an article is finished.
 * @param {Model} m
 * @returns {{what: string, rows: string[]}[]}
 */
export function warnings(m) {
	const rows = order(m), labels = rows.filter(isLabel);
	/** @type {{what: string, rows: string[]}[]} */
	const out = [];
	const add = (one, many, list) => {
		if (list.length > 0) out.push({ what: list.length === 1 ? one : list.length + ' ' + many, rows: list.map((r) => r.key) });
	};
	const positioned = (r) => r.stance === 'support' || r.stance === 'oppose';
	add('A suggestion is neither accepted nor rejected', 'suggestions are neither accepted nor rejected', rows.filter((r) => r.status === 'suggested'));
	add('A statement has no speaker', 'statements have no speaker', labels.filter((r) => r.speaker === '' && (r.type === 'quote' || r.source.length > 0)));
	if (labels.some((r) => r.stance)) add('A statement has no stance: it will be neutral', 'statements have no stance: they will be neutral', labels.filter((r) => r.stance === ''));
	else add('A statement has no stance', 'statements have no stance: this article will say nothing of stance', labels);
	add('A statement takes a side, without a target', 'statements take a side, without a target', labels.filter((r) => positioned(r) && r.target === ''));
	add('A claim has neither a source nor a cue', 'claims have neither a source nor a cue', labels.filter((r) => r.type === 'claim' && r.source.length === 0 && r.cue.length === 0));
	return out;
}

/**
 * What comes of two changes to the same model, field by field. Where both have
 * changed a field, mine counts; what one has made or kept stays, unless the other
 * has removed it without the first changing it.
 * @param {Model} base @param {Model} mine @param {Model} theirs
 * @returns {{model: Model, clashes: number}} clashes counts the fields that both have changed, differently
 */
export function merge(base, mine, theirs) {
	let clashes = 0;
	const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
	const pick = (b, m, t) => {
		if (same(m, b)) return t;
		if (!same(t, b) && !same(m, t)) clashes++;
		return m;
	};
	const list = (b, m, t) => {
		const B = new Map(b.map((x) => [x.key, x])), M = new Map(m.map((x) => [x.key, x])), T = new Map(t.map((x) => [x.key, x]));
		const out = [];
		for (const key of new Set([...T.keys(), ...M.keys()])) {
			const x = B.get(key), y = M.get(key), z = T.get(key);
			if (y && z) {
				const fields = new Set([...Object.keys(y), ...Object.keys(z)]);
				out.push(Object.fromEntries([...fields].map((f) => [f, x ? pick(x[f], y[f], z[f]) : y[f]])));
			} else if (!x) out.push(y ?? z); // made on one side
			else if (!same(y ?? z, x)) out.push(y ?? z); // removed on one side, changed on the other
		}
		return out;
	};
	const speakers = list(base.speakers, mine.speakers, theirs.speakers);
	let rows = list(base.rows, mine.rows, theirs.rows);
	// A row may be left with a speaker or a claim that the other side removed.
	for (const key of new Set(rows.map((r) => r.speaker))) {
		if (key === '' || speakers.some((s) => s.key === key)) continue;
		speakers.push(speakerOf(mine, key) ?? speakerOf(theirs, key) ?? speakerOf(base, key));
	}
	const keys = new Set(rows.map((r) => r.key));
	rows = rows.map((r) => r.claim && !keys.has(r.claim) ? { ...r, claim: '' } : r);
	return { model: { done: pick(base.done, mine.done, theirs.done), rows, speakers }, clashes };
}
