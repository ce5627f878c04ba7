/** One time axis for everything: in epochs, told from the steps at which samples were taken. */
import type { Vitals } from '../vitals.js';
import type { Reported } from './reported.js';

export interface TimeLine {
  /** Where the axis begins and ends, in epochs. */
  readonly start: number;
  readonly end: number;
  /** When each sample was taken. */
  readonly times: readonly number[];
  readonly timeOf: (step: number) => number;
}

export function courseOf({ history = {}, epoch = [], vitals }: Reported): TimeLine | undefined {
  const start = epoch[0] ?? vitals?.epoch[0] ?? 0;
  const epochs = Math.max(0, ...Object.values(history).map((course) => course.length));
  const samples = vitals?.step.length ?? 0;
  if (epochs === 0 && samples === 0) return undefined;
  const perEpoch = vitals ? stepsPerEpoch(vitals, epochs) : 1;
  const timeOf = (step: number): number => start + step / perEpoch;
  const times = vitals?.step.map(timeOf) ?? [];
  // A training that broke off has samples beyond its last whole epoch.
  return { start, end: Math.max(start + epochs, times[times.length - 1] ?? 0, start + 1e-3), times, timeOf };
}

/** Updates an epoch: the number that puts each sample into its epoch. */
function stepsPerEpoch({ step, epoch }: Vitals, epochs: number): number {
  let [least, most] = [1, Number.POSITIVE_INFINITY];
  const first = epoch[0] ?? 0;
  for (let i = 0; i < step.length; i++) {
    const done = epoch[i] - first;
    // done ≤ step / perEpoch < done + 1
    if (done > 0) most = Math.min(most, step[i] / done);
    least = Math.max(least, step[i] / (done + 1));
  }
  if (Number.isFinite(most)) return Math.max((least + most) / 2, 1);
  const last = step[step.length - 1] ?? 1;
  return Math.max(last / Math.max(epochs, 1), least, 1);
}
