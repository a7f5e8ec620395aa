// Where in the page the reader is, as the fragment of its address says:
//
//	#/articles?q=…&stance=oppose&page=2
//	#/statements?speaker=person:Ada%20O’Neil
//	#/article/ID?at=c3&…
//	#/speaker/person:Ada%20O’Neil?…
//
// Filters go along everywhere, so that a list is found again as it was left.

/**
 * What statements are looked for. Empty is no condition.
 * @typedef {object} Filters
 * @property {string} q words
 * @property {string} speaker KIND:NAME, '-' for statements without a speaker
 * @property {string[]} stance
 * @property {string[]} kind
 * @property {string} outlet '-' for articles without one
 * @property {string} from YYYY-MM-DD, as is
 * @property {string} to
 * @property {number} sure the least confidence, 0 to 1
 */

/**
 * @typedef {object} Place
 * @property {'articles' | 'statements' | 'article' | 'speaker'} view
 * @property {string} id of the article, or KIND:NAME of the speaker
 * @property {string} at key of the statement looked at in the article
 * @property {number} page of the list, from 1
 * @property {string} sort one of orders
 * @property {Filters} filters
 */

/** Orders of a list; the first is that of the run. */
export const orders = ['', 'newest', 'oldest', 'unsure'];

/** @returns {Filters} */
export const noFilters = () => ({ q: '', speaker: '', stance: [], kind: [], outlet: '', from: '', to: '', sure: 0 });

/**
 * How many conditions there are.
 * @param {Filters} f
 */
export const conditions = (f) => [f.q, f.speaker, f.stance.length, f.kind.length, f.outlet, f.from, f.to, f.sure].filter(Boolean).length;

const views = ['articles', 'statements', 'article', 'speaker'];

/**
 * Reads a fragment. What it does not know it leaves out.
 * @param {string} hash
 * @returns {Place}
 */
export function parse(hash) {
	const [path, query = ''] = split(hash.replace(/^#\/?/, ''), '?');
	const [view, id = ''] = split(path, '/');
	const p = new URLSearchParams(query);
	const list = (name) => (p.get(name) ?? '').split(',').filter(Boolean);
	const day = (name) => (/^\d{4}-\d\d-\d\d$/.test(p.get(name) ?? '') ? p.get(name) : '');
	const sure = Number(p.get('sure'));
	return {
		view: /** @type {Place['view']} */ (views.includes(view) ? view : 'articles'),
		id: decoded(id), at: p.get('at') ?? '',
		page: Math.max(1, Math.floor(Number(p.get('page'))) || 1),
		sort: orders.includes(p.get('sort') ?? '') ? p.get('sort') ?? '' : '',
		filters: {
			q: p.get('q') ?? '', speaker: p.get('speaker') ?? '', stance: list('stance'), kind: list('kind'),
			outlet: p.get('outlet') ?? '', from: day('from'), to: day('to'), sure: sure > 0 && sure <= 1 ? sure : 0,
		},
	};
}

/**
 * The fragment of a place: what parse reads.
 * @param {Place} place
 */
export function format(place) {
	const f = place.filters;
	const p = new URLSearchParams();
	const set = (name, value) => value && p.set(name, String(value));
	set('at', place.at);
	set('q', f.q);
	set('speaker', f.speaker);
	set('stance', f.stance.join(','));
	set('kind', f.kind.join(','));
	set('outlet', f.outlet);
	set('from', f.from);
	set('to', f.to);
	set('sure', f.sure);
	set('sort', place.sort);
	set('page', place.page > 1 ? place.page : 0);
	const query = p.toString();
	return '#/' + place.view + (place.id ? '/' + encodeURIComponent(place.id) : '') + (query ? '?' + query : '');
}

function split(s, mark) {
	const at = s.indexOf(mark);
	return at < 0 ? [s] : [s.slice(0, at), s.slice(at + 1)];
}

function decoded(s) {
	try {
		return decodeURIComponent(s);
	} catch {
		return s; // a link cut off within a character
	}
}
