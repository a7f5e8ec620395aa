// The rows shown, as a file.

import { statements } from './article.js';
import { Positions } from './text.js';
import { row } from './csv.js';

/** @typedef {import('./view.js').App} App */

/**
 * The places of a list, so that what they hold rises: chunks of articles are
 * read one after another, whatever the order of the list.
 * @param {Int32Array} list
 */
const inRunOrder = (list) => Int32Array.from(list.keys()).sort((x, y) => list[x] - list[y]);

const spans = (list) => list.map(([s, e]) => s + '-' + e).join(' ');

/**
 * Rows of statements, in that order: offsets are code points of the article's
 * text, end exclusive; a list of spans is "12-30 41-55".
 * @param {App} app
 * @param {Int32Array} list statements
 * @param {(done: number) => void} progress told of the part that is done, 0 to 1
 */
export async function statementRows(app, list, progress) {
	const { index, catalogue, store } = app;
	const out = [row(['statement_id', 'doc_id', 'title', 'outlet', 'url', 'published', 'type', 'kind', 'speaker', 'speaker_kind', 'stance', 'target',
		'stance_confidence', 'confidence', 'cue_class', 'negated', 'text', 'source', 'cue', 'start_char', 'end_char', 'content_chars', 'source_chars', 'cue_chars', 'evidence_chars'])];
	let a = -1, article, text, byKey;
	let done = 0;
	for (const n of inRunOrder(list)) {
		const i = list[n];
		if (catalogue.article[i] !== a) {
			a = catalogue.article[i];
			article = await store.article(a);
			text = new Positions(article.text);
			byKey = new Map(statements(article).map((s) => [s.key, s]));
			progress(done / list.length);
		}
		done++;
		const s = byKey.get(index.statements.ref[i]);
		const wordsOf = (parts) => parts.map(([start, end]) => text.slice(start, end)).join(' ');
		out[n + 1] = row([article.id + '#' + s.key, article.id, article.title, index.outlets[catalogue.outlet[a]], article.url, article.published, s.type, s.kind, s.speaker, s.speakerKind, s.stance, s.target,
			s.stance && s.stanceConfidence, s.confidence, s.cueClass, s.negated, wordsOf(s.content), wordsOf(s.source), wordsOf(s.cue),
			s.content[0][0], s.content[s.content.length - 1][1], spans(s.content), spans(s.source), spans(s.cue), spans(s.evidence)]);
	}
	return out;
}

/**
 * Rows of articles.
 * @param {App} app
 * @param {Int32Array} list articles
 * @param {import('./catalogue.js').Found} found
 * @param {(done: number) => void} progress
 */
export async function articleRows(app, list, found, progress) {
	const out = [row(['doc_id', 'title', 'outlet', 'url', 'published', 'words', 'statements', 'matching_statements'])];
	let done = 0;
	for (const n of inRunOrder(list)) {
		const a = list[n], article = await app.store.article(a);
		const [start, end] = app.catalogue.of(a);
		let matching = 0;
		for (let i = start; i < end; i++) matching += found.is[i];
		out[n + 1] = row([article.id, article.title, app.index.outlets[app.catalogue.outlet[a]], article.url, article.published, app.index.articles.words[a], end - start, matching]);
		progress(done++ / list.length);
	}
	return out;
}
