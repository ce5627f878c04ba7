import { sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import type { Sequential } from './model.js';

/** Everything that training changes, and nothing else: weights, running statistics, the optimizer's state, counters. */
function changing(model: Sequential): Variable[] {
  const { runs, cells } = model.compiled('fit').parts;
  return [
    ...model.weights,
    ...runs.flatMap(({ slots }) => Object.values(slots)),
    cells.iterations,
    cells.learningRate,
  ];
}

/** Bytes that a snapshot of a model takes. */
export const snapshotBytes = (model: Sequential): number =>
  changing(model).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

/** The state of a training at one moment, to go back to. */
export class Snapshot {
  readonly #model: Sequential;
  readonly #values: readonly (readonly [Variable, Uint32Array])[];

  constructor(model: Sequential) {
    this.#model = model;
    const { u32 } = model.executor.arena.views;
    this.#values = changing(model).map((storage) => {
      const at = storage.address / 4;
      return [storage, u32.slice(at, at + sizeOf(storage.shape))];
    });
  }

  restore(): void {
    const { u32 } = this.#model.executor.arena.views;
    for (const [{ address }, values] of this.#values) u32.set(values, address / 4);
  }
}
