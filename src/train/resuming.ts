/** Reading backups. Loaded when a fit goes on from one. */
import { isTensor } from '../data/tensor.js';
import { ConfigError, DataError } from '../errors.js';
import { readPlain } from '../formats/readPlain.js';
import { unseal } from '../formats/unseal.js';
import { checkConfig, flag, wholeNumber } from '../settings.js';
import type { FitIdentity, FitState } from './backup.js';
import type { Sequential } from './model.js';
import { parse, putState, valuesFor } from './reading.js';
import { descriptionOf } from './saving.js';
import type { Counters } from './state.js';

/** What fits have a number of. */
const counted = ['examples', 'callbacks'];

/** The library's own callbacks name themselves in their state. */
const callbackOf = (state: unknown): unknown =>
  typeof state === 'object' && state !== null && 'callback' in state ? state.callback : undefined;

/** Checks a backup against the model and the fit; returns the state, and a function that puts the model's part in place. */
export function readBackup(
  what: string,
  model: Sequential,
  own: FitIdentity,
  callbacks: readonly unknown[],
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
    if (was === value) continue;
    if (name === 'data') throw differs('training data');
    throw differs(counted.includes(name) ? `number of ${name}` : name, was, value);
  }
  for (const [i, fresh] of callbacks.entries()) {
    const [was, is] = [state.callbacks[i], fresh].map(callbackOf);
    // One that has learnt nothing yet may have no state, but one that has a state from the beginning is another.
    if (was !== is || (fresh !== null && state.callbacks[i] === null))
      throw differs(`callback number ${i + 1}`, was ?? 'of your own', is ?? 'of your own');
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
