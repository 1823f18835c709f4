/*
 * Elements are built here, from text and never from markup: whatever a name contains stays text.
 */

/*
 * element('a.link', {href, title, onclick: f}, child, …): children are nodes, text, or arrays of them; null and false are left out.
 * `href` must be a path or fragment of this site: anything else is dropped, so that data cannot become a script's address.
 */
export function element(selector, attributes, ...children) {
	const [tag, ...classes] = selector.split('.');
	const node = document.createElement(tag);
	if (classes.length) node.classList.add(...classes);
	for (const [name, value] of Object.entries(attributes ?? {})) {
		if (value === null || value === undefined || value === false) continue;
		if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
		else if (name === 'href' && !/^(#|\/(?!\/))/.test(value)) continue;
		else node.setAttribute(name, value === true ? '' : value);
	}
	append(node, children);
	return node;
}

export function append(node, children) {
	for (const child of children.flat(Infinity)) {
		if (child !== null && child !== undefined && child !== false && child !== '') node.append(child);
	}
	return node;
}

export function replace(node, ...children) {
	node.replaceChildren();
	return append(node, children);
}

const SVG = 'http://www.w3.org/2000/svg';

/* A line drawing of 16 by 16, for the eye only: what it means is said in words beside it. */
export function icon(path) {
	const svg = document.createElementNS(SVG, 'svg');
	svg.setAttribute('viewBox', '0 0 16 16');
	svg.setAttribute('class', 'icon');
	svg.setAttribute('aria-hidden', 'true');
	const line = document.createElementNS(SVG, 'path');
	line.setAttribute('d', path);
	svg.append(line);
	return svg;
}

let count = 0;

export function newId(prefix) {
	count += 1;
	return `${prefix}-${count}`;
}
