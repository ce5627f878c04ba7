/** A few real updates on one batch, taken back afterwards: what this optimizer does to this loss. */
import { bytesOf } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import type { Data, Examples, Patient } from './patient.js';

export interface TrialOptions {
  /** Updates. */
  readonly steps: number;
  /** Instead of the model's own. */
  readonly learningRate?: number;
}

/** The loss on the batch before each update and after the last; it ends early where it is not finite. */
export function trial(patient: Patient, data: Data, { steps, learningRate }: TrialOptions): number[] {
  const restore = snapshot(patient);
  const [x, y] = [data.x, data.y].map(batchOf);
  const losses: number[] = [];
  try {
    if (learningRate !== undefined) patient.learningRate = learningRate;
    for (let step = 0; step <= steps; step++) {
      const { loss } = patient.trainOnBatch(x, y);
      losses.push(loss);
      if (!Number.isFinite(loss)) break;
    }
  } finally {
    restore();
  }
  return losses;
}

const batchOf = ({ data, count, shape }: Examples) => ({ data, shape: [count, ...shape], dtype: 'float32' as const });

/** Remembers everything that an update changes; the function returned puts it back. */
function snapshot(patient: Patient): () => void {
  const { cells, runs } = patient.compiled('diagnose').parts;
  const variables: Variable[] = [...patient.weights, ...cells.all, ...runs.flatMap(({ slots }) => Object.values(slots))];
  const bytes = ({ shape, dtype }: Variable) => sizeOf(shape) * bytesOf[dtype];
  const { u8 } = patient.executor.arena.views;
  const saved = variables.map((variable) => u8.slice(variable.address, variable.address + bytes(variable)));
  return () => {
    // Taken anew: the memory may have grown meanwhile.
    const now = patient.executor.arena.views.u8;
    for (const [i, { address }] of variables.entries()) now.set(saved[i], address);
  };
}
