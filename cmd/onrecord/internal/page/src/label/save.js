// Keeping what a person does. Every change is put into the browser's storage
// first, then sent, and taken out of the storage when the server has it on its
// disk. While the server is away it is tried again; what another window has
// changed meanwhile is merged.

import { fromState, merge, toState } from './model.js';

/** @typedef {import('./model.js').Model} Model */
/** @typedef {'saved' | 'sending' | 'away' | 'refused'} Condition */

const longest = 8000; // milliseconds between two attempts

/** Keeps articles of one project. */
export class Saver {
	/**
	 * @param {string} project
	 * @param {object} on
	 * @param {(key: string, model: Model, clashes: number) => void} on.merged another window's changes came in
	 * @param {(key: string) => void} on.saved
	 * @param {(condition: Condition, message: string) => void} on.condition
	 */
	constructor(project, on) {
		this.prefix = `onrecord-label/${project}/`;
		this.window = Math.random().toString(36).slice(2);
		this.on = on;
		/** @type {Map<string, Job>} what is not acknowledged */
		this.jobs = new Map();
		this.kept = true; // the storage takes what it is given
		if (navigator.locks) navigator.locks.request(this.prefix + this.window, () => new Promise(() => {})); // as long as the window is there
		addEventListener('online', () => this.jobs.forEach((job) => job.hurry()));
		addEventListener('beforeunload', (e) => {
			if (!this.kept && this.jobs.size > 0) e.preventDefault();
		});
	}

	/**
	 * Takes up what windows that are gone have left in the storage.
	 * @returns {Promise<string[]>} keys of articles
	 */
	async resume() {
		const alive = new Set();
		if (navigator.locks) for (const l of (await navigator.locks.query()).held) alive.add(l.name);
		const found = [];
		for (const name of Object.keys(localStorage)) {
			if (!name.startsWith(this.prefix)) continue;
			const [window, key] = split(name.slice(this.prefix.length));
			if (window === this.window || alive.has(this.prefix + window)) continue;
			try {
				const { revision, base, model } = JSON.parse(localStorage.getItem(name));
				// Two windows may have left something about one article.
				const job = this.jobs.get(key);
				if (job) job.change(merge(base, model, job.model).model);
				else this.put(key, revision, base, model);
				found.push(key);
			} catch (e) {
				console.warn('what was kept is damaged', name, e);
				continue;
			}
			localStorage.removeItem(name);
		}
		return found;
	}

	/** What is not acknowledged of an article. @param {string} key @returns {Model | undefined} */
	pending(key) { return this.jobs.get(key)?.model; }

	/**
	 * Keeps a model.
	 * @param {string} key
	 * @param {number} revision the last that the server acknowledged
	 * @param {Model} base as it was then
	 * @param {Model} model
	 */
	put(key, revision, base, model) {
		let job = this.jobs.get(key);
		if (job) {
			job.change(model);
			return;
		}
		job = new Job(this, key, revision, base, model);
		this.jobs.set(key, job);
		job.run();
	}

	store(key, what) {
		const name = `${this.prefix}${this.window}/${key}`;
		try {
			if (what) localStorage.setItem(name, JSON.stringify(what));
			else localStorage.removeItem(name);
			this.kept = true;
		} catch {
			this.kept = false; // full, or forbidden
		}
	}

	/** Says how things stand. */
	tell() {
		const jobs = [...this.jobs.values()];
		const worst = ['refused', 'away', 'sending'].find((c) => jobs.some((j) => j.condition === c)) ?? 'saved';
		this.on.condition(/** @type {Condition} */ (worst), jobs.find((j) => j.condition === worst)?.message ?? '');
	}
}

const split = (s) => [s.slice(0, s.indexOf('/')), s.slice(s.indexOf('/') + 1)];

/** An article on its way to the server. */
class Job {
	constructor(saver, key, revision, base, model) {
		Object.assign(this, { saver, key, revision, base, model });
		/** @type {Condition} */
		this.condition = 'sending';
		this.message = '';
		this.wake = () => {};
		this.keep();
	}

	change(model) {
		this.model = model;
		this.keep();
		if (this.condition === 'refused') this.run();
	}

	keep() { this.saver.store(this.key, { revision: this.revision, base: this.base, model: this.model }); }

	hurry() { this.wake(); }

	/** @param {Condition} condition @param {string} [message] */
	become(condition, message = '') {
		this.condition = condition;
		this.message = message;
		this.saver.tell();
	}

	/** Sends until the server has what there is. */
	async run() {
		this.become('sending');
		for (let pause = 250; ; ) {
			const sent = this.model;
			let status = 0, body;
			try {
				const r = await fetch('data/articles/' + encodeURIComponent(this.key), {
					method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(toState(sent, this.revision)),
				});
				body = await r.json();
				status = r.status;
			} catch { /* the server is away, or went while it answered */ }
			if (status === 200) {
				this.revision = body.revision;
				this.base = sent;
				pause = 250;
				if (this.model === sent) break;
				this.keep();
				this.become('sending');
			} else if (status === 409) {
				const theirs = fromState(body);
				const { model, clashes } = merge(this.base, this.model, theirs);
				this.revision = body.revision;
				this.base = theirs;
				this.model = model;
				this.keep();
				this.saver.on.merged(this.key, model, clashes);
				if (JSON.stringify(model) === JSON.stringify(theirs)) break; // it was all there
			} else if (status >= 400 && status < 500) {
				// Trying again changes nothing. It stays in the storage.
				this.become('refused', body.error ?? String(status));
				return;
			} else {
				this.become('away', body?.error ?? '');
				await new Promise((resolve) => {
					this.wake = () => resolve(null);
					setTimeout(resolve, pause);
				});
				pause = Math.min(2 * pause, longest);
			}
		}
		this.saver.jobs.delete(this.key);
		this.saver.store(this.key, null);
		this.saver.on.saved(this.key, this.revision, this.base);
		this.saver.tell();
	}
}
