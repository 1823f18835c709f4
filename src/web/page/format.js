/*
 * Figures, times and spans as people read them.  Times are those of the corp's time zone, not of the browser's.
 */

import { locale, text } from './language.js';

let zone = 'Asia/Shanghai';
let clocks = new Map();

export function setTimeZone(name) {
	try {
		new Intl.DateTimeFormat('en', { timeZone: name });
		zone = name;
		clocks = new Map();
	} catch {
		/* a zone that this browser does not know: the default stays */
	}
}

export const timeZone = () => zone;

const isNone = (value) => value === null || value === undefined || value === '';
const NONE = '–';

function decimal(value, options) {
	return new Intl.NumberFormat(locale(), options).format(value).replace('-', '−');
}

export function number(value) {
	return isNone(value) ? NONE : decimal(Number(value), { maximumFractionDigits: 2 });
}

/* With its sign: a difference. */
export function signed(value) {
	return isNone(value) ? NONE : decimal(Number(value), { signDisplay: 'exceptZero', maximumFractionDigits: 2 });
}

/* A ratio of 0 to 1. */
export function percent(value) {
	return isNone(value)
		? NONE
		: decimal(Number(value), { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/* Change against the period before: null where there is nothing to compare with. */
export function change(value, previous) {
	if (isNone(value) || isNone(previous) || Number(previous) === 0) return null;
	return (Number(value) - Number(previous)) / Math.abs(Number(previous));
}

function parts(value, fields) {
	const key = fields.join();
	if (!clocks.has(key)) {
		clocks.set(
			key,
			new Intl.DateTimeFormat('en-CA', {
				timeZone: zone,
				hourCycle: 'h23',
				...Object.fromEntries(
					fields.map((field) => [field, field === 'year' ? 'numeric' : '2-digit']),
				),
			}),
		);
	}
	return Object.fromEntries(
		clocks
			.get(key)
			.formatToParts(value)
			.map((part) => [part.type, part.value]),
	);
}

/* 2026-11-30 16:05, of an instant. */
export function time(value, withSeconds = false) {
	const instant = isNone(value) ? null : new Date(value);
	if (!instant || Number.isNaN(instant.getTime())) return isNone(value) ? NONE : String(value);
	const at = parts(instant, ['year', 'month', 'day', 'hour', 'minute', 'second']);
	return `${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}${withSeconds ? `:${at.second}` : ''}`;
}

/* The day of an instant, or a day itself, as YYYY-MM-DD. */
export function day(value) {
	if (isNone(value)) return NONE;
	return /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : time(value).slice(0, 10);
}

/* 11-30: the year goes without saying on a chart's axis. */
export const shortDay = (value) => String(value).slice(5, 10);

let serverDay = null;

/* The day as the server counts it, should this machine's clock be wrong. */
export function setToday(value) {
	serverDay = value && isDay(value) ? { value, at: time(new Date()).slice(0, 10) } : null;
}

export function today() {
	if (serverDay) return addDays(serverDay.value, daysBetween(serverDay.at, time(new Date()).slice(0, 10)));
	return time(new Date()).slice(0, 10);
}

/* Calendar arithmetic on YYYY-MM-DD. */
export function addDays(value, days) {
	const date = new Date(`${value}T00:00:00Z`);
	date.setUTCDate(date.getUTCDate() + days);
	return date.toISOString().slice(0, 10);
}

export function daysBetween(from, to) {
	return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86400000);
}

export function isDay(value) {
	return (
		/^\d{4}-\d{2}-\d{2}$/.test(value ?? '') &&
		!Number.isNaN(Date.parse(`${value}T00:00:00Z`)) &&
		addDays(value, 0) === value
	);
}

/* Seconds as the largest unit that says enough: 3.2 s, 5 min, 2 h, 3 d. */
export function span(seconds) {
	if (isNone(seconds)) return NONE;
	const value = Number(seconds);
	const size = Math.abs(value);
	if (size < 60) return text('span.seconds', { n: decimal(value, { maximumFractionDigits: size < 10 ? 1 : 0 }) });
	if (size < 3600) return text('span.minutes', { n: decimal(value / 60, { maximumFractionDigits: 0 }) });
	if (size < 172800)
		return text('span.hours', {
			n: decimal(value / 3600, { maximumFractionDigits: size < 36000 ? 1 : 0 }),
		});
	return text('span.days', { n: decimal(value / 86400, { maximumFractionDigits: 0 }) });
}
