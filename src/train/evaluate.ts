import { abortSignal, checkConfig, positive, wholeNumber } from '../settings.js';
import type { Data } from './data.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';
import { Pacer } from './slices.js';
import { type Streamable, Streamed } from './streamed.js';
import { Held, type Supply } from './supply.js';

export interface EvaluateOptions {
  batchSize?: number;
  signal?: AbortSignal;
  /** Milliseconds between two looks at the event loop (default 16). */
  timeSlice?: number;
}

export interface EvaluateDatasetOptions extends EvaluateOptions {
  /** Batches that are looked at. Default: all. */
  batches?: number;
}

function check(what: string, options: EvaluateDatasetOptions, known: readonly string[]) {
  checkConfig(what, options, ['batchSize', 'signal', 'timeSlice', ...known]);
  const { batchSize, batches, timeSlice = 16 } = options;
  const signal = abortSignal(`${what}: signal`, options.signal);
  if (batchSize !== undefined) wholeNumber(`${what}: batchSize`, batchSize);
  if (batches !== undefined) wholeNumber(`${what}: batches`, batches);
  positive(`${what}: timeSlice`, timeSlice);
  signal?.throwIfAborted();
  return { batchSize, limit: batches, pacer: new Pacer(timeSlice, signal) };
}

async function results(supply: Supply, pacer: Pacer): Promise<Logs> {
  try {
    const pass = await supply.open(pacer);
    await supply.begin(pacer);
    for await (const _ of supply.go('evaluate', { pacer }));
    return pass.results();
  } finally {
    await supply.close();
  }
}

export async function evaluate(model: Sequential, data: Data, options: EvaluateOptions): Promise<Logs> {
  const { batchSize = 32, pacer } = check('evaluate', options, []);
  return results(new Held(model, data, batchSize, model.seed >>> 0, false), pacer);
}

export async function evaluateDataset(
  model: Sequential,
  source: Streamable,
  options: EvaluateDatasetOptions,
): Promise<Logs> {
  const what = 'evaluateDataset';
  const { batchSize, limit, pacer } = check(what, options, ['batches']);
  const seed = model.seed >>> 0;
  const settings = { batchSize, limit, seed, training: false, names: ['x', 'y'] } as const;
  return results(new Streamed(model, what, source, settings), pacer);
}
