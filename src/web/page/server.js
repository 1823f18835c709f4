/*
 * What the page asks of wecom-web: JSON by GET, two actions by POST, files as links.
 */

const WAIT_MS = 20000;

/* An answer that is not the one asked for.  status 0: none came at all. */
export class Refusal extends Error {
	constructor(status, sentence, requestId, reason) {
		super(sentence || `HTTP ${status}`);
		this.status = status;
		this.sentence = sentence || '';
		this.requestId = requestId || '';
		this.reason = reason || '';
	}
}

function query(args) {
	const given = Object.entries(args ?? {}).filter(
		([, value]) => value !== null && value !== undefined && value !== '',
	);
	return given.length ? `?${new URLSearchParams(given)}` : '';
}

async function ask(path, options, signal) {
	const clock = new AbortController();
	const timer = setTimeout(() => clock.abort(), WAIT_MS);
	const stop = () => clock.abort();
	signal?.addEventListener('abort', stop);
	try {
		const answer = await fetch(path, {
			credentials: 'same-origin',
			headers: { Accept: 'application/json' },
			redirect: 'error',
			...options,
			signal: clock.signal,
		});
		let body = null;
		try {
			body = await answer.json();
		} catch (error) {
			if (error.name === 'AbortError') throw error;
		}
		if (!answer.ok || body === null)
			throw new Refusal(answer.ok ? 502 : answer.status, body?.error, body?.request_id, body?.reason);
		return body;
	} catch (error) {
		if (error instanceof Refusal || signal?.aborted) throw error;
		throw new Refusal(0, '');
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', stop);
	}
}

/* `signal`: of an AbortController; what it ends throws an AbortError, which nobody needs to hear of. */
export function get(name, args, signal) {
	return ask(`/wecom/api/${name}${query(args)}`, {}, signal);
}

export function post(path, form, token) {
	return ask(path, {
		method: 'POST',
		body: new URLSearchParams(form ?? {}),
		headers: { 'Accept': 'application/json', 'X-CSRF-Token': token ?? '' },
	});
}

export function csvAddress(name, args) {
	return `/wecom/csv/${name}${query(args)}`;
}
