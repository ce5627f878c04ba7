/** What the rules read: everything known about a training so far, and the questions that several rules ask of it. */
import type { Layer } from '../layers/layer.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Diagnosis } from './diagnosis.js';
import { median } from './measure.js';
import { limit } from './thresholds/index.js';
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
  /** Updates that this fit is going to do from here on. */
  readonly plannedSteps: number;
  /** The epoch it begins with here, and the planned updates before that: more than none after a repair. */
  readonly firstEpoch: number;
  readonly firstStep: number;
  /** The loss of a model that ignores its inputs and gives the best constant; unknown for losses of the user's. */
  readonly baseline: number | undefined;
  /** The share of right answers of such a model; undefined where targets are not classes. */
  readonly guessed: number | undefined;
  /** How many the validation loss is a mean over; 0 without validation. */
  readonly validationExamples: number;
  /** As `baseline`, of the validation data; unknown without them as well. */
  readonly validationBaseline: number | undefined;
  /** The weights have never been trained. */
  readonly fresh: boolean;
  /** Root mean square of the targets of a regression; 0 for others. */
  readonly targetSize: number;
}

/** How the loss has moved so far, in parts of what a model that ignores its inputs would have. */
export interface Progress {
  /** Mean loss of the first tenth of the steps. */
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
  /** Of the first accuracy among the metrics; empty where there is none. */
  readonly validationAccuracies: number[] = [];
  /** What was found before: causes come before what follows from them. */
  readonly found: Diagnosis[] = [];
  /** Updates done. */
  step = 0;
  epoch = 0;
  /** For each sample, the sum of the losses of all steps before it. */
  #areas: number[] = [];
  #progress: Progress | undefined;
  #recent: readonly Sample[] | undefined;

  constructor(readonly circumstances: Circumstances) {}

  /** Takes a sampled step in. */
  add(sample: Sample): void {
    const before = this.samples[this.samples.length - 1];
    const area = this.#areas[this.#areas.length - 1] ?? 0;
    this.samples.push(sample);
    this.#areas.push(before ? area + sample.loss * (sample.step - before.step) : 0);
    this.step = sample.step;
    this.epoch = sample.epoch;
    this.#forget();
  }

  /** Keeps every other sample. A sample's loss is the mean since the one before it, so that two are merged. */
  thin(): void {
    const kept = this.samples.flatMap((_, i) => (i % 2 === 0 ? [i] : []));
    const samples = kept.map((i, k) => {
      const from = kept[k - 1];
      return from === undefined
        ? this.samples[i]
        : { ...this.samples[i], loss: this.meanLoss(this.samples[from].step, this.samples[i].step) };
    });
    this.#areas = kept.map((i) => this.#areas[i]);
    this.samples.splice(0, this.samples.length, ...samples);
    this.#forget();
  }

  #forget(): void {
    this.#progress = undefined;
    this.#recent = undefined;
  }

  /** Sum of the losses of all steps up to a step, from the means between samples. */
  #area(step: number): number {
    const { samples } = this;
    let [low, high] = [0, samples.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (samples[middle].step < step) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#areas[low] - samples[low].loss * (samples[low].step - step);
  }

  /** Mean loss over the steps in (from, to]. */
  meanLoss(from: number, to: number): number {
    return (this.#area(to) - this.#area(from)) / (to - from);
  }

  progress(): Progress {
    this.#progress ??= this.#measureProgress();
    return this.#progress;
  }

  #measureProgress(): Progress {
    const last = this.samples[this.samples.length - 1]?.step ?? 0;
    const start = this.meanLoss(0, last / 10) || (this.samples[0]?.batchLoss ?? Number.NaN);
    const base = this.circumstances.baseline ?? start;
    const recent = this.meanLoss((2 * last) / 3, last);
    const older = this.meanLoss(last / 3, (2 * last) / 3);
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 10; i++)
      best = Math.min(best, this.meanLoss((i * last) / 10, ((i + 1) * last) / 10) || best);
    return {
      start,
      base,
      recent,
      best,
      learned: (base - recent) / Math.abs(base),
      falling: (older - recent) / Math.abs(older),
    };
  }

  /** The samples of the last half of the steps, and no fewer than six. */
  recent(): readonly Sample[] {
    const from = (this.samples[this.samples.length - 1]?.step ?? 0) / 2;
    this.#recent ??= this.samples.filter(({ step }, i) => step >= from || i >= this.samples.length - 6);
    return this.#recent;
  }

  /** Enough has been seen for a lasting state to be told from a passing one. */
  get patient(): boolean {
    const { plannedSteps } = this.circumstances;
    const steps = Math.min(limit('patienceSteps'), Math.max(limit('leastPatience'), plannedSteps / 2));
    return this.step >= steps && this.samples.length >= limit('patienceSamples');
  }

  /** The median of a layer's measurement over some samples; NaN where it is not measured. */
  median(
    layer: number,
    of: (sample: LayerSample) => number,
    samples: readonly Sample[] = this.recent(),
  ): number {
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
