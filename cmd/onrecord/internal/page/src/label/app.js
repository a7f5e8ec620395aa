// Labelling: the articles, the one that is open, and what can be done with it.

import { fill, h, words } from '../dom.js';
import { themeSwitch } from '../theme.js';
import { showAgreement } from './agreement.js';
import { askFinish } from './finish.js';
import { History } from './history.js';
import { help, listen, toolbar } from './keys.js';
import { List } from './list.js';
import * as model from './model.js';
import { Panel, statusText } from './panel.js';
import { Paper } from './paper.js';
import { Saver } from './save.js';
import { Words } from './words.js';

/**
 * An article that is or was open.
 * @typedef {object} Doc
 * @property {string} key
 * @property {any} labels what the server says of it
 * @property {Words} words
 * @property {model.Text} text
 * @property {any[]} blocks
 * @property {History<model.Model>} history
 * @property {number} revision the last that the server acknowledged
 * @property {model.Model} base as it was then
 * @property {string} row the key of the statement at hand, '' for none
 */

/** @param {string} path @returns {Promise<any>} */
async function get(path) {
	const r = await fetch(path);
	const body = await r.json();
	if (!r.ok) throw new Error(body.error);
	return body;
}

export class App {
	/** @param {HTMLElement} page @param {any} index */
	constructor(page, index) {
		this.index = index;
		/** @type {Doc | null} */
		this.doc = null;
		/** @type {Map<string, Doc>} */
		this.docs = new Map();
		this.list = new List(index, (key) => this.go(key));
		this.paper = new Paper({ row: (key) => this.take(key), selected: (w) => this.say('Selected: ' + w) });
		this.panel = new Panel(this);
		this.tools = toolbar(this);
		this.saver = new Saver(index.project, {
			merged: (key, m, clashes) => this.merged(key, m, clashes),
			saved: (key, revision, base) => this.saved(key, revision, base),
			condition: (condition, message) => this.tellSaving(condition, message),
		});
		this.channel = new BroadcastChannel('onrecord-label/' + index.project);
		this.channel.addEventListener('message', (e) => this.elsewhere(e.data));
		this.build(page);
		listen(this);
		addEventListener('hashchange', () => this.route());
	}

	build(page) {
		const button = (id, text, key, more = {}) => h('button', { type: 'button', id: 'do-' + id, title: key && 'Key ' + key, on: { click: () => this.run(id) }, ...more }, text);
		this.undoButton = button('undo', 'Undo', 'z');
		this.redoButton = button('redo', 'Redo', 'Z');
		this.allButton = button('acceptAll', 'Accept all', 'A');
		this.doneButton = button('finish', 'Finish', 'd', { class: 'primary' });
		this.reopenButton = button('reopen', 'Reopen', '', { hidden: true });
		this.saving = h('span', { class: 'saving saved', role: 'status' }, 'Saved');
		this.said = h('div', { class: 'aside', role: 'status', 'aria-live': 'polite' });
		this.note = h('p', { class: 'notice', role: 'status', hidden: true });
		this.title = h('h1');
		this.meta = h('p', { class: 'quiet meta' });
		const { others } = this.index;
		this.listButton = h('button', { type: 'button', class: 'lists', 'aria-expanded': 'false', 'aria-controls': 'articles', on: { click: () => this.showList() } }, 'Articles');
		this.main = h('main', { class: 'desk' },
			h('header', { class: 'head' }, this.title, this.meta, this.note),
			this.tools.element,
			h('p', { class: 'aside', id: 'paper-help' }, 'Left and right arrows walk the words, with Shift they select; j and k walk the statements; question mark lists all keys.'),
			this.paper.element);
		this.agreement = h('main', { class: 'agreement', hidden: true });
		fill(page, h('div', { class: 'labelling' },
			h('header', { class: 'bar' },
				this.listButton, h('strong', null, 'Labels by ', words(this.index.annotator)), this.saving,
				h('span', { class: 'gap' }),
				others.map((name) => h('a', { href: '#' + new URLSearchParams({ with: name }) }, 'Agreement with ', words(name))),
				this.undoButton, this.redoButton, this.allButton, this.doneButton, this.reopenButton,
				button('help', 'Keys', '?'), themeSwitch()),
			this.list.element, this.main, this.agreement, this.panel.element, this.said));
		this.root = page.firstElementChild;
	}

