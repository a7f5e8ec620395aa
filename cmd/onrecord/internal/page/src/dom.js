// Making elements. Text goes into the page as text nodes and nowhere else: no
// function here takes markup, and the page's content security policy (trusted
// types) refuses every other way.

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * Makes an element. Properties: `class` and other attributes by name, `on` an
 * object of listeners, `data` an object of data attributes; false, null and
 * undefined leave an attribute out, true makes it empty. The style attribute is
 * refused by the policy: use classes.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
	const el = document.createElement(tag);
	for (const [name, value] of Object.entries(props ?? {})) {
		if (name === 'on') {
			for (const [event, listener] of Object.entries(value)) el.addEventListener(event, listener);
		} else if (name === 'data') {
			for (const [key, v] of Object.entries(value)) if (v != null) el.dataset[key] = String(v);
		} else if (value !== false && value != null) {
			el.setAttribute(name, value === true ? '' : String(value));
		}
	}
	add(el, children);
	return el;
}

/**
 * Appends children to an element.
 * @param {Node} el
 * @param {Child[]} children
 */
export function add(el, children) {
	for (const c of children) {
		if (Array.isArray(c)) add(el, c);
		else if (c instanceof Node) el.appendChild(c);
		else if (c !== null && c !== undefined && c !== false) el.appendChild(document.createTextNode(String(c)));
	}
}

/**
 * Replaces what an element holds.
 * @param {Element} el
 * @param {...Child} children
 */
export function fill(el, ...children) {
	const f = document.createDocumentFragment();
	add(f, children);
	el.replaceChildren(f);
}

/**
 * Words of an article or of its metadata, in their own direction. Characters
 * that turn the direction of what follows, and control characters, are shown by
 * their numbers, so that no text can disguise another.
 * @param {string} text
 * @param {string} [tag]
 * @returns {HTMLElement}
 */
export function words(text, tag = 'span') {
	const el = h(tag, { class: 'words', dir: 'auto' });
	addWords(el, text);
	return el;
}

const unruly = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/**
 * Appends text to an element, unruly characters each in an element of its own
 * that holds the character and shows its number.
 * @param {Node} el
 * @param {string} text
 */
export function addWords(el, text) {
	for (let rest = text; rest !== ''; ) {
		const at = rest.search(unruly);
		const plain = at < 0 ? rest : rest.slice(0, at);
		if (plain !== '') el.appendChild(document.createTextNode(plain));
		if (at < 0) return;
		const number = 'U+' + rest.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
		el.appendChild(h('span', { class: 'unruly', data: { number }, title: number + ', a character without a shape' }, rest[at]));
		rest = rest.slice(at + 1);
	}
}
