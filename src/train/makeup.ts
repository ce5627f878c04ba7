/** What a model is made of, as one thing that another may take the place of: how repairs are tried and taken back. */
import { sameShape, sizeOf } from '../graph/shape.js';
import type { Layer, Weight } from '../layers/layer.js';
import type { Executor } from '../runtime/executor.js';
import { type Built, firstValues, placeWeights, shapesThrough } from './building.js';
import { Compiled, type CompileOptions } from './compiled.js';
import type { LoadedStep } from './model.js';

/** Layers with their weights, compile settings with the optimizer's state, and the programs made from both. */
export interface Makeup {
  readonly layers: readonly Layer[];
  readonly built: Built;
  readonly options: CompileOptions;
  readonly compiled: Compiled;
  readonly programs: Map<string, LoadedStep>;
  /** The memory of the weights that this make-up alone has. */
  readonly block?: number | undefined;
}

/** What is to be different; what is not given stays. */
export interface Alteration {
  /** All layers: those that stay themselves, and new ones that belong to no model yet. */
  readonly layers?: readonly Layer[];
  /** Merged into the compile settings. */
  readonly options?: Partial<CompileOptions>;
  /** Whether a new layer's weight takes the values of the weight of the same name and shape. Default: all do. */
  readonly keeps?: (weight: Weight) => boolean;
  /** Draws first values, as that of a model does. */
  readonly seed: number;
}

/**
 * Another make-up of the same model in the same memory. Layers that stay keep their weights where they are, so only
 * one make-up can be in use, and trying one out takes a snapshot of the other. Weights of new layers, and the
 * optimizer's state, begin as copies of those of the same name and shape.
 */
export function alter(from: Makeup, { layers, options, keeps = () => true, seed }: Alteration): Makeup {
  const { executor, inputShape } = from.built;
  const next = layers ?? from.layers;
  const fresh = next.filter((layer) => !layer.built);
  let block: number | undefined;
  try {
    const outputShape = shapesThrough(next, inputShape);
    const weights = fresh.flatMap((layer) => layer.weights);
    if (weights.length > 0) block = placeWeights(executor, weights);
    const pairs = alike(from.layers, fresh).filter(([, weight]) => keeps(weight));
    const copied = new Map(pairs.map(([old, weight]) => [weight, old]));
    for (const [position, weight] of next.flatMap((layer) => layer.weights).entries()) {
      if (!weights.includes(weight)) continue;
      const old = copied.get(weight);
      weight.assign?.(old ? valuesOf(executor, old) : firstValues(weight, executor, seed, position));
    }
    const settings = { ...from.options, ...options };
    const trainableWeights = next.flatMap((layer) =>
      layer.trainable ? layer.weights.filter(({ trainable }) => trainable) : [],
    );
    const compiled = new Compiled({ layers: next, trainableWeights, executor }, settings);
    const made = {
      layers: next,
      built: { executor, inputShape, outputShape },
      options: settings,
      compiled,
      programs: new Map<string, LoadedStep>(),
      block,
    };
    carryOver(
      from.compiled,
      made.compiled,
      executor,
      [...pairs, ...next.flatMap(itself)],
      options?.optimizer,
    );
    for (const layer of next) layer.owned = true;
    return made;
  } catch (error) {
    if (block !== undefined) executor.arena.release(block);
    for (const layer of fresh) layer.unbuild();
    throw error;
  }
}

/** Gives back what a make-up that is not used holds alone. */
export function discard(
  { built: { executor }, layers, compiled, programs, block }: Makeup,
  keep: Makeup,
): void {
  release({ built: { executor }, compiled, programs });
  if (block !== undefined) executor.arena.release(block);
  for (const layer of layers) if (!keep.layers.includes(layer)) layer.unbuild();
}

/** Gives back programs, gradients and the optimizer's state, where another make-up has taken over. The weights stay: the other has most of them. */
export function release({
  built: { executor },
  compiled,
  programs,
}: Pick<Makeup, 'compiled' | 'programs'> & { built: Pick<Built, 'executor'> }): void {
  for (const { loaded } of programs.values()) executor.unload(loaded);
  programs.clear();
  compiled.release(executor);
}

/** Pairs of weights, of the old layers and of the new, that have the same name and shape. */
function alike(from: readonly Layer[], to: readonly Layer[]): [Weight, Weight][] {
  const known = new Map(from.flatMap((layer) => layer.weights).map((weight) => [weight.name, weight]));
  return to.flatMap((layer) =>
    layer.weights.flatMap((weight): [Weight, Weight][] => {
      const old = known.get(weight.name);
      return old && old !== weight && sameShape(old.shape, weight.shape) ? [[old, weight]] : [];
    }),
  );
}

const itself = (layer: Layer): [Weight, Weight][] => layer.weights.map((weight) => [weight, weight]);

/** The optimizer's state and counters go on, as far as the new one has the same. */
function carryOver(
  from: Compiled,
  to: Compiled,
  { arena }: Executor,
  pairs: readonly (readonly [Weight, Weight])[],
  given: CompileOptions['optimizer'],
): void {
  const { f32, u32 } = arena.views;
  const cell = (compiled: Compiled, name: 'iterations' | 'learningRate') =>
    compiled.parts.cells[name].address / 4;
  if (given === undefined) f32[cell(to, 'learningRate')] = f32[cell(from, 'learningRate')];
  if (from.optimizer.name !== to.optimizer.name) return;
  u32[cell(to, 'iterations')] = u32[cell(from, 'iterations')];
  for (const [old, weight] of pairs) {
    for (const name of to.optimizer.slots) {
      const [source, target] = [from.slotAddress(old, name), to.slotAddress(weight, name)];
      if (source === undefined || target === undefined) continue;
      f32.copyWithin(target / 4, source / 4, source / 4 + sizeOf(weight.shape));
    }
  }
}

const valuesOf = ({ arena }: Executor, { address, shape }: Weight): Float32Array =>
  arena.views.f32.slice(address / 4, address / 4 + sizeOf(shape));
