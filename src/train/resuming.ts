/**
 * Everything about a training under way that a backup keeps, so that another process goes on from there bit by
 * bit: the model's file, and in its metadata `fit` the position, the running totals, the history and what the
 * callbacks have learnt.
 */
import { isTensor, type Tensor } from '../data/tensor.js';
import { ConfigError, DataError } from '../errors.js';
import { PlainWriter, readPlain } from '../formats/plain.js';
import { unseal } from '../formats/sealed.js';
import { checkConfig, flag, wholeNumber } from '../settings.js';
import type { History, Logs } from './history.js';
import type { Sequential } from './model.js';
import { descriptionOf, FIT, parse, toSafetensors, valuesFor } from './saving.js';
import { type Counters, putState } from './state.js';

/** What two fits must have in common for the one to go on where the other was. */
export interface FitIdentity {
  readonly seed: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly examples: number;
  /** Epochs that the model was trained before this fit. */
  readonly trainedBefore: number;
  readonly callbacks: number;
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
  resume(file: Uint8Array): void;
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

/** Checks a backup against the model and the fit; returns the state, and a function that puts the model's part in place. */
export function readBackup(
  what: string,
  model: Sequential,
  own: FitIdentity,
  file: Uint8Array,
): { readonly state: FitState; apply(): void } {
  const { tensors, metadata } = unseal(file);
  if (metadata.fit === undefined) throw new DataError(`${what}: the file is no backup of a fit.`);
  const plain = readPlain(parse(metadata, 'fit', what), 'fit', {
    what,
    tensor: (name) => {
      const found = tensors.get(name);
      if (found) return found;
      throw new DataError(`${what}: the file lacks the tensor ${name}.`);
    },
  });
  const differs = (part: string, was?: unknown, is?: unknown) =>
    new ConfigError(
      `${what}: the backup is of another training: its ${part} ${was === undefined ? 'differ' : `was ${String(was)} and is now ${String(is)}`}. ` +
        'Run it with the same settings, delete the backup to begin anew, or give each fit a path of its own.',
    );
  const description = descriptionOf(model);
  if (metadata.architecture !== description.architecture) throw differs("model's layers");
  if (metadata.compile !== description.compile) throw differs('compile settings');
  const state = checkState(what, plain);
  for (const [name, value] of Object.entries(own)) {
    const was: unknown = state.fit[name as keyof FitIdentity];
    if (was !== value) throw differs(name, was, value);
  }
  const weights = valuesFor(what, model.name, model.weights, tensors);
  const counters = parse(metadata, 'training', what) as unknown as Counters;
  return {
    state,
    apply() {
      putState(what, model, tensors, counters);
      model.setWeights(weights);
    },
  };
}

/** The parts that going on depends on; callbacks check their own. */
function checkState(what: string, value: unknown): FitState {
  try {
    checkConfig('a backup', value, [
      'fit',
      'epoch',
      'batch',
      'totals',
      'seen',
      'logs',
      'stopTraining',
      'history',
      'callbacks',
    ]);
    const state = value as FitState;
    wholeNumber('epoch', state.epoch, 0);
    wholeNumber('batch', state.batch, 0);
    flag('stopTraining', state.stopTraining);
    wholeNumber('seen', state.seen, 0);
    if (state.batch * state.fit.batchSize > state.fit.examples || !numbers(state.totals))
      throw new ConfigError('the position is none of this fit');
    const { epoch, history, diagnoses } = state.history;
    const lists = [epoch, ...Object.values(history)];
    if (!lists.every(numbers) || !Array.isArray(diagnoses) || !Array.isArray(state.callbacks))
      throw new ConfigError('the history is none');
    if (!numbers(Object.values(state.logs)) || isTensor(state.logs))
      throw new ConfigError('the logs are none');
    return state;
  } catch (cause) {
    throw new DataError(`${what}: the backup is damaged: ${(cause as Error).message}.`, { cause });
  }
}

const numbers = (list: unknown): boolean =>
  Array.isArray(list) && list.every((value) => typeof value === 'number');
