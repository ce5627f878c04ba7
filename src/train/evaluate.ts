import { abortSignal, checkConfig, positive, wholeNumber } from '../settings.js';
import type { Examples } from './data.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';
import { Pass } from './pass.js';
import { Pacer, slices } from './slices.js';

export interface EvaluateOptions {
  batchSize?: number;
  signal?: AbortSignal;
  /** Milliseconds between two looks at the event loop (default 16). */
  timeSlice?: number;
}

export async function evaluate(
  model: Sequential,
  data: { x: Examples; y: Examples },
  options: EvaluateOptions,
): Promise<Logs> {
  checkConfig('evaluate', options, ['batchSize', 'signal', 'timeSlice']);
  const { batchSize = 32, timeSlice = 16 } = options;
  const signal = abortSignal('evaluate: signal', options.signal);
  wholeNumber('evaluate: batchSize', batchSize);
  positive('evaluate: timeSlice', timeSlice);
  signal?.throwIfAborted();
  const pass = new Pass(model, data);
  try {
    for await (const _ of slices(pass, 'evaluate', batchSize, new Pacer(timeSlice, signal)));
    return pass.results();
  } finally {
    pass.close();
  }
}
