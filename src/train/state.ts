/** What training changes besides the weights, as files hold it: the optimizer's state, counters, the learning rate. */
import { type Tensor, tensor } from '../data/tensor.js';
import { sizeOf } from '../graph/shape.js';
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
export function slotsOf(model: Sequential) {
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
