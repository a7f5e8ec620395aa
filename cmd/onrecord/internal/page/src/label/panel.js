// What there is to say of the statement at hand, and of its speaker. The fields
// stay for as long as the page does, so that nothing that is clicked or typed
// into goes away under the hand.

import { fill, h, words } from '../dom.js';
import { cueClasses, order, rowOf, speakerKinds, speakerOf, stances } from './model.js';
import { SpeakerField } from './speakerfield.js';

const most = 240; // characters shown of a span

export class Panel {
	/** @param {import('./app.js').App} app */
	constructor(app) {
		this.app = app;
		const run = (id) => ({ click: () => app.run(id) });
		const button = (id, text, key) => h('button', { type: 'button', id: 'do-' + id, on: run(id), title: 'Key ' + key }, text, ' ', h('kbd', { 'aria-hidden': 'true' }, key));
		this.what = h('h2', { id: 'what' });
		this.text = h('p', { class: 'said' });
		this.accept = button('accept', 'Accept', 'a');
		this.reject = button('reject', 'Reject', 'x');
		this.remove = button('remove', 'Delete', 'Del');
		this.speaker = new SpeakerField(app);
		this.spans = Object.fromEntries([['content', 'Content'], ['source', 'Source'], ['cue', 'Cue'], ['evidence', 'Words of stance']].map(([role, name]) => {
			const list = h('ul', { class: 'spans', 'aria-label': name });
			return [role, { list, field: h('div', { class: 'field' }, h('span', { class: 'name' }, name), list), drawn: '' }];
		}));
		this.stance = Object.fromEntries(stances.map((s, i) => [s, h('button', {
			type: 'button', class: 'stance ' + s, id: 'do-' + s, 'aria-pressed': 'false', on: run(s), title: 'Key ' + (i + 1),
		}, s, ' ', h('kbd', { 'aria-hidden': 'true' }, i + 1))]));
		this.target = this.input('target', 'Target', (v) => app.setFields({ target: v }));
		this.cueClass = this.select('cue-class', 'Cue class', [['', '–'], ...cueClasses.map((c) => [c, c])], (v) => app.setFields({ cueClass: v }));
		this.negated = /** @type {HTMLInputElement} */ (h('input', { type: 'checkbox', id: 'negated', on: { change: () => app.setFields({ negated: this.negated.checked }) } }));
		this.cueField = h('div', { class: 'pair' }, this.cueClass.field, h('label', { class: 'check', title: 'The source is said not to have said it. Key n' }, this.negated, ' Negated'));
		this.row = h('section', { 'aria-labelledby': 'what', hidden: true },
			this.what, this.text,
			h('div', { class: 'buttons' }, this.accept, this.reject, this.remove),
			this.speaker.element,
			h('div', { class: 'field' }, h('span', { class: 'name', id: 'stance-name' }, 'Stance'), h('div', { class: 'buttons', role: 'group', 'aria-labelledby': 'stance-name' }, Object.values(this.stance))),
			this.target.field,
			Object.values(this.spans).map((s) => s.field),
			this.cueField);

		const change = (field) => (v) => app.setSpeakerFields({ [field]: v });
		this.name = this.input('speaker-name', 'Name', change('name'));
		this.kind = this.select('speaker-kind', 'Kind', speakerKinds.map((k) => [k, k]), change('kind'));
		this.description = this.input('speaker-description', 'Description', change('description'));
		this.pronoun = this.select('speaker-pronoun', 'Pronoun', ['', 'he', 'she', 'they'].map((p) => [p, p || '–']), change('pronoun'));
		this.mentions = h('ul', { class: 'spans', 'aria-label': 'Mentions' });
		this.mentionsDrawn = '';
		this.merge = this.select('speaker-merge', 'Is the same as', [['', '–']], (v) => v && app.mergeInto(v));
		this.voice = h('details', { class: 'voice' },
			h('summary', null, 'Speaker'),
			this.name.field, h('div', { class: 'pair' }, this.kind.field, this.pronoun.field), this.description.field,
			h('div', { class: 'field' }, h('span', { class: 'name' }, 'Mentions'), this.mentions),
			this.merge.field);
		this.none = h('p', { class: 'quiet' });
		this.element = h('aside', { class: 'panel', 'aria-label': 'Statement' }, this.none, this.row, this.voice);
	}

	input(id, name, set) {
		const el = /** @type {HTMLInputElement} */ (h('input', { id, type: 'text', dir: 'auto', autocomplete: 'off', spellcheck: 'false' }));
		el.addEventListener('change', () => set(el.value.trim()));
		el.addEventListener('keydown', (e) => {
			if (e.key !== 'Enter' || e.isComposing) return;
			set(el.value.trim());
			this.app.paper.element.focus();
		});
		return { el, field: h('div', { class: 'field' }, h('label', { for: id }, name), el) };
	}

	select(id, name, options, set) {
		const el = /** @type {HTMLSelectElement} */ (h('select', { id }));
		const put = (o) => fill(el, o.map(([value, text]) => h('option', { value }, text)));
		put(options);
		el.addEventListener('change', () => set(el.value));
		return { el, put, field: h('div', { class: 'field' }, h('label', { for: id }, name), el) };
	}