	/** Begins: what was left unsent is sent, and the article of the address opened. */
	async start() {
		const left = await this.saver.resume();
		await this.route();
		if (left.length > 0) this.notice(`Labels of ${left.length === 1 ? 'an article' : left.length + ' articles'} that had not been saved were found in this browser, and are being saved.`);
	}

	/** Opens what the address names. */
	async route() {
		const at = new URLSearchParams(location.hash.slice(1));
		this.main.hidden = this.panel.element.hidden = at.has('with');
		this.agreement.hidden = !at.has('with');
		this.root.classList.toggle('comparing', at.has('with'));
		try {
			if (at.has('with')) {
				await showAgreement(this.agreement, at.get('with'), get);
				return;
			}
			const key = at.get('a') ?? this.doc?.key ?? this.list.next('', 1, true) ?? this.index.articles.key[0];
			if (key === undefined) {
				fill(this.title, 'No articles');
				this.panel.update();
				return;
			}
			await this.open(key, at.has('at') ? Number(at.get('at')) : undefined);
		} catch (e) {
			this.notice(String(e.message ?? e));
		}
	}

	/** @param {string} key */
	go(key) {
		const hash = '#' + new URLSearchParams({ a: key });
		if (location.hash === hash) this.route();
		else location.hash = hash;
	}

	/** @param {string} key @param {number} [at] a place in it, in code points */
	async open(key, at) {
		let doc = this.docs.get(key);
		if (!doc) {
			doc = await this.fetch(key);
			this.docs.set(key, doc);
		}
		this.doc = doc;
		this.root.classList.remove('listing');
		this.notice('');
		const l = doc.labels;
		document.title = l.title || l.id;
		fill(this.title, words(l.title || l.id));
		fill(this.meta, [l.byline, l.published?.slice(0, 10), l.url].filter(Boolean).map((t, i) => [i > 0 && ' · ', words(t)]));
		this.paper.open(doc.words, doc.blocks);
		this.list.current(key);
		if (at !== undefined) {
			const rows = model.order(doc.history.now).filter((r) => r.status !== 'rejected');
			doc.row = (rows.find((r) => r.content.some(([s, e]) => s <= at && at < e)) ?? rows.find((r) => model.begin(r) >= at))?.key ?? '';
		}
		this.update();
		if (at !== undefined) this.paper.reveal(at);
		else if (doc.row) this.take(doc.row);
		this.paper.element.focus({ preventScroll: true });
	}

	/** @param {string} key @returns {Promise<Doc>} */
	async fetch(key) {
		const state = await get('data/articles/' + encodeURIComponent(key));
		const words = new Words(state.labels.text);
		const base = model.fromState(state);
		const history = new History(base);
		const pending = this.saver.pending(key);
		if (pending) history.go(pending);
		return {
			key, labels: state.labels, words, blocks: state.marks.blocks ?? [], history, revision: state.revision, base, row: '',
			text: { pairs: (state.marks.quotes ?? []).map((q) => ({ start: q.start, end: q.end, kind: q.kind, depth: q.depth ?? 0 })), slice: (s, e) => words.slice(s, e) },
		};
	}

	// What is at hand.

	get now() { return this.doc?.history.now; }
	get row() { return this.doc && model.rowOf(this.now, this.doc.row); }

	/** Goes to a statement. @param {string} key */
	take(key) {
		this.doc.row = key;
		const r = this.row;
		this.paper.mark(r ? key : '');
		if (r) this.paper.reveal(model.begin(r));
		this.panel.update();
		this.tools.update();
		if (r) {
			const who = model.speakerOf(this.now, r.speaker)?.name ?? 'nobody';
			this.say(`${r.type === 'claim' ? 'Claim' : 'Quotation'}, ${statusText(r)}, ${who}, ${r.stance || 'no stance'}: ${this.doc.words.slice(r.content[0][0], Math.min(r.content[0][1], r.content[0][0] + 200))}`);
		}
	}

