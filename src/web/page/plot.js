/*
 * Days as a chart, and the same days as a table for those who do not see it, or want the figures.
 * Colours mean the same everywhere: blue comes in, orange and red go out, ink is what remains.
 */

import { element } from './dom.js';
import { text } from './language.js';
import { number, signed, shortDay } from './format.js';
import { smallTable } from './cell.js';

export const COLOUR = {
	in: '#267ef0',
	in2: '#7db3f5',
	in3: '#bfd3ea',
	out: '#e8833a',
	out2: '#cf4a4a',
	away: '#8a94a3',
	rest: '#22304a',
	area: '#e9f2fe',
};

const INK = '#5b6573';
const GRID = '#eceef2';

function setting(series) {
	const colour = COLOUR[series.colour];
	if (series.kind === 'line') {
		return {
			type: 'line',
			borderColor: colour,
			backgroundColor: series.fill ? COLOUR.area : colour,
			borderWidth: 2,
			pointRadius: 0,
			pointHoverRadius: 4,
			fill: series.fill ? 'start' : false,
			tension: 0,
			order: 0,
			stack: series.key,
		};
	}
	return {
		type: 'bar',
		backgroundColor: colour,
		maxBarThickness: 22,
		categoryPercentage: 0.8,
		barPercentage: 0.9,
		order: 1,
		stack: 'flow',
	};
}

function draw(canvas, { days, series, fromZero, choose }) {
	const Chart = window.Chart;
	Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
	Chart.defaults.font.size = 12;
	Chart.defaults.color = INK;
	return new Chart(canvas, {
		data: {
			labels: days.map((row) => row.day),
			datasets: series.map((one) => ({
				label: text(`col.${one.key}`),
				key: one.key,
				data: days.map((row) => (one.down ? -1 : 1) * Number(row[one.key] ?? 0)),
				...setting(one),
			})),
		},
		options: {
			animation: false,
			responsive: true,
			maintainAspectRatio: false,
			interaction: { mode: 'index', intersect: false },
			onClick: (event, hit) => hit.length && choose?.(days[hit[0].index].day),
			scales: {
				x: {
					stacked: true,
					grid: { display: false, drawBorder: false },
					ticks: {
						maxRotation: 0,
						autoSkipPadding: 16,
						callback: (value, index) => shortDay(days[index].day),
					},
				},
				y: {
					stacked: true,
					beginAtZero: fromZero !== false,
					grace: fromZero === false ? '10%' : 0,
					/* room below the line, but no numbers of people below none */
					afterDataLimits: (scale) => {
						if (fromZero === false && scale.min < 0) scale.min = 0;
					},
					grid: { color: GRID, drawBorder: false },
					ticks: {
						maxTicksLimit: 6,
						precision: 0,
						callback: (value) =>
							number(
								series.some((one) => one.down)
									? Math.abs(value)
									: value,
							),
					},
				},
			},
			plugins: {
				legend: {
					display: series.length > 1,
					align: 'end',
					labels: { boxWidth: 10, boxHeight: 10, padding: 14, usePointStyle: false },
				},
				tooltip: {
					backgroundColor: '#22304a',
					padding: 10,
					boxPadding: 4,
					cornerRadius: 4,
					callbacks: {
						label: (item) =>
							` ${item.dataset.label}  ${
								item.dataset.key === 'net'
									? signed(item.raw)
									: number(Math.abs(item.raw))
							}`,
					},
				},
			},
		},
	});
}

/*
 * card: {title, days, series, columns, fromZero, choose, csv}
 *   series   [{key, kind: 'line'|undefined, colour, down, fill}]; down: drawn below the axis
 *   columns  of the table beside it
 *   choose   called with the day that was pressed
 * Returns the node; the chart is drawn once it is in the page.
 */
export function plotCard(card) {
	const canvas = element('canvas', { 'role': 'img', 'aria-label': text('plot.label', { title: card.title }) });
	const picture = element('div.plot', null, canvas);
	const figures = element(
		'div.figures-table',
		{ hidden: true },
		smallTable(card.title, card.columns, [...card.days].reverse()),
	);
	const buttons = ['plot.chart', 'plot.table'].map((key, index) =>
		element(
			'button',
			{ 'type': 'button', 'aria-pressed': String(index === 0), 'onclick': () => show(index) },
			text(key),
		),
	);

	function show(index) {
		buttons.forEach((button, at) => button.setAttribute('aria-pressed', String(at === index)));
		picture.hidden = index !== 0;
		figures.hidden = index !== 1;
	}

	const node = element(
		'section.card.plot-card',
		null,
		element(
			'div.card-head',
			null,
			element('h2', null, card.title),
			element(
				'div.tools',
				null,
				element('div.segments', { 'role': 'group', 'aria-label': text('plot.as') }, buttons),
				card.csv,
			),
		),
		element('div.card-body', null, picture, figures),
	);
	requestAnimationFrame(() => {
		if (!canvas.isConnected) return;
		if (window.Chart) draw(canvas, card);
		else show(1); /* the library did not come: the figures are here all the same */
	});
	return node;
}

/* Charts below `root` give back what they hold, before it is thrown away. */
export function forget(root) {
	for (const canvas of root.querySelectorAll('canvas')) window.Chart?.getChart(canvas)?.destroy();
}
