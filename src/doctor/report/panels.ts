/** The panels of a figure: a metric's curves or a measurement by layer, of all runs on one scale. */
import { digits, median } from '../measure.js';
import { fitting, powerLabel } from './axis.js';
import {
  afterBreak,
  type Box,
  curves,
  fitted,
  heading,
  heat,
  label,
  line,
  type Shading,
  type Stroke,
  widthOf,
  zeroFill,
} from './drawing.js';
import { MARGIN, type Measure, type Run, rowsOf, WIDTH } from './runs.js';
import { balance, heat as heatRamp } from './style.js';
import { fixed, SHADES } from './svg.js';

/** A drawn panel; `top` and `bottom` are those of its plots. */
export interface Panel {
  readonly body: string;
  readonly top: number;
  readonly bottom: number;
}

const measures = {
  gradientNorm: { title: 'gradient norm by layer', ramp: heatRamp.light, range: 'powers of ten' },
  weightNorm: { title: 'weight norm by layer', ramp: heatRamp.light, range: 'powers of ten' },
  updateRatio: { title: 'size of an update in parts of the weights', ramp: balance.light, range: [1e-6, 1] },
  deadShare: { title: 'share of dead units by layer', ramp: heatRamp.light, range: 'share' },
  saturatedShare: { title: 'share of saturated outputs by layer', ramp: heatRamp.light, range: 'share' },
} as const satisfies Record<Measure, unknown>;
export const panelMeasures = Object.keys(measures) as readonly Measure[];
export const isMeasure = (panel: string): panel is Measure => panel in measures;

/** Heights: a panel of curves, a row of a heat map, and what stands above them. */
const CURVES = 130;
const ROW = 16;
const CURVES_HEAD = 50;
const ROWS_HEAD = 34;
/** How far an axis reaches above what is typical: an explosion leaves the picture rather than flatten all else. */
const REACH = 1e4;

const positive = (values: readonly number[]): number[] =>
  values.filter((value) => value > 0 && value < Number.POSITIVE_INFINITY);

/** The loss or a metric: whole epochs, their validation form, and of the loss also means between sampled updates. */
export function curvePanel(name: string, runs: readonly Run[], y: number, legend: boolean): Panel {
  const [top, bottom] = [y + CURVES_HEAD, y + CURVES_HEAD + CURVES];
  const lines = runs.map(({ reported: { history, vitals }, timeline: { start, times } }) => {
    const atEpochs = (course: readonly number[] = []) =>
      course.map((value, i) => [start + i + 1, value] as const);
    const fine = name === 'loss' && vitals ? vitals.loss.map((value, i) => [times[i], value] as const) : [];
    return [
      { name: 'within epochs', kind: 'fine' as const, points: fine },
      { name: 'training', kind: 'train' as const, points: atEpochs(history[name]) },
      { name: 'validation', kind: 'val' as const, points: atEpochs(history[`val_${name}`]) },
    ].filter(({ points }) => points.length > 0);
  });
  const values = lines.flat().flatMap(({ points }) => points.map(([, value]) => value));
  const most = REACH * (median(positive(values)) ?? 1);
  const inside = values.filter((value) => value <= most);
  const scale = fitting(inside, bottom, top);
  const value = { ...scale, place: (v: number) => Math.max(top, scale.place(v)) };
  const body = runs.map((run, i) => {
    const { left, right, time } = run;
    const ends = lines[i].flatMap(({ kind, name: which, points }) =>
      kind === 'fine' ? [] : [{ which, last: digits(points[points.length - 1][1]) }],
    );
    const words = ends.map(({ which, last }) => `${which} ${last}`).join(', ');
    const short = ends.map(({ last }) => last).join(', ');
    return (
      afterBreak(run, top, bottom) +
      curves({ left, right, top, bottom }, lines[i], time, value, i === 0) +
      label(fitted(words, right - left, 11) === words ? words : short, left, top - 13)
    );
  });
  const kinds = new Map(lines.flat().map(({ kind, name: which }) => [kind, which]));
  const head = label(name, MARGIN, y + 20, heading(12.5)) + (legend ? lineLegend(kinds, y + 20) : '');
  return { body: head + body.join(''), top, bottom };
}

