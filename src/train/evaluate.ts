import type { TensorLike } from '../data/tensor.js';
import { abortSignal, checkConfig, wholeNumber } from '../settings.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';
import { Pacer, sliceOf } from './slices.js';
import { Held, type Supply } from './supply.js';

export interface EvaluateOptions {
  batchSize?: number;
  signal?: AbortSignal;
  /** Milliseconds between two looks at the event loop. Default 16, on a page's main thread 8. */
  timeSlice?: number;
}

/** Checks the options of evaluate, and what else is known. */
export function evaluateSettings(what: string, options: EvaluateOptions, known: readonly string[]) {
  checkConfig(what, options, ['batchSize', 'signal', 'timeSlice', ...known]);
  const { batchSize } = options;
  const timeSlice = sliceOf(`${what}: timeSlice`, options.timeSlice);
  const signal = abortSignal(`${what}: signal`, options.signal);
  if (batchSize !== undefined) wholeNumber(`${what}: batchSize`, batchSize);
  signal?.throwIfAborted();
  return { batchSize, pacer: new Pacer(timeSlice, signal) };
}

/** Loss and metrics over what a supply brings. */
export async function results(supply: Supply, pacer: Pacer): Promise<Logs> {
  try {
    const pass = await supply.open(pacer);
    await supply.begin(pacer);
    for await (const _ of supply.go('evaluate', { pacer }));
    return pass.results();
  } finally {
    await supply.close();
  }
}

export async function evaluate(
  model: Sequential,
  x: TensorLike,
  y: TensorLike,
  options: EvaluateOptions,
): Promise<Logs> {
  const { batchSize = 32, pacer } = evaluateSettings('evaluate', options, []);
  const data = await model.prepareInPieces('evaluate', x, y, pacer);
  return results(new Held(model, data, batchSize, model.seed >>> 0, false), pacer);
}
