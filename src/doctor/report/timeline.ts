/** One time axis for everything: in epochs, told from the steps at which samples were taken. */
import type { Diagnosis, Severity } from '../diagnosis.js';
import type { Reported } from './reported.js';
import type { Mark } from './svg.js';

export interface TimeLine {
  /** Where the axis begins and ends, in epochs. */
  readonly start: number;
  readonly end: number;
  /** When each sample was taken. */
  readonly times: readonly number[];
  readonly timeOf: (step: number) => number;
  /** Updates an epoch. */
  readonly perEpoch: number;
}

export function courseOf({ history = {}, epoch = [], vitals }: Reported): TimeLine | undefined {
  const start = epoch[0] ?? vitals?.epoch[0] ?? 0;
  const epochs = Math.max(0, ...Object.values(history).map((course) => course.length));
  const samples = vitals?.step.length ?? 0;
  if (epochs === 0 && samples === 0) return undefined;
  const perEpoch = vitals?.stepsPerEpoch ?? 1;
  // Steps count from where fit began, samples may begin later: a repaired training is measured anew.
  const origin = vitals && samples > 0 ? vitals.epoch[0] - vitals.step[0] / perEpoch : start;
  const timeOf = (step: number): number => origin + step / perEpoch;
  const times = vitals?.step.map(timeOf) ?? [];
  // A training that broke off has samples beyond its last whole epoch.
  const end = Math.max(start + epochs, times[times.length - 1] ?? 0, start + 1e-3);
  return { start, end, times, timeOf, perEpoch };
}

/** Diagnoses of the same moment share a mark. */
export function marksOf(diagnoses: readonly Diagnosis[], { timeOf }: TimeLine): Mark[] {
  const marks: { at: number; numbers: number[]; severity: Severity }[] = [];
  for (const [i, { step, severity }] of diagnoses.entries()) {
    const at = timeOf(step);
    const near = marks.find((mark) => Math.abs(mark.at - at) < 1e-9);
    if (near) near.numbers.push(i + 1);
    else marks.push({ at, numbers: [i + 1], severity });
  }
  return marks;
}

/** When the loss stopped being a number for good. */
export function brokenAt(
  { history = {}, diagnoses = [], vitals }: Reported,
  { start, times, timeOf }: TimeLine,
): number | undefined {
  const { loss = [] } = history;
  if (loss.length === 0 || Number.isFinite(loss[loss.length - 1])) return undefined;
  const found = diagnoses.find(({ problem }) => problem === 'non-finite');
  if (found) return timeOf(found.step + 1);
  const epochs = start + loss.findLastIndex(Number.isFinite) + 1;
  return Math.max(epochs, vitals ? times[times.length - 1] : epochs);
}
