/** What can be done with a stream of examples. Batches only carry them: their sizes mean nothing here. */
import { words } from '../ops/philox.js';
import { type Batch, countOf, type Pair, pairOf, part, Rows, single, tensorOf } from './rows.js';
import type { Tensor } from './tensor.js';

/** Milliseconds that examples are collected for before they are passed on, and how many at most. */
const COLLECTING = 8;
const MOST = 1024;

/** Tells when a batch that is being collected is large enough. */
class Portion {
  #start = performance.now();
  #count = 0;

  full(): boolean {
    this.#count++;
    if (this.#count < MOST && performance.now() - this.#start < COLLECTING) return false;
    this.#start = performance.now();
    this.#count = 0;
    return true;
  }
}

/** Single examples in batches, as they come. */
export async function* together(
  what: string,
  examples: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<Batch> {
  const rows = new Rows(what, 64);
  const portion = new Portion();
  let i = 0;
  for await (const example of examples) {
    rows.put(single(pairOf(`${what}: example ${i++}`, example)), 0);
    if (portion.full()) yield rows.take();
  }
  if (rows.count > 0) yield rows.take();
}

/** An example of a batch, on its own. */
export interface Example {
  readonly x: Tensor;
  readonly y?: Tensor;
}

function example(batch: Batch, i: number): Example {
  const own = ({ data, shape }: Tensor) => tensorOf(data, shape.slice(1));
  const { x, y } = part(batch, i, i + 1);
  return y ? { x: own(x), y: own(y) } : { x: own(x) };
}

/** Batches of exactly `size` examples, the last of what is left. */
export async function* batched(batches: AsyncIterable<Batch>, size: number): AsyncGenerator<Batch> {
  const rows = new Rows('batch', Math.min(size, MOST));
  for await (const batch of batches) {
    const count = countOf(batch);
    let from = 0;
    while (from < count) {
      const to = Math.min(count, from + size - rows.count);
      // Most batches need no copy of their own.
      if (rows.count === 0 && to - from === size) yield part(batch, from, to);
      else {
        rows.add(batch, from, to);
        if (rows.count === size) yield rows.take();
      }
      from = to;
    }
  }
  if (rows.count > 0) yield rows.take();
}

export async function* taken(batches: AsyncIterable<Batch>, most: number): AsyncGenerator<Batch> {
  let left = most;
  if (left === 0) return;
  for await (const batch of batches) {
    const count = Math.min(left, countOf(batch));
    left -= count;
    if (count > 0) yield part(batch, 0, count);
    if (left === 0) return;
  }
}

export async function* skipped(batches: AsyncIterable<Batch>, first: number): AsyncGenerator<Batch> {
  let left = first;
  for await (const batch of batches) {
    const count = countOf(batch);
    const gone = Math.min(left, count);
    left -= gone;
    if (gone < count) yield part(batch, gone, count);
  }
}

export type Change = (example: Example, index: number) => Pair | Promise<Pair>;

export async function* mapped(batches: AsyncIterable<Batch>, change: Change): AsyncGenerator<Batch> {
  yield* together(
    'map',
    (async function* () {
      let i = 0;
      for await (const batch of batches)
        for (let k = 0; k < countOf(batch); k++) yield await change(example(batch, k), i++);
    })(),
  );
}

/** Those examples that a test is true of. */
export async function* kept(
  batches: AsyncIterable<Batch>,
  test: (batch: Batch, i: number, index: number) => unknown,
): AsyncGenerator<Batch> {
  let index = 0;
  for await (const batch of batches) {
    const rows = new Rows('filter', countOf(batch));
    for (let i = 0; i < countOf(batch); i++) if (test(batch, i, index++)) rows.put(batch, i);
    if (rows.count > 0) yield rows.take();
  }
}

export const filtered = (
  batches: AsyncIterable<Batch>,
  test: (example: Example, index: number) => unknown,
): AsyncGenerator<Batch> => kept(batches, (batch, i, index) => test(example(batch, i), index));

/** A whole number from 0 up to below `n`. */
const below = (random: Iterator<number, never>, n: number): number =>
  Math.floor((random.next().value / 2 ** 32) * n);

/**
 * A random order out of a buffer of so many examples: one that is drawn from it leaves, and the next takes
 * its place. With a buffer as large as the data every order is equally likely.
 */
export async function* shuffled(
  batches: AsyncIterable<Batch>,
  size: number,
  seed: number,
  epoch: number,
): AsyncGenerator<Batch> {
  const random = words(seed, epoch);
  const buffer = new Rows('shuffle', Math.min(size, MOST));
  for await (const batch of batches) {
    const count = countOf(batch);
    const out = new Rows('shuffle', count);
    let i = 0;
    while (i < count && buffer.count < size) buffer.put(batch, i++);
    buffer.welcome(batch);
    const held = buffer.all;
    for (; i < count; i++) {
      const drawn = below(random, size);
      out.put(held, drawn);
      buffer.put(batch, i, drawn);
    }
    if (out.count > 0) yield out.take();
  }
  if (buffer.count === 0) return;
  const order = Uint32Array.from({ length: buffer.count }, (_, i) => i);
  const rest = buffer.all;
  for (let from = 0; from < order.length; from += MOST) {
    const to = Math.min(order.length, from + MOST);
    const out = new Rows('shuffle', to - from);
    for (let i = from; i < to; i++) {
      const j = i + below(random, order.length - i);
      [order[i], order[j]] = [order[j], order[i]];
      out.put(rest, order[i]);
    }
    yield out.take();
  }
}

/** Reads so many batches ahead, while those before are worked on. */
export async function* prefetched(batches: AsyncIterable<Batch>, ahead: number): AsyncGenerator<Batch> {
  const inner = batches[Symbol.asyncIterator]();
  const queue: Promise<IteratorResult<Batch>>[] = [];
  try {
    for (;;) {
      while (queue.length < ahead) {
        const next = inner.next();
        // It is awaited below, in its turn.
        next.catch(() => {});
        queue.push(next);
      }
      const { done, value } = await (queue.shift() as Promise<IteratorResult<Batch>>);
      if (done) return;
      yield value;
    }
  } finally {
    await inner.return?.();
  }
}

/**
 * Which part each example goes to, the same for the same seed: of every few examples in a row the right share
 * goes to the first, drawn at random. With `stratify` that holds among the examples of each label.
 */
export class Splitter {
  readonly #share: number;
  readonly #seed: number;
  readonly #stratify: boolean;
  /** Examples that are decided on together. */
  readonly #block: number;
  readonly #strata = new Map<number, { random: Iterator<number, never>; ahead: boolean[]; owed: number }>();

  constructor(share: number, seed: number, stratify: boolean) {
    this.#share = share;
    this.#seed = seed;
    this.#stratify = stratify;
    const whole = Array.from({ length: 20 }, (_, i) => i + 1).find(
      (n) => Math.abs(share * n - Math.round(share * n)) < 1e-9,
    );
    this.#block = whole ?? 16;
  }

  first({ y }: Batch, i: number): boolean {
    const label = this.#stratify && y ? y.data[i] : 0;
    let stratum = this.#strata.get(label);
    if (!stratum) {
      stratum = { random: words(this.#seed, label), ahead: [], owed: 0 };
      this.#strata.set(label, stratum);
    }
    if (stratum.ahead.length === 0) {
      // What rounding leaves out of one block is made up for in the next.
      stratum.owed += this.#share * this.#block;
      const count = Math.floor(stratum.owed + 1e-9);
      stratum.owed -= count;
      stratum.ahead = Array.from({ length: this.#block }, (_, k) => k < count);
      for (let k = this.#block - 1; k > 0; k--) {
        const j = below(stratum.random, k + 1);
        [stratum.ahead[k], stratum.ahead[j]] = [stratum.ahead[j], stratum.ahead[k]];
      }
    }
    return stratum.ahead.pop() as boolean;
  }
}