	step(direction) {
		const rows = model.order(this.now);
		if (rows.length === 0) return;
		const i = rows.findIndex((r) => r.key === this.doc.row);
		this.take(rows[i < 0 ? (direction > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, i + direction))].key);
	}

	/** Goes to the next statement that nobody has judged. */
	goOn() {
		const rows = model.order(this.now), i = rows.findIndex((r) => r.key === this.doc.row);
		const next = [...rows.slice(i + 1), ...rows.slice(0, i + 1)].find((r) => r.status === 'suggested');
		if (next) this.take(next.key);
	}

	update() {
		const { doc } = this;
		this.paper.draw(doc.history.now);
		this.paper.mark(this.row ? doc.row : '');
		this.panel.update();
		this.tools.update();
		const m = this.now;
		this.undoButton.toggleAttribute('disabled', doc.history.past.length === 0);
		this.redoButton.toggleAttribute('disabled', doc.history.future.length === 0);
		this.allButton.toggleAttribute('disabled', !m.rows.some((r) => r.status === 'suggested'));
		fill(this.doneButton, m.done ? 'Next' : 'Finish');
		this.reopenButton.hidden = !m.done;
		const touched = doc.revision > 0 || m !== doc.base;
		this.list.note(doc.key, m.done ? 2 : touched ? 1 : 0, m.rows.filter((r) => r.status === 'suggested').length, m.rows.filter(model.isLabel).length);
	}

	/** Makes a change: shows it, keeps it, sends it. @param {model.Model} next @param {string} [row] the statement at hand then */
	change(next, row) {
		const { doc } = this;
		if (!doc.history.go(next)) return;
		if (row !== undefined) doc.row = row;
		this.keep();
	}

	keep() {
		const { doc } = this;
		this.saver.put(doc.key, doc.revision, doc.base, doc.history.now);
		this.update();
	}

	back(redo) {
		const before = this.now;
		if (!(redo ? this.doc.history.redo() : this.doc.history.undo())) {
			this.say(redo ? 'Nothing to redo' : 'Nothing to undo');
			return;
		}
		this.keep();
		const now = this.now;
		const changed = now.rows.find((r) => !before.rows.includes(r)) ?? (model.rowOf(now, this.doc.row) ? undefined : model.order(now)[0]);
		if (changed) this.take(changed.key);
		this.say(redo ? 'Redone' : 'Undone');
	}

	// Words.

	/** What is selected, to the bounds of words unless exactly. Says so where nothing is. */
	selected(exact) {
		const raw = this.paper.selection();
		const span = raw && this.doc.words.snap(raw, exact);
		if (!span) this.notice('Select words first: with the mouse, or with the arrow keys and Shift.');
		return span;
	}

	walkWords(direction, extend, exact) {
		const r = this.row;
		this.paper.walk(direction, extend, exact, r ? model.begin(r) : 0);
	}

	/** Sets a role of the statement at hand to the selected words. */
	assign(role, exact, add = false) {
		const r = this.row, span = r && this.selected(exact);
		if (!span) return;
		this.paper.deselect();
		let next = this.now;
		if (role === 'source') next = this.sourced(next, r, span);
		next = model.setSpans(next, r.key, role, add ? [...r[role], span] : [span], this.doc.text);
		this.change(next);
		if (role === 'source' && model.rowOf(this.now, r.key).speaker === '') this.speakerField();
	}

	/** The model in which a row that has no speaker gets the one whom its source names. */
	sourced(m, r, span) {
		const name = this.doc.words.slice(...span).replace(/\s+/gu, ' ');
		const known = model.known(m, name, this.doc.text);
		if (known) return known.key === r.speaker || r.speaker !== '' ? m : model.setSpeaker(m, r.key, known.key);
		if (r.speaker !== '') return m;
		if (model.isPronoun(name)) {
			// A quotation's mention is a speaker's: for now, of the one named last.
			const last = r.type === 'quote' && m.speakers.map((s) => [Math.max(-1, ...s.mentions.map((x) => x[0]).filter((p) => p < span[0])), s.key]).sort((a, b) => b[0] - a[0])[0];
			if (last) return model.setSpeaker(m, r.key, last[1]);
			if (r.type === 'claim') return m;
		}
		const [next, key] = model.addSpeaker(m, name, /^\p{Lu}/u.test(name) ? 'person' : 'unnamed', [span]);
		return model.setSpeaker(next, r.key, key);
	}

	speakerField(typed) {
		this.root.classList.remove('listing');
		this.panel.speaker.focus(typed);
	}

	/** @param {string} key '' for nobody, 'new' for a new one @param {string} name */
	chooseSpeaker(key, name) {
		const r = this.row;
		if (!r) return;
		if (key !== 'new') {
			this.change(model.setSpeaker(this.now, r.key, key));
			return;
		}
		const [next, made] = model.addSpeaker(this.now, name, /^\p{Lu}/u.test(name) ? 'person' : 'unnamed', this.typedFrom && this.typedFrom.name === name ? [this.typedFrom.span] : []);
		this.change(model.setSpeaker(next, r.key, made));
	}

	setFields(change) { if (this.row) this.change(model.set(this.now, this.doc.row, change)); }
	setSpans(role, spans) { if (this.row) this.change(model.setSpans(this.now, this.doc.row, role, spans, this.doc.text)); }
	setSpeakerFields(change) { if (this.row) this.change(model.setSpeakerFields(this.now, this.row.speaker, change)); }
	mergeInto(key) { if (this.row) this.change(model.mergeSpeakers(this.now, this.row.speaker, key)); }

	/** Makes a row of the selected words. */
	make(type, exact) {
		let span = this.selected(exact);
		if (!span) return;
		if (type === 'quote' && !exact) {
			// The inside of the innermost marks around, or of those that are selected too.
			const around = this.doc.text.pairs.filter((p) => p.start - 1 <= span[0] && p.end + 1 >= span[1]).sort((a, b) => (a.end - a.start) - (b.end - b.start))[0];
			if (around) span = [around.start, around.end];
		}
		const there = this.now.rows.find((r) => r.type === type && r.content.length === 1 && r.content[0].join() === span.join());
		this.paper.deselect();
		if (there) {
			this.change(model.judge(this.now, there.key, 'accepted'), there.key);
			this.take(there.key);
			return;
		}
		const [next, key] = model.make(this.now, type, span, this.doc.text);
		this.change(next, key);
		this.take(key);
	}

	// Commands.

	/** @param {string} id @param {boolean} [exact] */
	run(id, exact = false) {
		if (id === 'help') {
			const d = help();
			document.body.append(d);
			d.showModal();
			return;
		}
		if (!this.doc || this.main.hidden) return;
		if (id !== 'undo' && id !== 'redo') this.notice('');
		const r = this.row;
		switch (id) {
		case 'next': return this.step(1);
		case 'previous': return this.step(-1);
		case 'nextArticle': return this.goTo(this.list.next(this.doc.key, 1));
		case 'previousArticle': return this.goTo(this.list.next(this.doc.key, -1));
		case 'quotation': return this.make('quote', exact);
		case 'claim': return this.make('claim', exact);
		case 'acceptAll': return this.change(model.acceptAll(this.now));
		case 'undo': return this.back(false);
		case 'redo': return this.back(true);
		case 'finish': return this.finish();
		case 'reopen': return this.change({ ...this.now, done: false });
		}
		if (!r) {
			this.notice('No statement is at hand: j goes to the first, a click to any.');
			return;
		}
		switch (id) {
		case 'accept':
			this.change(model.judge(this.now, r.key, 'accepted'));
			return this.goOn();
		case 'reject':
		case 'remove': {
			const rows = model.order(this.now), i = rows.findIndex((x) => x.key === r.key);
			this.change(model.judge(this.now, r.key, 'rejected'));
			if (!this.row) this.take(rows[i + 1]?.key ?? rows[i - 1]?.key ?? '');
			else this.goOn();
			return;
		}
		case 'part': return r.type === 'claim' ? this.assign('content', exact, true) : this.notice('A quotation has one part: each pair of marks is a quotation.');
		case 'bounds': return this.assign('content', exact);
		case 'source': return this.assign('source', exact);
		case 'addSource': return this.assign('source', exact, true);
		case 'cue': return this.assign('cue', exact);
		case 'evidence': return this.assign('evidence', exact, true);
		case 'support':
		case 'oppose':
		case 'neutral': return this.setFields({ stance: id });
		case 'negated': return r.type === 'claim' ? this.setFields({ negated: !r.negated }) : undefined;
		case 'cueClass': {
			if (r.type !== 'claim') return;
			const all = model.cueClasses;
			return this.setFields({ cueClass: all[(all.indexOf(r.cueClass) + 1) % all.length] });
		}
		case 'target': {
			const raw = this.paper.selection(), span = raw && this.doc.words.snap(raw, exact);
			if (!span) {
				if (this.panel.target.el.disabled) this.notice('A target is what somebody supports (1) or opposes (2).');
				else this.panel.target.el.focus();
				return;
			}
			this.paper.deselect();
			if (r.stance !== 'support' && r.stance !== 'oppose') return this.notice('A target is what somebody supports (1) or opposes (2): say which first.');
			return this.setFields({ target: this.doc.words.slice(...span).replace(/\s+/gu, ' ') });
		}
		case 'speaker': {
			const raw = this.paper.selection(), span = raw && this.doc.words.snap(raw, exact);
			const name = span ? this.doc.words.slice(...span).replace(/\s+/gu, ' ') : '';
			this.typedFrom = span && { name, span };
			return this.speakerField(name);
		}
		case 'mention': {
			const s = model.speakerOf(this.now, r.speaker);
			if (!s) return this.notice('The statement has no speaker yet: p chooses one.');
			const span = this.selected(exact);
			if (!span) return;
			this.paper.deselect();
			this.change(model.setSpeakerFields(this.now, s.key, { mentions: [...s.mentions, span] }));
			return this.say('Mention of ' + s.name);
		}
		case 'edit': return this.speakerField();
		}
	}

	goTo(key) {
		if (key !== undefined) this.go(key);
		else this.notice('There is no further article.');
	}

	async finish() {
		if (!this.now.done) {
			const open = model.warnings(this.now);
			if (open.length > 0) {
				const answer = await askFinish(open, (key) => this.take(key));
				if (answer === 'accept') this.change(model.acceptAll(this.now));
				else if (answer !== 'finish') return;
			}
			this.change({ ...this.now, done: true });
			this.say('Finished');
		}
		const next = this.list.next(this.doc.key, 1, true);
		if (next !== undefined) this.go(next);
		else this.notice('All articles are finished.');
	}

	// Saving.

	saved(key, revision, base) {
		const doc = this.docs.get(key);
		if (doc) {
			doc.revision = revision;
			doc.base = base;
		}
		this.list.note(key, base.done ? 2 : 1, base.rows.filter((r) => r.status === 'suggested').length, base.rows.filter(model.isLabel).length);
		this.channel.postMessage({ key, revision });
	}

	/** Another window's changes came in while this one's were sent. */
	merged(key, m, clashes) {
		const doc = this.docs.get(key);
		if (!doc) return;
		doc.history.go(m);
		if (doc === this.doc) this.update();
		this.notice('This article was changed in another window too. ' + (clashes > 0
			? 'Where both changed the same, this window’s stays; undo shows what else there was.' : 'Both windows’ changes are kept.'));
	}

	/** Another window has saved an article. */
	async elsewhere({ key, revision }) {
		const doc = this.docs.get(key);
		if (!doc || doc.revision >= revision || this.saver.pending(key)) return;
		try {
			const fresh = await this.fetch(key);
			if (this.saver.pending(key)) return; // changed meanwhile: merged when it is sent
			doc.revision = fresh.revision;
			doc.base = fresh.base;
			doc.history.go(fresh.base);
			if (doc === this.doc) this.update();
		} catch { /* it is merged at the next change */ }
	}

	tellSaving(condition, message) {
		const text = {
			saved: 'Saved',
			sending: 'Saving…',
			away: (message || 'The server is away') + '. Not yet saved: ' + (this.saver.kept ? 'kept in this browser, and sent when it is back.' : 'keep this page open!'),
			refused: 'Not saved: ' + message,
		}[condition];
		this.saving.className = 'saving ' + condition;
		if (this.saving.textContent !== text) this.saving.textContent = text;
	}

	// Telling.

	say(text) { this.said.textContent = text; }

	notice(text) {
		this.note.hidden = text === '';
		if (this.note.textContent !== text) this.note.textContent = text;
	}

	showList() {
		const open = this.root.classList.toggle('listing');
		this.listButton.setAttribute('aria-expanded', String(open));
		if (open) this.list.search.focus();
	}
}

export { get };
