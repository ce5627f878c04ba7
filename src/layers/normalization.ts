import { RunningMoments } from '../data/moments.js';
import { type TensorLike, tensorFrom } from '../data/tensor.js';
import { ConfigError, DataError, ShapeError, show } from '../errors.js';
import type { Node } from '../graph/node.js';
import { type Shape, sameShape, showBatch, showShape, sizeOf, stridesOf } from '../graph/shape.js';
import type { Initializer } from '../initializers/initializer.js';
import { add } from '../ops/add.js';
import { div } from '../ops/div.js';
import { constant } from '../ops/leaf.js';
import { maximum } from '../ops/maximum.js';
import { mul } from '../ops/mul.js';
import { reshape } from '../ops/reshape.js';
import { sqrt } from '../ops/sqrt.js';
import { sub } from '../ops/sub.js';
import { nextTask } from '../runtime/yield.js';
import { checkConfig, flag } from '../settings.js';
import { type CallContext, Layer, type LayerConfig, layerSettings, type Weight } from './layer.js';

export interface NormalizationConfig extends LayerConfig {
  /** The axes that keep statistics of their own: one, several, or null for one mean and variance of everything. */
  axis?: number | readonly number[] | null;
  /** Means known beforehand, with `variance`: a number or one for each kept element. There is then nothing to adapt. */
  mean?: number | readonly number[];
  variance?: number | readonly number[];
  /** y = mean + x·√variance instead: undoes a normalization. */
  invert?: boolean;
}

/** A batch of a data set: its examples, or an object that has them as `x`. */
export type AdaptBatch = TensorLike | { readonly x: TensorLike };

interface Statistics {
  readonly shape: Shape;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Keras' smallest deviation. */
const EPSILON = 1e-7;

/**
 * y = (x − mean) / max(√variance, 1e-7), with statistics of the training data that `adapt` takes once;
 * training does not change them. x [batch, ..., features], y of the same shape; mean, variance [features],
 * or what `axis` keeps of an example's shape.
 *
 *     const scaled = layers.normalization({ inputShape: [13] });
 *     scaled.adapt(x);
 *
 * Defaults: axis -1, the last; mean 0 and variance 1 until adapted; invert false. The variance is the biased
 * one. Keras' third weight, a count that nothing reads any more, is left out.
 */
export class Normalization extends Layer {
  readonly kind = 'normalization';
  declare readonly config: NormalizationConfig;
  readonly invert: boolean;
  readonly #axes: readonly number[] | null;
  #adapted: Statistics | undefined;
  /** The shape of an example. */
  #shape: Shape | undefined;
  #mean?: Weight;
  #variance?: Weight;

  constructor(config: NormalizationConfig = {}) {
    const what = 'layers.normalization';
    checkConfig(what, config, ['axis', 'mean', 'variance', 'invert', ...layerSettings]);
    super(config);
    this.#axes = axesOf(config.axis);
    this.invert = flag(`${what}: invert`, config.invert ?? false);
    if ((config.mean === undefined) !== (config.variance === undefined)) {
      throw new ConfigError(`${what}: mean and variance belong together; give both or neither.`);
    }
    for (const name of ['mean', 'variance'] as const) {
      const values = config[name];
      const all: readonly unknown[] = Array.isArray(values) ? values : [values ?? 0];
      const right = (value: unknown) => Number.isFinite(value) && (name === 'mean' || (value as number) >= 0);
      if (all.length > 0 && all.every(right)) continue;
      throw new ConfigError(
        `${what}: ${name} is ${show(values)}; expected a finite number${name === 'mean' ? '' : ', at least 0'}, or a list of such.`,
      );
    }
  }

  override build(inputShape: Shape): void {
    this.#shape = inputShape;
    const shape = this.#kept(inputShape).map((axis) => inputShape[axis]);
    if (this.config.mean !== undefined) return;
    if (this.#adapted && !sameShape(this.#adapted.shape, shape)) {
      throw new ShapeError(
        `${this.name}: it was adapted to data with statistics of shape ${showShape(this.#adapted.shape)}, but it is given ` +
          `${showBatch(inputShape)}. Adapt it to the data that it will be given.`,
      );
    }
    // Read when the model makes its first weights.
    const first = (name: 'mean' | 'variance', value: number): Initializer => ({
      name: 'adapted',
      values: (size) => this.#adapted?.[name] ?? new Float32Array(sizeOf(size)).fill(value),
    });
    this.#mean = this.addWeight('mean', shape, first('mean', 0), false);
    this.#variance = this.addWeight('variance', shape, first('variance', 1), false);
  }

