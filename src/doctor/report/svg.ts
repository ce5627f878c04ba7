/** Panels of a page, drawn as SVG. All share one time axis, so that they can be read downwards. */
import type { Severity } from '../diagnosis.js';
import { digits } from '../measure.js';
import type { Scale } from './axis.js';

export const WIDTH = 920;
export const LEFT = 132;
export const RIGHT = 96;

export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);

export const fixed = (value: number): string => String(Number(value.toFixed(1)));

/** A diagnosis on the time axis. */
export interface Mark {
  readonly at: number;
  readonly numbers: readonly number[];
  readonly severity: Severity;
}

export interface Line {
  readonly name: string;
  readonly kind: string;
  readonly points: readonly (readonly [number, number])[];
}

function frame(height: number, label: string, body: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(label)}">${body}</svg>`;
}

/** Vertical lines where something was found; with numbers on top where `named`. */
function marksOf(marks: readonly Mark[], time: Scale, top: number, bottom: number, named: boolean): string {
  return marks
    .map(({ at, numbers, severity }) => {
      const x = fixed(time.place(at));
      const line = `<line class="mark ${severity}" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>`;
      if (!named) return line;
      const label = numbers.join(', ');
      const width = 10 + 7 * label.length;
      return `${line}<a href="#d${numbers[0]}"><rect class="badge ${severity}" x="${fixed(Number(x) - width / 2)}" y="${top - 18}" width="${width}" height="17" rx="8.5"/><text class="badge-text" x="${x}" y="${top - 5.5}" text-anchor="middle">${label}</text></a>`;
    })
    .join('');
}

function timeAxis(time: Scale, y: number, label: string): string {
  const ticks = time.ticks.map(
    ({ at, label: text }) =>
      `<text class="tick" x="${fixed(time.place(at))}" y="${y + 14}" text-anchor="middle">${text}</text>`,
  );
  return `${ticks.join('')}<text class="tick" x="${WIDTH - RIGHT + 26}" y="${y + 14}">${label}</text>`;
}