	/** Shows the statement at hand. */
	update() {
		const { doc } = this.app;
		const m = doc?.history.now, r = m && rowOf(m, doc.row);
		this.row.hidden = this.voice.hidden = !r;
		this.none.hidden = !!r;
		if (!doc) {
			fill(this.none, 'Choose an article.');
			return;
		}
		if (!r) {
			fill(this.none, m.rows.length === 0
				? ['There are no statements yet. Select words, then ', h('kbd', null, 'q'), ' for a quotation or ', h('kbd', null, 'c'), ' for a claim.']
				: [h('kbd', null, 'j'), ' goes to the first statement.']);
			return;
		}
		const slice = (s, e) => doc.words.slice(s, Math.min(e, s + most)) + (e - s > most ? '…' : '');
		const rows = order(m);
		fill(this.what, r.type === 'claim' ? 'Claim' : 'Quotation', ', ', r.kind,
			h('span', { class: 'quiet' }, ` ${rows.findIndex((x) => x.key === r.key) + 1} of ${rows.length}`),
			h('span', { class: 'status ' + r.status }, ' ' + statusText(r)));
		fill(this.text, words(slice(r.content[0][0], r.content[r.content.length - 1][1])));
		this.accept.toggleAttribute('disabled', r.status === 'made' || r.status === 'accepted' || r.status === 'edited');
		this.reject.hidden = r.status === 'made';
		this.reject.toggleAttribute('disabled', r.status === 'rejected');
		this.remove.hidden = r.status !== 'made';
		this.speaker.update(m, r);
		for (const [role, s] of Object.entries(this.spans)) {
			const drawn = r.key + JSON.stringify(r[role]);
			if (drawn === s.drawn) continue;
			s.drawn = drawn;
			fill(s.list, r[role].map((span, i) => h('li', null, words(slice(...span)),
				!(role === 'content' && r.content.length === 1) && h('button', {
					type: 'button', class: 'drop', 'aria-label': 'Remove “' + slice(...span).slice(0, 40) + '”',
					on: { click: () => this.app.setSpans(role, r[role].filter((_, k) => k !== i)) },
				}, '×'))), r[role].length === 0 && h('li', { class: 'quiet' }, 'none'));
		}
		this.spans.source.field.querySelector('.name').textContent = r.type === 'claim' ? 'Source' : 'Mention';
		for (const s of stances) this.stance[s].setAttribute('aria-pressed', String(r.stance === s));
		value(this.target.el, r.target);
		this.target.el.disabled = r.stance !== 'support' && r.stance !== 'oppose';
		this.cueField.hidden = r.type !== 'claim';
		value(this.cueClass.el, r.cueClass);
		this.negated.checked = r.negated;

		const s = speakerOf(m, r.speaker);
		this.voice.hidden = !s;
		if (!s) return;
		fill(this.voice.querySelector('summary'), 'Speaker: ', words(s.name));
		value(this.name.el, s.name);
		value(this.kind.el, s.kind);
		value(this.description.el, s.description);
		if (![...this.pronoun.el.options].some((o) => o.value === s.pronoun)) this.pronoun.put([...['', 'he', 'she', 'they'].map((p) => [p, p || '–']), [s.pronoun, s.pronoun]]);
		value(this.pronoun.el, s.pronoun);
		const drawn = s.key + JSON.stringify(s.mentions);
		if (drawn !== this.mentionsDrawn) {
			this.mentionsDrawn = drawn;
			fill(this.mentions, s.mentions.map((span, i) => h('li', null,
				h('button', { type: 'button', class: 'plain', on: { click: () => this.app.paper.reveal(span[0]) } }, words(slice(...span))),
				h('button', {
					type: 'button', class: 'drop', 'aria-label': 'No mention: “' + slice(...span).slice(0, 40) + '”',
					on: { click: () => this.app.setSpeakerFields({ mentions: s.mentions.filter((_, k) => k !== i) }) },
				}, '×'))), s.mentions.length === 0 && h('li', { class: 'quiet' }, 'none'));
		}
		const others = m.speakers.filter((x) => x.key !== s.key);
		this.merge.put([['', '–'], ...others.map((x) => [x.key, x.name])]);
		this.merge.field.hidden = others.length === 0;
	}
}

/** Puts a value into a field, unless somebody is typing into it. */
function value(el, v) {
	if (el.value !== v && !(el === document.activeElement && el.type === 'text' && el.dataset.value === v)) el.value = v;
	el.dataset.value = v;
}

/** @param {import('./model.js').Row} r */
export function statusText(r) {
	if (r.status === 'suggested' && r.rest.confidence !== undefined) return `suggested, ${Math.round(100 * r.rest.confidence)}% sure`;
	return { suggested: 'suggested', accepted: 'accepted', rejected: 'rejected', edited: 'corrected', made: 'made by hand' }[r.status];
}
