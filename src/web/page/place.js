/*
 * Where the reader is: #/path?from=…&sort=…  All state of a view is in the address, so that a link, the back button and a reload
 * show the same thing.
 */

export function read() {
	const [path, query] = location.hash.replace(/^#\/?/, '').split('?', 2);
	return { path: path || '', args: Object.fromEntries(new URLSearchParams(query ?? '')) };
}

/* The address of a view, as a fragment. */
export function address(path, args) {
	const given = Object.entries(args ?? {}).filter(
		([, value]) => value !== null && value !== undefined && value !== '',
	);
	const query = new URLSearchParams(given).toString();
	return `#/${path}${query ? `?${query}` : ''}`;
}

export function go(path, args) {
	location.hash = address(path, args);
}

/* The same view with some of its state changed; null takes a name away.  `quietly`: no step for the back button. */
export function change(args, quietly = false) {
	const now = read();
	const next = address(now.path, { ...now.args, ...args });
	if (quietly) {
		history.replaceState(null, '', next);
		window.dispatchEvent(new HashChangeEvent('hashchange'));
	} else {
		location.hash = next;
	}
}
