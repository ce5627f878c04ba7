import type { Tensor } from '../data/tensor.js';
import { ConfigError, MemoryError, ShapeError, StateError, show } from '../errors.js';
import { type Shape, sameShape, showBatch, showShape, sizeOf } from '../graph/shape.js';
import type { RandomWords } from '../initializers/initializer.js';
import type { Layer, Weight } from '../layers/layer.js';
import { words } from '../ops/philox.js';
import { Executor } from '../runtime/executor.js';
import { shapeAfter } from './steps.js';

/** What building settles: memory with the first weights in it, and the shapes of one example and one prediction. */
export interface Built {
  readonly executor: Executor;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

/** Values for all weights, in their order, asked for before any memory is taken; it throws where they don't fit. */
export type StoredValues = (weights: readonly Weight[]) => readonly Tensor[];

/**
 * Makes the weights of all layers, for examples of this shape; when one cannot be made, of none. Their first
 * values are drawn by their initializers, unless there are stored ones.
 */
export function build(
  name: string,
  layers: readonly Layer[],
  inputShape: Shape,
  seed: number,
  stored?: StoredValues,
): Built {
  if (layers.length === 0) {
    throw new StateError(`${name} has no layers; give some: sequential({ layers: [...] }).`);
  }
  if (!Array.isArray(inputShape) || !inputShape.every((axis) => Number.isInteger(axis) && axis > 0)) {
    throw new ConfigError(`build: ${show(inputShape)} is not the shape of an example, such as [784].`);
  }
  try {
    const outputShape = shapesThrough(layers, inputShape);
    const weights = layers.flatMap((layer) => layer.weights);
    return { executor: withWeights(name, weights, seed, stored), inputShape: [...inputShape], outputShape };
  } catch (error) {
    for (const layer of layers) layer.unbuild();
    throw error;
  }
}

/** Builds the layers that are not built yet, for examples of this shape. The shape of one prediction. */
export function shapesThrough(layers: readonly Layer[], inputShape: Shape): Shape {
  let shape: Shape = [...inputShape];
  for (const layer of layers) {
    if (layer.inputShape && !sameShape(layer.inputShape, shape)) {
      throw new ShapeError(
        `${layer.name}: its inputShape is ${showShape(layer.inputShape)}, but it is given ` +
          `${showShape(shape)}. Only the first layer needs an inputShape.`,
      );
    }
    if (!layer.built) layer.build(shape);
    layer.built = true;
    shape = named(layer, shape);
  }
  return shape;
}

/** The shape after a layer, or an error that names the layer. */
function named(layer: Layer, shape: Shape): Shape {
  try {
    return shapeAfter(layer, shape);
  } catch (error) {
    if (error instanceof ShapeError && !error.message.startsWith(layer.name)) {
      error.message = `${layer.name}: ${error.message} (The layer is given ${showBatch(shape)}.)`;
    }
    throw error;
  }
}

function withWeights(
  name: string,
  weights: readonly Weight[],
  seed: number,
  stored: StoredValues | undefined,
): Executor {
  const values = stored?.(weights);
  const count = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (count * 4 > 2 ** 32) {
    throw new MemoryError(
      `${name} has ${((count * 4) / 2 ** 30).toFixed(1)} GiB of weights; WebAssembly can address 4 GiB. ` +
        'Use fewer or smaller layers.',
    );
  }
  const executor = new Executor(count);
  placeWeights(executor, weights);
  for (const [position, weight] of weights.entries()) {
    weight.assign?.(values?.[position].data ?? firstValues(weight, executor, seed, position));
  }
  return executor;
}

/** Finds room for weights, the trained ones side by side, so that one instruction updates them all. */
export function placeWeights(executor: Executor, weights: readonly Weight[]): number {
  const ordered = [
    ...weights.filter(({ trainable }) => trainable),
    ...weights.filter(({ trainable }) => !trainable),
  ];
  const block = executor.place(ordered, 'weights');
  for (const weight of weights)
    weight.assign = (values) => executor.arena.views.f32.set(values, weight.address / 4);
  return block;
}

/** Drawn by the kernels, into the place where the values will stand, as far as may be: that is much sooner done than here. */
export function firstValues(
  { name, shape, address, initializer }: Weight,
  { arena }: Executor,
  seed: number,
  stream: number,
): Float32Array {
  const ownSeed = initializer.seed ?? seed;
  const size = sizeOf(shape);
  let others: Iterator<number, never> | undefined;
  const random: RandomWords = {
    next() {
      if (!others) {
        arena.kernels.philox(address, size, ownSeed, stream, 0);
        others = words(ownSeed, stream, { known: arena.views.u32.slice(address / 4, address / 4 + size) });
      }
      return others.next();
    },
    uniform(count, from, to) {
      if (others || count > size) return undefined;
      arena.kernels.uniform(address, count, ownSeed, stream, from, to);
      others = words(ownSeed, stream, { at: count });
      return arena.views.f32.slice(address / 4, address / 4 + count);
    },
  };
  const values: unknown = initializer.values(shape, random);
  if (values instanceof Float32Array && values.length === sizeOf(shape)) return values;
  throw new ConfigError(
    `${name}: its initializer gave ${show(values)}; expected a Float32Array of ${sizeOf(shape)}.`,
  );
}
