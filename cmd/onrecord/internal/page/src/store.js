// Where the page's data come from: out of the page itself, or from the server
// that the page came from.

/**
 * @typedef {object} Index what is known of all articles; see the Go type index
 * @property {any} made
 * @property {number} total
 * @property {number} failed
 * @property {number[]} chunks
 * @property {string[]} kinds
 * @property {string[]} stances
 * @property {string[]} outlets
 * @property {{name: string, kind: string, descriptions?: string[]}[]} speakers
 * @property {string[]} targets
 * @property {{id: string[], title: string[], outlet: number[], published: string[], words: number[], first: number[]}} articles
 * @property {{ref: string[], kind: number[], speaker: number[], stance: number[], target: number[], confidence: number[], text: string[]}} statements
 */

/**
 * The place of the first number above v in a list that rises.
 * @param {ArrayLike<number>} list
 * @param {number} v
 */
export function above(list, v) {
	let lo = 0, hi = list.length;
	while (lo < hi) {
		const mid = (lo + hi) >> 1;
		if (list[mid] <= v) lo = mid + 1;
		else hi = mid;
	}
	return lo;
}

export class Store {
	/** @param {(name: string) => Promise<any>} load */
	constructor(load) {
		this.load = load;
		/** @type {Map<number, Promise<any[]>>} the chunks used last, the latest at the end */
		this.chunks = new Map();
	}

	/** @returns {Promise<Index>} */
	async open() {
		this.index = await this.load('index');
		return this.index;
	}

	/**
	 * The article with that number, in the JSON form.
	 * @param {number} i
	 * @returns {Promise<any>}
	 */
	async article(i) {
		const n = above(this.index.chunks, i) - 1;
		const chunk = this.chunks.get(n) ?? this.load('chunk-' + n);
		this.chunks.delete(n);
		this.chunks.set(n, chunk);
		if (this.chunks.size > 16) this.chunks.delete(this.chunks.keys().next().value);
		try {
			return (await chunk)[i - this.index.chunks[n]];
		} catch (e) {
			this.chunks.delete(n); // so that the next call tries again
			throw e;
		}
	}
}

/**
 * Data that stand in the page: gzip in base64, in script elements that are not
 * run.
 * @param {string} name
 */
export async function fromPage(name) {
	if (!globalThis.DecompressionStream) throw new Error('this browser is too old to unpack what the page holds: use one of 2023 or later');
	const el = document.getElementById(name);
	if (!el) throw new Error(`the page is not whole, as it has no ${name}: copy the file again, or make it again`);
	const binary = atob(el.textContent.trim());
	const bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
	return new Response(stream).json();
}

/**
 * Data from the server.
 * @param {string} name
 */
export async function fromServer(name) {
	const r = await fetch('data/' + name).catch(() => {
		throw new Error('the server does not answer: see that the program still runs, or start it again, and load the page again');
	});
	if (!r.ok) throw new Error(`the server does not give ${name}: ${r.status} ${await r.text()}`);
	return r.json();
}
