/** Which steps of a training the doctor measures. */
import { sizeOf } from '../graph/shape.js';
import type { Gauge } from './gauges.js';
import type { Sequential } from './model.js';
import type { Pass } from './pass.js';

/** Part of the planned training's time that sampling may take, and nanoseconds that it may take however short that is. */
const SHARE = 0.011;
const ALLOWANCE = 2e6;
/** Samples that a training gets at least, where it has so many steps, and that the allowance buys at most. */
const FEWEST = 16;
const PLENTY = 64;
/** The first steps, all of them sampled. */
const FIRST = 8;
/** At most so many samples while the number of steps done grows by a factor of e. */
const DENSEST = 6;
/** Sampled steps are never farther apart than this. */
const FARTHEST = 4096;

/** What a step and a sample take, in nanoseconds, estimated from the plan rather than measured, so that the same training is diagnosed the same way every time. */
export interface Costs {
  readonly step: number;
  readonly sample: number;
}

/** For each: what the kernels take for a multiply-add, for an element that is measured, for an instruction, and the host for a layer. */
export function costsOf(model: Sequential, pass: Pass, batch: number, gauges: readonly Gauge[]): Costs {
  const { steps } = model.program('train', pass.feed, batch).plan;
  const work = steps.reduce((sum, { node }) => sum + (node.op.cost?.(node) ?? sizeOf(node.shape)), 0);
  const measured = gauges.reduce(
    (sum, { weights, facts }) =>
      weights.reduce((n, { weight }) => n + 2.5 * sizeOf(weight.shape), sum + 2 * batch * facts.units),
    0,
  );
  return { step: work / 18 + steps.length * 12, sample: 0.4 * measured + 40_000 + 10_000 * gauges.length };
}

/**
 * Samples lie densely at first, where most goes wrong, then ever farther apart: half of those that the time
 * allows in proportion to the steps done, the other half at even distances.
 */
export class Schedule {
  readonly #first: number;
  /** Samples while the number of steps grows by a factor of e. */
  readonly #density: number;
  #interval: number;

  constructor(steps: number, { step, sample }: Costs) {
    const least = Math.min(PLENTY, Math.max(FEWEST, ALLOWANCE / sample));
    const samples = Math.max(least, (SHARE * steps * step) / sample);
    this.#first = Math.min(FIRST, Math.ceil(samples / 4));
    const half = (samples - this.#first) / 2;
    this.#density = Math.min(DENSEST, half / Math.max(Math.log(steps / this.#first), 1));
    this.#interval = Math.min(FARTHEST, Math.max(1, Math.ceil(steps / half)));
  }

  /** Steps from one sample to the next, after `step` steps; never more than the interval. */
  gap(step: number): number {
    if (step < this.#first) return 1;
    return Math.min(this.#interval, Math.max(1, Math.floor(step / this.#density)));
  }

  get interval(): number {
    return this.#interval;
  }

  /** Half as often from now on. */
  thin(): void {
    this.#interval *= 2;
  }
}
