/** What figures are drawn from: text, curves and heat maps in a box, with every colour written out. */
import type { Scale } from './axis.js';
import { light } from './style.js';
import { columnsOf, escaped, fixed, type Line, mean, pathOf, SHADES } from './svg.js';

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** About what text of this size takes in common sans-serif fonts. */
export const widthOf = (text: string, size: number): number => text.length * size * 0.53;

/** As much of a text as fits. */
export function fitted(text: string, width: number, size: number): string {
  const most = Math.max(3, Math.floor(width / (size * 0.5)));
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

/** A piece of text; `anchor` is the side of x that it stands on. */
export function label(
  text: string,
  x: number,
  y: number,
  { size = 11, colour = light.soft, anchor = 'start', weight = 400 } = {},
): string {
  const end = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  const bold = weight === 400 ? '' : ` font-weight="${weight}"`;
  return `<text x="${fixed(x)}" y="${fixed(y)}" font-size="${size}" fill="${colour}"${end}${bold}>${escaped(text)}</text>`;
}

export const heading = (size: number) => ({ size, colour: light.text, weight: 600 });

const strokes = {
  train: `stroke="${light.train}" stroke-width="2"`,
  val: `stroke="${light.val}" stroke-width="2" stroke-dasharray="5 3"`,
  fine: `stroke="${light.train}" stroke-width="1" stroke-opacity=".35"`,
};
export type Stroke = keyof typeof strokes;

export const line = (kind: Stroke, path: string): string =>
  `<path d="${path}" fill="none" stroke-linejoin="round" ${strokes[kind]}/>`;

/** Curves over a grid; the values' ticks are written only where `named`. */
export function curves(
  box: Box,
  lines: readonly (Line & { readonly kind: Stroke })[],
  time: Scale,
  value: Scale,
  named: boolean,
): string {
  const grid = value.ticks.map(({ at, label: text }) => {
    const y = value.place(at);
    const rule = `<line x1="${box.left}" x2="${box.right}" y1="${fixed(y)}" y2="${fixed(y)}" stroke="${light.rule}"/>`;
    return rule + (named ? label(text, box.left - 7, y + 4, { anchor: 'end' }) : '');
  });
  return grid.join('') + lines.map(({ kind, points }) => line(kind, pathOf(points, time, value))).join('');
}

/** Where a heat map's colours come from: `shade` gives 0 … 1 along the ramp, whose ends also stand for all that is beyond. */
export interface Shading {
  readonly ramp: readonly string[];
  readonly shade: (value: number) => number;
  /** Whether 0 is a value of its own kind, as for gradients, rather than the ramp's low end. */
  readonly zeroApart: boolean;
}

/** How zeros are filled where they are apart: with stripes, which `patterns` holds. */
export const zeroFill = 'url(#zero)';
export const patterns = `<defs><pattern id="zero" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="${light.card}"/><rect width="1.6" height="5" fill="#a9b4c2"/></pattern></defs>`;

function fillOf(value: number, { ramp, shade, zeroApart }: Shading): string | undefined {
  if (Number.isNaN(value)) return undefined;
  if (value === 0 && zeroApart) return zeroFill;
  return ramp[Math.round(Math.min(Math.max(shade(value), 0), 1) * (SHADES - 1))];
}

/** One row of cells a layer, the first on top. Cells of one colour are one path. */
export function heat(
  box: Box,
  rows: readonly (readonly number[])[],
  times: readonly number[],
  end: number,
  time: Scale,
  shading: Shading,
): string {
  const height = (box.bottom - box.top) / Math.max(rows.length, 1);
  const columns = columnsOf(times, Math.floor((box.right - box.left) / 2));
  const edges = [...columns.map(({ from }) => time.place(times[from])), time.place(end)];
  const paths = new Map<string, string>();
  for (const [r, values] of rows.entries()) {
    const fills = columns.map(({ from, to }) => fillOf(mean(values.slice(from, to)), shading));
    const y = fixed(box.top + r * height);
    for (let c = 0, start = 0; c < fills.length; start = c) {
      while (c < fills.length && fills[c] === fills[start]) c++;
      const fill = fills[start];
      if (!fill) continue;
      const [from, to] = [fixed(edges[start]), fixed(edges[c])];
      paths.set(fill, `${paths.get(fill) ?? ''}M${from} ${y}H${to}v${fixed(height - 1)}H${from}z`);
    }
  }
  return [...paths].map(([fill, path]) => `<path fill="${fill}" d="${path}"/>`).join('');
}

/** The ticks of a time axis below a panel, and its name. */
export function timeAxis({ left, right, bottom }: Box, time: Scale, name: string): string {
  const ticks = time.ticks.map(({ at, label: text }) => {
    const x = time.place(at);
    const mark = `<line x1="${fixed(x)}" x2="${fixed(x)}" y1="${bottom}" y2="${bottom + 4}" stroke="${light.soft}"/>`;
    return mark + label(text, x, bottom + 16, { anchor: 'middle' });
  });
  return `<line x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" stroke="${light.soft}"/>${ticks.join('')}${label(name, (left + right) / 2, bottom + 31, { anchor: 'middle' })}`;
}

/** What follows after the loss has stopped being a number. */
export function afterBreak(
  { broken, time, right }: { broken: number | undefined; time: Scale; right: number },
  top: number,
  bottom: number,
): string {
  if (broken === undefined) return '';
  const x = time.place(broken);
  const block = `<rect x="${fixed(x)}" y="${top}" width="${fixed(Math.max(right - x, 0))}" height="${bottom - top}" fill="${light.error}" fill-opacity=".1"/>`;
  if (right - x < 30) return block;
  const middle = { colour: light.error, anchor: 'middle' };
  return block + label('NaN', (x + right) / 2, (top + bottom) / 2 + 4, middle);
}
