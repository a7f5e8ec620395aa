// Positions in a text. Labels count code points, as the columns do; the browser
// counts UTF-16 units.

/** Converts between code points and UTF-16 units of one text. */
export class Positions {
	/** @param {string} text */
	constructor(text) {
		this.text = text;
		/** Unit offsets of the characters that take two units, in order. @type {number[]} */
		this.pairs = [];
		for (let i = 0; i < text.length; i++) {
			const u = text.charCodeAt(i);
			if (u >= 0xd800 && u < 0xdc00) this.pairs.push(i++);
		}
		/** Length in code points. */
		this.length = text.length - this.pairs.length;
	}

	/**
	 * The unit offset of a code point offset.
	 * @param {number} point
	 */
	unit(point) {
		// The k-th pair (from 0) stands at code point pairs[k] - k.
		let lo = 0, hi = this.pairs.length;
		while (lo < hi) {
			const mid = (lo + hi) >> 1;
			if (this.pairs[mid] - mid < point) lo = mid + 1;
			else hi = mid;
		}
		return point + lo;
	}

	/**
	 * The code point offset of a unit offset. One that lies within a pair counts
	 * as the pair's beginning.
	 * @param {number} unit
	 */
	point(unit) {
		let lo = 0, hi = this.pairs.length;
		while (lo < hi) {
			const mid = (lo + hi) >> 1;
			if (this.pairs[mid] < unit) lo = mid + 1;
			else hi = mid;
		}
		const within = lo > 0 && this.pairs[lo - 1] + 1 === unit;
		return within ? unit - 1 - (lo - 1) : unit - lo;
	}

	/**
	 * The text between two code point offsets.
	 * @param {number} start
	 * @param {number} end
	 */
	slice(start, end) {
		return this.text.slice(this.unit(start), this.unit(end));
	}
}
