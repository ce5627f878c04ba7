/** What training changes besides the weights, as files hold it: the optimizer's state, counters, the learning rate. */
import { type Tensor, tensor } from '../data/tensor.js';
import { DataError, ShapeError } from '../errors.js';
import { sameShape, showShape, sizeOf } from '../graph/shape.js';
import { finite, wholeNumber } from '../settings.js';
import type { Sequential } from './model.js';

/** The counters of a training. */
export interface Counters {
  /** Epochs trained: each has its own order of examples. */
  readonly epochs: number;
  /** Updates done: the optimizer's t, and the position in the random numbers of dropout. */
  readonly iterations: number;
  readonly learningRate: number;
  /** The seed of the last fit, if there was one. */
  readonly seed?: number | undefined;
}

/** Tensors of the optimizer's state begin so in files. */
export const OPTIMIZER = 'optimizer/';

const slotName = (slot: string, weight: string): string => `${OPTIMIZER}${slot}/${weight}`;

/** The optimizer's state of each trainable weight, in place: name, address and shape; no address where there is none yet. */
function slotsOf(model: Sequential) {
  const { runs, trained, optimizer } = model.compiled('save').parts;
  const inRun = new Map(
    trained.map(({ weight }) => {
      const run = runs.find(({ parameters: { address, shape } }) => {
        const offset = weight.address - address;
        return offset >= 0 && offset < 4 * sizeOf(shape);
      });
      return [weight, run] as const;
    }),
  );
  return model.trainableWeights.flatMap((weight) =>
    optimizer.slots.map((slot) => {
      const run = inRun.get(weight);
      const address = run && run.slots[slot].address + weight.address - run.parameters.address;
      return { name: slotName(slot, weight.name), shape: weight.shape, address };
    }),
  );
}

/** Copies of the optimizer's state; zeros for a weight that became trainable after `compile`. */
export function slotTensors(model: Sequential): (readonly [name: string, Tensor])[] {
  const { f32 } = model.executor.arena.views;
  return slotsOf(model).map(({ name, shape, address }) => {
    const size = sizeOf(shape);
    const values =
      address === undefined ? new Float32Array(size) : f32.slice(address / 4, address / 4 + size);
    return [name, tensor(values, shape)];
  });
}

export function countersOf(model: Sequential): Counters {
  const { iterations } = model.compiled('save').parts.cells;
  return {
    epochs: model.epochsTrained,
    iterations: model.executor.arena.views.u32[iterations.address / 4],
    learningRate: model.learningRate,
    seed: model.fitSeed,
  };
}

/** Puts a saved state into a compiled model: all of it or, when something does not fit, nothing. */
export function putState(
  what: string,
  model: Sequential,
  tensors: ReadonlyMap<string, Tensor>,
  counters: Counters,
): void {
  const slots = slotsOf(model).map(({ name, shape, address }) => {
    const found = tensors.get(name);
    if (!found) throw new DataError(`${what}: the file lacks ${name}, a part of the optimizer's state.`);
    if (!sameShape(found.shape, shape)) {
      throw new ShapeError(
        `${what}: ${name} has shape ${showShape(found.shape)} in the file; ${model.name} needs ${showShape(shape)}.`,
      );
    }
    return { data: found.data, address };
  });
  const epochs = wholeNumber(`${what}: epochs`, counters.epochs, 0);
  const iterations = wholeNumber(`${what}: iterations`, counters.iterations, 0);
  const learningRate = finite(`${what}: learningRate`, counters.learningRate, 0);
  const seed = counters.seed === undefined ? undefined : wholeNumber(`${what}: seed`, counters.seed, 0);
  const { f32, u32 } = model.executor.arena.views;
  for (const { data, address } of slots) if (address !== undefined) f32.set(data, address / 4);
  u32[model.compiled(what).parts.cells.iterations.address / 4] = iterations;
  model.learningRate = learningRate;
  model.epochsTrained = epochs;
  model.fitSeed = seed;
}
