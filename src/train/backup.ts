/**
 * Everything about a training under way that a backup keeps, so that another process goes on from there bit by
 * bit: the model's file, and in its metadata `fit` the position, the running totals, the history and what the
 * callbacks have learnt.
 */
import type { Tensor } from '../data/tensor.js';
import { crc32 } from '../formats/crc32.js';
import { PlainWriter } from '../formats/plain.js';
import type { Data } from './data.js';
import type { History, Logs } from './history.js';
import type { Sequential } from './model.js';
import { FIT, toSafetensors } from './saving.js';

/** What two fits must have in common for the one to go on where the other was. */
export interface FitIdentity {
  readonly seed: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly examples: number;
  /** Epochs that the model was trained before this fit. */
  readonly trainedBefore: number;
  readonly callbacks: number;
  /** A sum of the training data that tells others; 0 where they are read as they are needed. */
  readonly data: number;
}

/** Where a fit is, and what it knows. */
export interface FitState {
  readonly fit: FitIdentity;
  /** The epoch, and the batch in it, that come next. */
  readonly epoch: number;
  readonly batch: number;
  /** Sums of loss and metrics in that epoch, and the number of examples they are over. */
  readonly totals: readonly number[];
  readonly seen: number;
  /** Of the last epoch. */
  readonly logs: Logs;
  readonly stopTraining: boolean;
  readonly history: Pick<History, 'epoch' | 'history' | 'diagnoses'>;
  /** One a callback; undefined where it keeps none. */
  readonly callbacks: readonly unknown[];
}

/** A fit, for callbacks that keep its state. */
export interface Resumable {
  /** The epoch and the batch in it that come next; batch 0 means that an epoch has ended (or none has begun). */
  readonly epoch: number;
  readonly batch: number;
  /** A file with everything, for `resume`. It holds a model like any other: loadModel reads it, too. */
  backup(): Uint8Array;
  /**
   * Goes on from where a backup was made: all is as it was then or, when something does not fit, nothing is changed.
   * Throws a DataError for a damaged file, a ConfigError for one of another fit.
   */
  resume(file: Uint8Array): Promise<void>;
}

/** Bytes of x, and of y, that a sum is over at most; and how many of them stand together. */
const SUMMED = 2 ** 20;
const BLOCK = 1024;

/** Tells data from other data, quickly: of large ones, blocks from the first to the last in even distances. */
export function checksumOf({ x, y }: Data): number {
  let sum = 0;
  for (const { data } of [x, y]) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const blocks = bytes.length <= SUMMED ? 1 : SUMMED / BLOCK;
    const size = blocks === 1 ? bytes.length : BLOCK;
    for (let i = 0; i < blocks; i++) {
      const at = blocks === 1 ? 0 : Math.floor(((bytes.length - size) * i) / (blocks - 1));
      sum = crc32(bytes.subarray(at, at + size), sum);
    }
  }
  return sum;
}

export function writeBackup(model: Sequential, state: FitState): Uint8Array {
  const tensors: (readonly [string, Tensor])[] = [];
  const writer = new PlainWriter((value) => {
    const name = `${FIT}${tensors.length}`;
    tensors.push([name, value]);
    return name;
  });
  const fit = JSON.stringify(writer.write(state, 'fit'));
  return toSafetensors(model, {}, { tensors, metadata: { fit } });
}
