import { nextTask } from '../runtime/yield.js';
import type { Pass } from './pass.js';

/**
 * Keeps long work in pieces: tells how many steps fit into a time slice, lets the event loop run
 * after each slice, and stops where the signal says so. One for a whole fit, so that many short
 * epochs share a slice.
 */
export class Pacer {
  #sliceStart = performance.now();
  readonly #stepTimes = new Map<string, number>();

  constructor(
    /** Milliseconds of work between two looks at the event loop. */
    readonly timeSlice: number,
    readonly signal: AbortSignal | undefined,
  ) {}

  /** How many steps of a kind fit into what is left of the slice; at least one. */
  steps(kind: string): number {
    const perStep = this.#stepTimes.get(kind);
    const left = this.timeSlice - (performance.now() - this.#sliceStart);
    return perStep === undefined ? 1 : Math.max(1, Math.floor(left / perStep));
  }

  /** Runs steps and remembers how long they took. */
  timed(kind: string, steps: number, work: () => void): void {
    const start = performance.now();
    work();
    this.#stepTimes.set(kind, Math.max((performance.now() - start) / steps, 1e-5));
  }

  /** Ends the slice if its time is over. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#sliceStart >= this.timeSlice) {
      await nextTask();
      this.#sliceStart = performance.now();
    }
    // Always, since callbacks may raise the signal in the middle of a slice.
    this.signal?.throwIfAborted();
  }
}

/** What the pacer calls steps of a kind and batch size. */
export const stepName = (kind: 'train' | 'evaluate', batch: number): string => `${kind} ${batch}`;

/** How much of a pass is done. */
export interface SliceReport {
  readonly batch: number;
  readonly batches: number;
}

/**
 * Runs a whole pass over the data in slices, of at most `most` steps: full batches, then what is left
 * as a smaller one, from batch `from` on. `run` takes the steps, if it is not the pass itself.
 */
export async function* slices(
  pass: Pass,
  kind: 'train' | 'evaluate',
  batchSize: number,
  pacer: Pacer,
  {
    most = Number.POSITIVE_INFINITY,
    from = 0,
    run = (size: number, steps: number) => pass.run(kind, size, steps),
  }: {
    most?: number | undefined;
    from?: number;
    run?: ((size: number, steps: number) => void) | undefined;
  } = {},
): AsyncGenerator<SliceReport> {
  const full = Math.floor(pass.count / batchSize);
  const rest = pass.count % batchSize;
  const batches = full + (rest > 0 ? 1 : 0);
  for (let batch = from; batch < batches; ) {
    const size = batch < full ? batchSize : rest;
    const program = stepName(kind, size);
    const steps = batch < full ? Math.min(pacer.steps(program), full - batch, most) : 1;
    pacer.timed(program, steps, () => run(size, steps));
    batch += steps;
    yield { batch, batches };
    await pacer.breathe();
  }
}
