/** What the rules read: everything known about a training so far, and the questions that several rules ask of it. */
import type { Layer } from '../layers/layer.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Diagnosis } from './diagnosis.js';
import { median } from './measure.js';
import { limit } from './thresholds.js';
import type { LayerFacts, LayerSample, Sample } from './vitals.js';

/** What stays the same during a fit. */
export interface Circumstances {
  /** The layers that are measured. */
  readonly layers: readonly LayerFacts[];
  /** All layers of the model. */
  readonly model: readonly Layer[];
  readonly optimizer: Optimizer;
  readonly loss: string | undefined;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  /** Updates that this fit is going to do. */
  readonly plannedSteps: number;
  /** The loss of a model that ignores its inputs and gives the best constant; unknown for losses of the user's. */
  readonly baseline: number | undefined;
}

/** How the loss has moved so far, in parts of what a model that ignores its inputs would have. */
export interface Progress {
  /** Mean loss of the first sampled steps. */
  readonly start: number;
  /** What counts as knowing nothing: the baseline, or where it is unknown the start. */
  readonly base: number;
  /** Mean over the last third of the steps. */
  readonly recent: number;
  /** (base − recent) / base: 0 nothing learned, 1 all. */
  readonly learned: number;
  /** By how much the last third is below the middle third, in parts of the middle. */
  readonly falling: number;
  /** The lowest mean over a tenth of the steps. */
  readonly best: number;
}

export class Chart {
  readonly samples: Sample[] = [];
  /** Means of whole epochs. */
  readonly epochLosses: number[] = [];
  readonly validationLosses: number[] = [];
  /** What was found before: causes come before what follows from them. */
  readonly found: Diagnosis[] = [];
  /** Updates done. */
  step = 0;
  epoch = 0;

  constructor(readonly circumstances: Circumstances) {}

  /** Mean loss over the steps in (from, to], from the means between samples. */
  meanLoss(from: number, to: number): number {
    let [sum, steps] = [0, 0];
    for (let i = 1; i < this.samples.length; i++) {
      const begin = Math.max(from, this.samples[i - 1].step);
      const end = Math.min(to, this.samples[i].step);
      if (end <= begin) continue;
      sum += this.samples[i].loss * (end - begin);
      steps += end - begin;
    }
    return sum / steps;
  }

  progress(): Progress {
    const last = this.samples[this.samples.length - 1]?.step ?? 0;
    const first = this.samples.slice(0, 3).map(({ batchLoss }) => batchLoss);
    const start = first.reduce((a, b) => a + b, 0) / first.length;
    const { baseline } = this.circumstances;
    const base = baseline ?? start;
    const recent = this.meanLoss((2 * last) / 3, last);
    const older = this.meanLoss(last / 3, (2 * last) / 3);
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 10; i++) best = Math.min(best, this.meanLoss((i * last) / 10, ((i + 1) * last) / 10) || best);
    return { start, base, recent, best, learned: (base - recent) / Math.abs(base), falling: (older - recent) / Math.abs(older) };
  }

  /** The samples of the last half of the steps, and no fewer than six. */
  recent(): readonly Sample[] {
    const from = (this.samples[this.samples.length - 1]?.step ?? 0) / 2;
    return this.samples.filter(({ step }, i) => step >= from || i >= this.samples.length - 6);
  }

  /** Enough has been seen for a lasting state to be told from a passing one. */
  get patient(): boolean {
    return this.step >= limit('patienceSteps') && this.samples.length >= limit('patienceSamples');
  }

  /** The median of a layer's measurement over some samples; NaN where it is not measured. */
  median(layer: number, of: (sample: LayerSample) => number, samples: readonly Sample[] = this.recent()): number {
    const values = samples.map(({ layers }) => of(layers[layer])).filter((value) => !Number.isNaN(value));
    return values.length === 0 ? Number.NaN : median(values);
  }

  /** Indices of the layers with trained weights, first to last. */
  get trained(): number[] {
    return this.circumstances.layers.flatMap(({ trained }, i) => (trained ? [i] : []));
  }

  facts(layer: number): LayerFacts {
    return this.circumstances.layers[layer];
  }

  /** The layer itself, for the code of a remedy. */
  layer(layer: number): Layer {
    const { name } = this.facts(layer);
    return this.circumstances.model.find((one) => one.name === name) as Layer;
  }

  get learningRate(): number {
    return this.samples[this.samples.length - 1]?.learningRate ?? this.circumstances.optimizer.learningRate;
  }
}
