/** What is measured while a model trains, as plain data: the doctor's rules read it, and reports draw it. */

/** What a layer is to the doctor. */
export interface LayerFacts {
  readonly name: string;
  /** As in `layers.<kind>`. */
  readonly kind: string;
  /** The op that makes the layer's output: 'relu', 'sigmoid', 'add' for a dense layer without activation, ... */
  readonly activation: string;
  /** The size of the output's last axis. */
  readonly units: number;
  /** Whether it has weights that training changes. */
  readonly trained: boolean;
  readonly isOutput: boolean;
}

/** One layer at one sampled step. Norms are Euclidean; NaN where there is nothing to measure. */
export interface LayerSample {
  /** Of the gradients of all its trained weights, before clipping. */
  readonly gradientNorm: number;
  readonly gradientMost: number;
  /** Of the kernel (or, without one, of all trained weights), before the update. */
  readonly weightNorm: number;
  readonly weightMost: number;
  /** How far the update moved it, in parts of its norm. */
  readonly updateRatio: number;
  /** Of the layer's output. */
  readonly mean: number;
  readonly std: number;
  readonly least: number;
  readonly most: number;
  /** The share of outputs where a bounded activation is flat. */
  readonly saturated: number;
  /** The share of outputs that are exactly 0. */
  readonly zeros: number;
  /** The share of units that have not fired once in the latest window. */
  readonly dead: number;
  /** The gradient that arrives before the activation: root mean square over batch and units, times the batch size. */
  readonly signal: number;
  /** Elements that are NaN or infinite. */
  readonly nonFinite: {
    readonly gradient: number;
    readonly weight: number;
    readonly output: number;
    readonly signal: number;
  };
}

/** One sampled step. */
export interface Sample {
  /** Updates done before it, counted from the start of fit. */
  readonly step: number;
  readonly epoch: number;
  /** Mean loss of all steps since the sample before. */
  readonly loss: number;
  /** The loss of the sampled batch itself. */
  readonly batchLoss: number;
  readonly learningRate: number;
  /** In the order of the facts. */
  readonly layers: readonly LayerSample[];
}

/** The course of a layer's measurements: one number a sample. */
export interface LayerVitals extends LayerFacts {
  readonly gradientNorm: number[];
  readonly weightNorm: number[];
  readonly updateRatio: number[];
  readonly activationMean: number[];
  readonly activationStd: number[];
  readonly saturatedShare: number[];
  readonly deadShare: number[];
  readonly signal: number[];
}

/** Everything that was measured during a fit: `step[i]`, `loss[i]` and `layers[·].gradientNorm[i]` belong together. */
export interface Vitals {
  readonly step: number[];
  readonly epoch: number[];
  readonly loss: number[];
  readonly learningRate: number[];
  readonly layers: readonly LayerVitals[];
  /** Updates an epoch. */
  readonly stepsPerEpoch: number;
}

export function emptyVitals(facts: readonly LayerFacts[], stepsPerEpoch: number): Vitals {
  const layers = facts.map((layer) => ({
    ...layer,
    gradientNorm: [],
    weightNorm: [],
    updateRatio: [],
    activationMean: [],
    activationStd: [],
    saturatedShare: [],
    deadShare: [],
    signal: [],
  }));
  return { step: [], epoch: [], loss: [], learningRate: [], layers, stepsPerEpoch };
}

export function record(vitals: Vitals, { step, epoch, loss, learningRate, layers }: Sample): void {
  vitals.step.push(step);
  vitals.epoch.push(epoch);
  vitals.loss.push(loss);
  vitals.learningRate.push(learningRate);
  for (const [i, layer] of layers.entries()) {
    const to = vitals.layers[i];
    to.gradientNorm.push(layer.gradientNorm);
    to.weightNorm.push(layer.weightNorm);
    to.updateRatio.push(layer.updateRatio);
    to.activationMean.push(layer.mean);
    to.activationStd.push(layer.std);
    to.saturatedShare.push(layer.saturated);
    to.deadShare.push(layer.dead);
    to.signal.push(layer.signal);
  }
}

/** Drops every other sample, so that a long training's record stays small. */
export function thin(vitals: Vitals): void {
  const halve = (course: number[]) =>
    course.splice(0, course.length, ...course.filter((_, i) => i % 2 === 0));
  for (const course of [vitals.step, vitals.epoch, vitals.loss, vitals.learningRate]) halve(course);
  for (const layer of vitals.layers)
    for (const course of Object.values(layer)) if (Array.isArray(course)) halve(course);
}