/** Curves over time; each carries its name and last value at its right end. */
export function lineChart(
  name: string,
  lines: readonly Line[],
  time: Scale,
  value: Scale,
  marks: readonly Mark[],
  { height = 190, label = 'epoch' } = {},
): string {
  const [top, bottom] = [24, height - 22];
  const grid = value.ticks.map(({ at, label: text }) => {
    const y = fixed(value.place(at));
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/><text class="tick" x="${LEFT - 8}" y="${Number(y) + 4}" text-anchor="end">${text}</text>`;
  });
  const curves = lines.map(
    ({ kind, points }) => `<path class="curve ${kind}" d="${pathOf(points, time, value)}"/>`,
  );
  return frame(
    height,
    name,
    grid.join('') +
      marksOf(marks, time, top, bottom, true) +
      curves.join('') +
      endLabels(lines, value, top, bottom) +
      timeAxis(time, bottom, label),
  );
}

export function pathOf(points: Line['points'], time: Scale, value: Scale): string {
  let down = false;
  return points
    .map(([t, v]) => {
      if (!Number.isFinite(v)) {
        down = false;
        return '';
      }
      const command = down ? 'L' : 'M';
      down = true;
      return `${command}${fixed(time.place(t))} ${fixed(value.place(v))}`;
    })
    .join('');
}

/** Names at the right, moved apart where they would meet. */
function endLabels(lines: readonly Line[], value: Scale, top: number, bottom: number): string {
  const ends = lines
    .flatMap(({ name, kind, points }) => {
      const last = points.findLast(([, v]) => Number.isFinite(v));
      return last && name !== '' ? [{ name, kind, v: last[1], y: value.place(last[1]) }] : [];
    })
    .sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + 28);
  const over = (ends[ends.length - 1]?.y ?? 0) + 14 - bottom;
  return ends
    .map(({ name, kind, v, y }) => {
      const at = Math.max(top + 8, y - Math.max(over, 0));
      return `<text class="end ${kind}" x="${WIDTH - RIGHT + 10}" y="${fixed(at)}">${escaped(name)}<tspan class="end-value" x="${WIDTH - RIGHT + 10}" dy="13">${digits(v)}</tspan></text>`;
    })
    .join('');
}

export interface Row {
  readonly name: string;
  /** What a pointer is told, for the whole row. */
  readonly title: string;
  readonly values: readonly number[];
  /** The last value, at the row's end. */
  readonly last: string;
}

/** A legend: places on the colour ramp and their words. */
export interface Legend {
  readonly ramp: string;
  readonly ends: readonly [string, string];
}

export const SHADES = 11;

/** Rows of coloured cells, one row a layer; `shade` gives 0 … 1, or NaN for values that are not numbers. */
export function heatMap(
  name: string,
  rows: readonly Row[],
  times: readonly number[],
  time: Scale,
  end: number,
  shade: (value: number) => number,
  legend: Legend,
  marks: readonly Mark[],
  label = 'epoch',
): string {
  const rowHeight = rows.length > 24 ? 9 : rows.length > 12 ? 14 : 20;
  const [top, bottom] = [6, 6 + rows.length * rowHeight];
  const columns = columnsOf(times, 180);
  const edges = [...columns.map(({ from }) => time.place(times[from])), time.place(end)];
  const cells = rows.map(({ name: rowName, title, values, last }, r) => {
    const y = top + r * rowHeight;
    const runs: string[] = [];
    let start = 0;
    const shades = columns.map(({ from, to }) => classOf(mean(values.slice(from, to)), shade));
    for (let c = 1; c <= shades.length; c++) {
      if (c < shades.length && shades[c] === shades[start]) continue;
      if (shades[start] !== '')
        runs.push(
          `<rect class="${shades[start]}" x="${fixed(edges[start])}" y="${y}" width="${fixed(Math.max(edges[c] - edges[start], 1) + 0.2)}" height="${rowHeight - 1}"/>`,
        );
      start = c;
    }
    const shown =
      rowHeight >= 12 || r % 2 === 0
        ? `<text class="row" x="${LEFT - 8}" y="${y + rowHeight / 2 + 3.5}" text-anchor="end">${escaped(shorten(rowName))}</text>`
        : '';
    const value =
      rowHeight >= 12
        ? `<text class="tick" x="${WIDTH - RIGHT + 10}" y="${y + rowHeight / 2 + 3.5}">${last}</text>`
        : '';
    return `<g><title>${escaped(title)}</title>${shown}${runs.join('')}${value}</g>`;
  });
  const height = bottom + 46;
  return frame(
    height,
    name,
    `<g class="${legend.ramp}">${cells.join('')}</g>${marksOf(marks, time, top, bottom, false)}${timeAxis(time, bottom, label)}${legendOf(legend, bottom + 30)}`,
  );
}

const shorten = (name: string): string => (name.length > 19 ? `${name.slice(0, 18)}…` : name);

function legendOf({ ramp, ends }: Legend, y: number): string {
  const width = 14;
  const shades = Array.from(
    { length: SHADES },
    (_, i) => `<rect class="h${i}" x="${LEFT + 64 + i * width}" y="${y}" width="${width}" height="9"/>`,
  );
  const after = LEFT + 64 + SHADES * width;
  return `<g class="${ramp}">${shades.join('')}</g><text class="tick" x="${LEFT + 56}" y="${y + 8.5}" text-anchor="end">${ends[0]}</text><text class="tick" x="${after + 8}" y="${y + 8.5}">${ends[1]}</text>`;
}

/** At most `most` columns, each of one or more samples. */
export function columnsOf(times: readonly number[], most: number): { from: number; to: number }[] {
  const per = Math.max(1, Math.ceil(times.length / most));
  return Array.from({ length: Math.ceil(times.length / per) }, (_, i) => ({
    from: i * per,
    to: Math.min((i + 1) * per, times.length),
  }));
}

/** Infinite or broken values win over others in their column; missing ones count for nothing. */
export function mean(values: readonly number[]): number {
  const there = values.filter((value) => !Number.isNaN(value));
  return there.length === 0 ? Number.NaN : there.reduce((a, b) => a + b, 0) / there.length;
}

function classOf(value: number, shade: (value: number) => number): string {
  if (Number.isNaN(value)) return '';
  if (!Number.isFinite(value)) return 'broken';
  return `h${Math.round(Math.min(Math.max(shade(value), 0), 1) * (SHADES - 1))}`;
}
