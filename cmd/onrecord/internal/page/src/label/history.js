// Undo and redo, over any number of steps.

/** @template T */
export class History {
	/** @param {T} now */
	constructor(now) {
		this.now = now;
		/** @type {T[]} */
		this.past = [];
		/** @type {T[]} */
		this.future = [];
	}

	/** Goes on to another model. @param {T} next @returns {boolean} whether it is another */
	go(next) {
		if (next === this.now) return false;
		this.past.push(this.now);
		this.now = next;
		this.future = [];
		return true;
	}

	/** @returns {boolean} whether there was a step to undo */
	undo() {
		if (this.past.length === 0) return false;
		this.future.push(this.now);
		this.now = this.past.pop();
		return true;
	}

	/** @returns {boolean} whether there was a step to redo */
	redo() {
		if (this.future.length === 0) return false;
		this.past.push(this.now);
		this.now = this.future.pop();
		return true;
	}
}
