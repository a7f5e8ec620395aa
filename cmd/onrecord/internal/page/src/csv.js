// Comma-separated values, as RFC 4180 has them and spreadsheets read them.

/**
 * One row. A cell that a spreadsheet would take for a formula gets an
 * apostrophe before it, as OWASP advises against CSV injection.
 * @param {(string | number | boolean | null | undefined)[]} cells
 */
export function row(cells) {
	return cells.map(cell).join(',') + '\r\n';
}

function cell(v) {
	if (v == null) return '';
	if (typeof v !== 'string') return String(v);
	const s = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(v) ? "'" + v : v;
	return /[",\r\n]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s;
}

/**
 * Has the browser save rows as a file in UTF-8 with a byte order mark, without
 * which spreadsheets guess the encoding.
 * @param {string} name
 * @param {string[]} rows
 */
export function save(name, rows) {
	const url = URL.createObjectURL(new Blob(['\ufeff', ...rows], { type: 'text/csv;charset=utf-8' }));
	const a = document.createElement('a');
	a.href = url;
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
