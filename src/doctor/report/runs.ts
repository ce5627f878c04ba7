/** The runs of a figure, each with its place: beside each other on one time axis. */
import { ConfigError } from '../../errors.js';
import type { LayerVitals, Vitals } from '../vitals.js';
import { linear, logarithmic, type Scale } from './axis.js';
import { widthOf } from './drawing.js';
import type { Reported } from './reported.js';
import { brokenAt, courseOf, type TimeLine } from './timeline.js';

export const WIDTH = 960;
export const MARGIN = 24;
/** Between runs, for names before one and before all of them, and for the narrowest run. */
const GAP = 22;
const LEAST_GUTTER = 48;
const MOST_GUTTERS = 360;
const NARROWEST = 50;

/** A run and its place in the figure. */
export interface Run {
  readonly name: string;
  readonly reported: Required<Pick<Reported, 'diagnoses' | 'repairs' | 'history'>> & Reported;
  readonly timeline: TimeLine;
  /** When its loss stopped being a number for good. */
  readonly broken: number | undefined;
  /** From epochs to places. */
  readonly time: Scale;
  readonly left: number;
  readonly right: number;
  /** The room before it for its layers' names; 0 where the first run's names do for it, too. */
  readonly gutter: number;
}

/** What can be drawn by layer. */
export type Measure = 'gradientNorm' | 'weightNorm' | 'updateRatio' | 'deadShare' | 'saturatedShare';

/** The layers with such a measurement. Normalization's own weights are left out: runs with and without it then have the same rows. */
export const rowsOf = (vitals: Vitals | undefined, measure: Measure): LayerVitals[] =>
  (vitals?.layers ?? []).filter(
    (layer) => !layer.kind.endsWith('Normalization') && layer[measure].some((value) => !Number.isNaN(value)),
  );

/** Runs beside each other on one time axis; names of layers stand before the first, and before others that have other layers. */
export function placed(
  what: string,
  all: readonly Run['reported'][],
  names: readonly string[],
  unit: string,
  measures: readonly Measure[],
): Run[] {
  const timelines = all.map((one) => {
    const timeline = courseOf(one);
    if (!timeline) throw new ConfigError(`${what}: there is nothing to draw; expected what fit returns.`);
    return timeline;
  });
  const rows = all.map(({ vitals }) =>
    measures.map((measure) => rowsOf(vitals, measure).map(({ name }) => name)),
  );
  const gutters = rows.map((own, i) => {
    const same = own.every((list, k) => list.length === 0 || list.join() === rows[0][k].join());
    if (i > 0 && same) return 0;
    const wanted = Math.max(i === 0 ? LEAST_GUTTER : 0, ...own.flat().map((name) => widthOf(name, 11) + 12));
    return Math.min(wanted, Math.max(LEAST_GUTTER, MOST_GUTTERS / all.length));
  });
  const free = WIDTH - 2 * MARGIN - GAP * (all.length - 1) - gutters.reduce((a, b) => a + b, 0);
  const width = Math.floor(free / all.length);
  if (width < NARROWEST)
    throw new ConfigError(
      `${what}: ${all.length} runs have no room beside each other; expected fewer at a time.`,
    );
  const start = Math.min(...timelines.map((timeline) => timeline.start));
  const end = Math.max(...timelines.map((timeline) => timeline.end));
  const updates = Math.max(
    ...timelines.map((timeline) => (timeline.end - timeline.start) * timeline.perEpoch),
  );
  let x = MARGIN;
  return all.map((reported, i) => {
    const timeline = timelines[i];
    const left = Math.round(x + gutters[i]);
    const right = left + width;
    x = right + GAP;
    const time =
      unit === 'epochs'
        ? linear(start, end, left, right, width > 250 ? 8 : 4)
        : updatesScale(logarithmic(1, Math.max(updates, 2), left, right), timeline);
    return {
      name: names[i] ?? '',
      reported,
      timeline,
      broken: brokenAt(reported, timeline),
      time,
      left,
      right,
      gutter: gutters[i],
    };
  });
}

/** Places of epochs on an axis of updates, the first of which is 1. */
function updatesScale({ place, ticks }: Scale, { start, perEpoch }: TimeLine): Scale {
  return {
    place: (t) => place(1 + (t - start) * perEpoch),
    ticks: ticks.map(({ at, label: name }) => ({ at: start + (at - 1) / perEpoch, label: name })),
  };
}
