import { nextTask } from '../runtime/yield.js';
import type { Pass } from './pass.js';

export interface SliceOptions {
  /** Milliseconds of work between two looks at the event loop. Default 16: a page stays smooth. */
  readonly timeSlice: number;
  readonly signal: AbortSignal | undefined;
  /** Steps in a slice at most; 1 when somebody wants to hear of every batch. */
  readonly most?: number;
}

/** How much of a pass is done. */
export interface SliceReport {
  readonly batch: number;
  readonly batches: number;
}

/**
 * Runs a whole pass over the data in slices: full batches, then what is left as a smaller one. Yields
 * to the event loop between slices, and stops where the signal says so.
 */
export async function* slices(
  pass: Pass,
  kind: 'train' | 'evaluate',
  batchSize: number,
  { timeSlice, signal, most = Number.POSITIVE_INFINITY }: SliceOptions,
): AsyncGenerator<SliceReport> {
  const full = Math.floor(pass.count / batchSize);
  const rest = pass.count % batchSize;
  const batches = full + (rest > 0 ? 1 : 0);
  let perStep = 0;
  for (let batch = 0; batch < batches; ) {
    signal?.throwIfAborted();
    const fits = perStep > 0 ? Math.max(1, Math.floor(timeSlice / perStep)) : 1;
    const steps = batch < full ? Math.min(fits, full - batch, most) : 1;
    const start = performance.now();
    pass.run(kind, batch < full ? batchSize : rest, steps);
    // The first steps also compile; a later slice corrects the estimate.
    perStep = Math.max((performance.now() - start) / steps, 1e-4);
    batch += steps;
    yield { batch, batches };
    await nextTask();
  }
  signal?.throwIfAborted();
}
