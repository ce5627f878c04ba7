/** A few real updates on some batches, taken back afterwards: what this optimizer does to this loss. */
import { bytesOf } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import { moments, norm } from './measure.js';
import { type Data, type HeldBatch, type Patient, valuesOf } from './patient.js';
import type { Work } from './work.js';

/** How the loss went. */
export interface Course {
  /** The mean loss over the batches before any update, and the largest. */
  readonly start: number;
  readonly startMost: number;
  /** The loss of each batch when its turn came, before its update. */
  readonly losses: readonly number[];
  /** The mean over the last turn of every batch; NaN where it stopped being a number. */
  readonly end: number;
  readonly highest: number;
  /** How far the kernel that moved most has moved, in parts of its size; NaN where none is trained. */
  readonly travel: number;
}

export interface TrialOptions {
  /** How often every batch has its turn. */
  readonly turns: number;
  /** Instead of the model's own. */
  readonly learningRate?: number;
}

/** Trains on the batches in turn, and takes it all back. Ends early where the loss is not a number any more. */
export function* trial(
  patient: Patient,
  data: readonly Data[],
  { turns, learningRate = patient.learningRate }: TrialOptions,
): Work<Course> {
  const restore = snapshot(patient);
  const held: HeldBatch[] = [];
  const losses: number[] = [];
  const starts: number[] = [];
  let travel = Number.NaN;
  const kernels = patient.trainableWeights.filter(({ shape }) => shape.length > 1);
  const before = kernels.map((kernel) => valuesOf(patient, kernel).slice());
  try {
    // Updates of length 0 tell the loss before training, as training computes it.
    patient.learningRate = 0;
    for (const batch of data) {
      const one = patient.hold(batch);
      held.push(one);
      starts.push(one.train());
      yield;
    }
    restore();
    patient.learningRate = learningRate;
    for (let i = 0; i < turns * held.length; i++) {
      const loss = held[i % held.length].train();
      losses.push(loss);
      if (!Number.isFinite(loss)) break;
      yield;
    }
    const ways = kernels.map((kernel, i) => distance(before[i], valuesOf(patient, kernel)) / norm(before[i]));
    if (ways.length > 0) travel = Math.max(...ways);
  } finally {
    for (const batch of held) batch.release();
    restore();
  }
  const broken = !Number.isFinite(losses[losses.length - 1]);
  return {
    start: moments(starts).mean,
    startMost: Math.max(...starts),
    losses,
    end: broken ? Number.NaN : moments(losses.slice(-held.length)).mean,
    travel,
    highest: broken ? Number.POSITIVE_INFINITY : Math.max(...losses),
  };
}

const distance = (a: Float32Array, b: Float32Array): number => norm(a.map((value, i) => value - b[i]));

/** Remembers everything that an update changes; the function returned puts it back. */
function snapshot(patient: Patient): () => void {
  const { cells, runs } = patient.compiled('diagnose').parts;
  const variables: Variable[] = [
    ...patient.weights,
    ...cells.all,
    ...runs.flatMap(({ slots }) => Object.values(slots)),
  ];
  const bytes = ({ shape, dtype }: Variable) => sizeOf(shape) * bytesOf[dtype];
  const { u8 } = patient.executor.arena.views;
  const saved = variables.map((variable) => u8.slice(variable.address, variable.address + bytes(variable)));
  return () => {
    // Taken anew: the memory may have grown meanwhile.
    const now = patient.executor.arena.views.u8;
    for (const [i, { address }] of variables.entries()) now.set(saved[i], address);
  };
}
