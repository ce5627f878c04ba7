import { ConfigError, show } from '../errors.js';
import { maySleep } from '../runtime/pool.js';
import { nextTask } from '../runtime/yield.js';
import type { Pass } from './pass.js';

/**
 * Milliseconds of work between two looks at the event loop, unless users set others. A page's main thread has 16.7 for a
 * frame, and other things to do in them; the first steps, in code that is not optimized yet, take longer than the slice.
 */
const usualSlice = (): number => (maySleep() ? 16 : 8);

/** A setting for it; Infinity never looks. */
export function sliceOf(what: string, value: unknown = usualSlice()): number {
  if (typeof value === 'number' && value > 0) return value;
  throw new ConfigError(`${what} is ${show(value)}; expected milliseconds, above 0.`);
}

/**
 * Keeps long work in pieces: tells how many steps fit into a time slice, lets the event loop run
 * after each slice, and stops where the signal says so. One for a whole fit, so that many short
 * epochs share a slice.
 */
export class Pacer {
  #sliceStart = performance.now();
  readonly #stepTimes = new Map<string, number>();
  /** Milliseconds that others have had so far. */
  #rested = 0;

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

  /** Runs steps and remembers how long they took, rests in between left out. */
  async timed(kind: string, steps: number, work: () => void | Promise<void>): Promise<void> {
    const [start, rested] = [performance.now(), this.#rested];
    await work();
    const took = performance.now() - start - (this.#rested - rested);
    this.#stepTimes.set(kind, Math.max(took / steps, 1e-5));
  }

  /** Whether the slice's time is over. */
  get isOver(): boolean {
    return performance.now() - this.#sliceStart >= this.timeSlice;
  }

  /** Ends the slice. */
  async rest(): Promise<void> {
    const start = performance.now();
    await nextTask();
    this.#sliceStart = performance.now();
    this.#rested += this.#sliceStart - start;
  }

  /** Ends the slice if its time is over. */
  async breathe(): Promise<void> {
    if (this.isOver) await this.rest();
    // Always, since callbacks may raise the signal in the middle of a slice.
    this.signal?.throwIfAborted();
  }
}

/** What the pacer calls steps of a kind and batch size. */
export const stepName = (kind: 'train' | 'evaluate', batch: number): string => `${kind} ${batch}`;

/** How much of a pass is done. */
export interface SliceReport {
  readonly batch: number;
  /** Batches in all, where that is known. */
  readonly batches: number | undefined;
  /** Whether more follow. */
  readonly more: boolean;
}

export interface SliceOptions {
  readonly batchSize: number;
  readonly pacer: Pacer;
  /** Steps in one slice, and in all. */
  readonly most?: number | undefined;
  readonly limit?: number | undefined;
  /** The number of the batch that the pass stands at. */
  readonly from?: number | undefined;
  /** Batches in all, where that is known. */
  readonly batches?: number | undefined;
  /** Takes the steps, if it is not the pass itself. */
  readonly run?: ((size: number, steps: number) => void | Promise<void>) | undefined;
  /** Brings more examples when all that are there are done; whether there were any. */
  readonly refill?: () => Promise<boolean>;
}

/**
 * Goes through the examples of a pass, and through those that `refill` puts in their place, in slices: full
 * batches, then what is left as a smaller one.
 */
export async function* slices(
  pass: Pass,
  kind: 'train' | 'evaluate',
  { batchSize, pacer, most, limit = Number.POSITIVE_INFINITY, from = 0, batches, run, refill }: SliceOptions,
): AsyncGenerator<SliceReport> {
  const take = run ?? ((size: number, steps: number) => pass.run(kind, size, steps));
  for (let batch = from, more = true; more; ) {
    const left = pass.count - pass.cursor;
    const size = Math.min(batchSize, left);
    const program = stepName(kind, size);
    const full = Math.min(Math.floor(left / size), limit - batch);
    const steps = Math.min(pacer.steps(program), full, most ?? full);
    await pacer.timed(program, steps, () => take(size, steps));
    batch += steps;
    more = batch < limit && (pass.cursor < pass.count || ((await refill?.()) ?? false));
    yield { batch, batches, more };
    await pacer.breathe();
  }
}