function lineLegend(kinds: ReadonlyMap<Stroke, string>, y: number): string {
  let x = WIDTH - MARGIN;
  return [...kinds]
    .reverse()
    .map(([kind, name]) => {
      const words = label(name, x, y, { anchor: 'end' });
      x -= widthOf(name, 11) + 32;
      const sample = line(kind, `M${fixed(x)} ${y - 4}h24`);
      x -= 20;
      return sample + words;
    })
    .join('');
}

/** A measurement by layer, the first layer on top, over time. */
export function heatPanel(measure: Measure, runs: readonly Run[], y: number): Panel {
  const { title, ramp, range } = measures[measure];
  const layers = runs.map(({ reported: { vitals } }) => rowsOf(vitals, measure));
  const top = y + ROWS_HEAD;
  const bottom = top + ROW * Math.max(...layers.map(({ length }) => length), 2);
  const share = range === 'share';
  const all = layers.flat().flatMap((layer) => layer[measure]);
  const [low, high] = share ? [0, 1] : range === 'powers of ten' ? powers(all) : range;
  const shading: Shading = {
    ramp,
    shade: share ? (value) => value : (value) => Math.log10(value / low) / Math.log10(high / low),
    zeroApart: !share,
  };
  const body = runs.map((run, i) => {
    const { left, right, time, timeline, broken, gutter } = run;
    const box = { left, right, top, bottom: top + ROW * layers[i].length };
    if (layers[i].length === 0)
      return label(
        measure === 'deadShare' ? 'no unit here can die' : 'nothing to measure here',
        (left + right) / 2,
        (top + bottom) / 2 + 4,
        {
          anchor: 'middle',
        },
      );
    const rows = layers[i].map((layer) => layer[measure]);
    return (
      heat(box, rows, timeline.times, broken ?? timeline.end, time, shading) +
      afterBreak(run, top, bottom) +
      (gutter > 0 ? rowNames(box, layers[i], gutter) : '')
    );
  });
  const above = all.some((value) => value > high) ? '≥ ' : '';
  const ends = share ? (['none', 'all'] as const) : ([powerOf(low), above + powerOf(high)] as const);
  const legend = rampLegend(ramp, ends, !share && all.includes(0), y + 20);
  return { body: label(title, MARGIN, y + 20, heading(12.5)) + legend + body.join(''), top, bottom };
}

/** Whole powers of ten around what was measured, at most twelve of them. */
function powers(values: readonly number[]): readonly [number, number] {
  const some = positive(values);
  if (some.length === 0) return [0.1, 1];
  const most = Math.min(
    some.reduce((a, b) => Math.max(a, b)),
    REACH * median(some),
  );
  const high = Math.ceil(Math.log10(most));
  const low = Math.floor(Math.log10(some.reduce((a, b) => Math.min(a, b))));
  return [10 ** Math.max(Math.min(low, high - 1), high - 12), 10 ** high];
}

const powerOf = (value: number): string => powerLabel(Math.round(Math.log10(value)));

function rowNames({ left, top }: Box, layers: readonly { readonly name: string }[], gutter: number): string {
  return layers
    .map(({ name }, i) =>
      label(fitted(name, gutter - 8, 11), left - 7, top + (i + 0.5) * ROW + 4, { anchor: 'end' }),
    )
    .join('');
}

function rampLegend(
  ramp: readonly string[],
  [from, to]: readonly [string, string],
  zeros: boolean,
  y: number,
): string {
  const cell = 14;
  const box = (x: number, fill: string) =>
    `<rect x="${fixed(x)}" y="${y - 9}" width="${cell}" height="10" fill="${fill}"/>`;
  let x = WIDTH - MARGIN;
  const parts = [label(to, x, y, { anchor: 'end' })];
  x -= widthOf(to, 11) + 8 + SHADES * cell;
  parts.push(...ramp.map((fill, i) => box(x + i * cell, fill)));
  parts.push(label(from, x - 6, y, { anchor: 'end' }));
  x -= widthOf(from, 11) + 30;
  if (zeros) parts.push(box(x - cell, zeroFill), label('exactly 0', x - cell - 6, y, { anchor: 'end' }));
  return parts.join('');
}