  call(x: Node, { weight }: CallContext): Node {
    const example = x.shape.slice(1);
    const kept = this.#kept(example);
    const alike = [1, ...example.map((size, axis) => (kept.includes(axis) ? size : 1))];
    const own = (name: 'mean' | 'variance', stored: Weight | undefined): Node =>
      reshape(stored ? weight(stored) : fixed(this.name, name, this.config[name], alike), alike);
    const mean = own('mean', this.#mean);
    const deviation = maximum(sqrt(own('variance', this.#variance)), EPSILON);
    return this.invert ? add(mean, mul(x, deviation)) : div(sub(x, mean), deviation);
  }

  /**
   * Takes mean and variance from data, in place of what an earlier call took: of all examples at once, or
   * batch by batch from a data set or any other (async) iterable of batches, in one pass.
   */
  adapt(data: TensorLike): this;
  adapt(batches: AsyncIterable<AdaptBatch>): Promise<this>;
  adapt(data: TensorLike | AsyncIterable<AdaptBatch>): this | Promise<this> {
    if (this.config.mean !== undefined) {
      throw new ConfigError(
        `${this.name || this.kind}: it was given mean and variance; make it without them to adapt it to data.`,
      );
    }
    const taken = new Adaptation(this.name || this.kind, this.#shape ?? this.inputShape, (shape) =>
      this.#kept(shape),
    );
    if (!isStream(data)) {
      taken.add(data);
      return this.#keep(taken.statistics());
    }
    return (async () => {
      for await (const batch of data) {
        taken.add(examplesOf(batch));
        await nextTask();
      }
      return this.#keep(taken.statistics());
    })();
  }

  #keep(statistics: Statistics): this {
    this.#adapted = statistics;
    this.#mean?.assign?.(statistics.mean);
    this.#variance?.assign?.(statistics.variance);
    return this;
  }

  override unbuild(): void {
    super.unbuild();
    this.#shape = undefined;
    this.#mean = undefined;
    this.#variance = undefined;
  }

  /** The axes of an example, counted from 0, that keep their own statistics. */
  #kept(example: Shape): readonly number[] {
    if (this.#axes === null) return [];
    // Axis 0 is the batch, in which the config counts as well.
    const rank = example.length + 1;
    const axes = this.#axes.map((axis) => (axis < 0 ? axis + rank : axis) - 1);
    if (axes.some((axis) => axis < 0 || axis >= example.length) || new Set(axes).size < axes.length) {
      throw new ShapeError(
        `${this.name || this.kind}: axis ${show(this.config.axis ?? -1)} does not fit ${showBatch(example)}; ` +
          'axes count from 0, the batch, which cannot be kept.',
      );
    }
    return axes.sort((a, b) => a - b);
  }
}

function axesOf(axis: NormalizationConfig['axis'] = -1): readonly number[] | null {
  if (axis === null) return null;
  const axes: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  if (axes.every((value): value is number => Number.isInteger(value))) return axes;
  throw new ConfigError(
    `layers.normalization: axis is ${show(axis)}; expected a whole number, several, or null.`,
  );
}

/** Statistics that the config gave: one number, or one for each element that is kept. */
function fixed(
  layer: string,
  name: string,
  values: number | readonly number[] | undefined,
  shape: Shape,
): Node {
  if (typeof values === 'number') return constant(values, shape);
  const own = values ?? [];
  if (own.length === sizeOf(shape)) return constant(Float32Array.from(own), shape);
  throw new ShapeError(
    `${layer}: ${name} has ${own.length} numbers; its input needs ${sizeOf(shape)}, one for each feature.`,
  );
}

const isStream = (data: unknown): data is AsyncIterable<AdaptBatch> =>
  typeof data === 'object' && data !== null && Symbol.asyncIterator in data;

const examplesOf = (batch: AdaptBatch): TensorLike =>
  typeof batch === 'object' && batch !== null && 'x' in batch ? batch.x : batch;

/** Statistics of one `adapt`, collected batch by batch. */
class Adaptation {
  #moments: RunningMoments | undefined;
  #kept: Shape = [];
  /** The group of each element of an example. */
  #groupOf = new Uint32Array(0);

  constructor(
    readonly layer: string,
    /** The shape of an example, when known. */
    private shape: Shape | undefined,
    private readonly keptAxes: (shape: Shape) => readonly number[],
  ) {}

  add(values: TensorLike): void {
    const { data, shape: given } = tensorFrom(`${this.layer}: the data`, values);
    const known = this.shape;
    // Flat numbers are cut into examples; [n] serves for [n, 1].
    const flat = known && given.length === 1 && data.length % sizeOf(known) === 0;
    const shape = flat ? known : given.slice(1);
    if (shape.length === 0 || (known && !sameShape(known, shape))) {
      const expected = known ? showBatch(known) : `such as ${showBatch([13])}`;
      throw new ShapeError(`${this.layer}: the data have shape ${showShape(given)}; expected ${expected}.`);
    }
    if (!this.#moments) this.#begin(shape);
    this.#moments?.add(`${this.layer}: the data`, data, this.#groupOf);
  }

  #begin(shape: Shape): void {
    this.shape = shape;
    const axes = this.keptAxes(shape);
    this.#kept = axes.map((axis) => shape[axis]);
    const [strides, own] = [stridesOf(shape), stridesOf(this.#kept)];
    this.#groupOf = Uint32Array.from({ length: sizeOf(shape) }, (_, i) =>
      axes.reduce((group, axis, k) => group + (Math.floor(i / strides[axis]) % shape[axis]) * own[k], 0),
    );
    this.#moments = new RunningMoments(sizeOf(this.#kept));
  }

  statistics(): Statistics {
    if (!this.#moments?.count)
      throw new DataError(`${this.layer}: there are no examples; at least one is needed.`);
    const { mean, variance } = this.#moments;
    return { shape: this.#kept, mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
  }
}
