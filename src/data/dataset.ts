import { ConfigError, show } from '../errors.js';
import { checkConfig, flag, numberIn, wholeNumber } from '../settings.js';
import { type Elements, repeatable } from './repeatable.js';
import { type Batch, checkBatch, countOf, type Pair, pairOf, part } from './rows.js';
import type { Schema } from './schema.js';
import {
  batched,
  type Change,
  type Example,
  filtered,
  kept,
  mapped,
  prefetched,
  Splitter,
  shuffled,
  skipped,
  taken,
  together,
} from './streams.js';
import type { TensorLike } from './tensor.js';

/** Starts a pass over the data; passes of different epochs may have different orders. */
type Open = (epoch: number) => AsyncIterable<Batch>;

/** What is known of a data set before it is read. */
export interface Facts {
  /** The number of examples. */
  readonly size?: number | undefined;
  /** Set by `batch`. */
  readonly batchSize?: number | undefined;
  /** How columns became numbers. */
  readonly schema?: Schema | undefined;
  /** Whether each pass has an order of its own. */
  readonly shuffled?: boolean;
}

export interface SplitOptions {
  /** Draws which example goes where. Default 0. */
  seed?: number;
  /** Whether the examples of each label y, a single number, are shared out alike. Default false. */
  stratify?: boolean;
}

const seedOf = (what: string, seed: unknown): number => {
  if (Number.isInteger(seed)) return (seed as number) >>> 0;
  throw new ConfigError(`${what}: seed is ${show(seed)}; expected a whole number.`);
};

/**
 * Examples that are read as they are needed, so that they need not fit into memory. Nothing is read before the
 * data set is used, and every pass opens the source anew. Each method gives a new data set and leaves the old one
 * as it is; sizes count examples. It can be looped over, in batches:
 *
 *     for await (const { x, y } of dataset.batch(32)) …        x [32, ...], y [32, ...]
 */
export class Dataset implements AsyncIterable<Batch> {
  readonly #open: Open;
  readonly #facts: Facts;

  /** @internal */
  constructor(open: Open, facts: Facts = {}) {
    this.#open = open;
    this.#facts = facts;
  }

  /** The number of examples; undefined where only reading will tell. */
  get size(): number | undefined {
    return this.#facts.size;
  }

  /** Examples a batch, if `batch` was called. */
  get batchSize(): number | undefined {
    return this.#facts.batchSize;
  }

  /** How the columns of a table become numbers: needed again to predict. Undefined for data that are no table. */
  get schema(): Schema | undefined {
    return this.#facts.schema;
  }

  /** One pass over the data, in the order that belongs to an epoch. */
  open(epoch = 0): AsyncIterator<Batch> & AsyncIterable<Batch> {
    const { batchSize } = this.#facts;
    const batches = nonEmpty(this.#open(epoch));
    return batchSize ? batched(batches, batchSize) : batches;
  }

  /** The first pass: that of epoch 0. */
  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.open(0);
  }

  #then(open: (batches: AsyncIterable<Batch>, epoch: number) => AsyncIterable<Batch>, facts: Facts): Dataset {
    return new Dataset((epoch) => open(this.#open(epoch), epoch), { ...this.#facts, ...facts });
  }

  /** Examples a batch, where it is looped over, and for fitDataset where that is told no batchSize. */
  batch(size: number): Dataset {
    return new Dataset(this.#open, { ...this.#facts, batchSize: wholeNumber('batch: size', size) });
  }

  /**
   * Another order for each epoch, drawn from a buffer of so many examples: the larger, the better mixed. All of the
   * data are mixed evenly by a buffer as large as they are. The same seed (default 0) gives the same orders.
   */
  shuffle(bufferSize: number, seed = 0): Dataset {
    wholeNumber('shuffle: bufferSize', bufferSize);
    const key = seedOf('shuffle', seed);
    return this.#then((batches, epoch) => shuffled(batches, bufferSize, key, epoch), { shuffled: true });
  }

  /** Every example changed by a function, which may be async: `({ x, y }) => ({ x: x.data.map(Math.log), y })`. */
  map(change: Change): Dataset {
    callable('map', change);
    return this.#then((batches) => mapped(batches, change), {});
  }

  /** The examples for which a function returns true. */
  filter(test: (example: Example, index: number) => unknown): Dataset {
    callable('filter', test);
    return this.#then((batches) => filtered(batches, test), { size: undefined });
  }

  /** The first so many examples. */
  take(count: number): Dataset {
    wholeNumber('take: count', count, 0);
    this.#sameEveryTime('take');
    const { size } = this.#facts;
    return this.#then((batches) => taken(batches, count), { size: size && Math.min(size, count) });
  }

  /** All but the first so many examples. */
  skip(count: number): Dataset {
    wholeNumber('skip: count', count, 0);
    this.#sameEveryTime('skip');
    const { size } = this.#facts;
    return this.#then((batches) => skipped(batches, count), { size: size && Math.max(0, size - count) });
  }

  /**
   * Two data sets, of this share of the examples and of the others, drawn at random and the same every time:
   * `const [train, test] = dataset.split(0.8, { seed: 1 })`. Each reads the whole source and leaves out the other's.
   */
  split(share: number, options: SplitOptions = {}): [Dataset, Dataset] {
    numberIn('split: share', share, 0, 1);
    checkConfig('split', options, ['seed', 'stratify']);
    const seed = seedOf('split', options.seed ?? 0);
    const stratify = flag('split: stratify', options.stratify ?? false);
    this.#sameEveryTime('split');
    const side = (first: boolean) =>
      this.#then(
        (batches) => {
          const splitter = new Splitter(share, seed, stratify);
          return kept(batches, (batch, i) => {
            if (stratify) checkLabels(batch);
            return splitter.first(batch, i) === first;
          });
        },
        { size: undefined },
      );
    return [side(true), side(false)];
  }

  /** Reads so many portions ahead while those before are trained on. fitDataset itself reads one ahead. */
  prefetch(count: number): Dataset {
    wholeNumber('prefetch: count', count);
    return this.#then((batches) => prefetched(batches, count), {});
  }

  #sameEveryTime(what: string): void {
    if (!this.#facts.shuffled) return;
    throw new ConfigError(
      `${what}: after shuffle every epoch has another order, so ${what} would choose other examples each time. Call ${what} before shuffle.`,
    );
  }
}

function callable(what: string, value: unknown): void {
  if (typeof value !== 'function') throw new ConfigError(`${what}: got ${show(value)}; expected a function.`);
}

function checkLabels({ x, y }: Batch): void {
  if (y && y.data.length === x.shape[0]) return;
  throw new ConfigError(
    'split: stratify needs targets y that are one number an example, such as the index of a class.',
  );
}

async function* nonEmpty(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  for await (const batch of batches) if (countOf(batch) > 0) yield batch;
}

/** Bytes of x in a portion of data that are in memory anyway. */
const PORTION = 2 ** 20;

/** A data set of what is in memory: x [n, ...] and, unless it is for predicting, y [n, ...]. */
export function tensors(x: TensorLike, y?: TensorLike): Dataset {
  const whole = pairOf('data.tensors', y === undefined ? { x } : { x, y });
  const count = checkBatch('data.tensors', whole);
  const rows = Math.max(1, Math.floor(PORTION / Math.max(1, whole.x.data.byteLength / Math.max(1, count))));
  return new Dataset(
    async function* () {
      for (let from = 0; from < count; from += rows) yield part(whole, from, Math.min(count, from + rows));
    },
    { size: count },
  );
}

/**
 * A data set of single examples, { x, y } or [x, y], from a list, a generator function or anything that can be looped
 * over; a function is called anew for each epoch, with its number.
 *
 *     data.examples(async function* () { for await (const row of database) yield { x: row.values, y: row.label }; })
 */
export const examples = (elements: Elements<Pair>): Dataset =>
  new Dataset(opening('data.examples', elements, together), { size: sizeOfList(elements) });

/** A data set of ready batches, { x, y } or [x, y], the first axis of each counting examples. */
export const batches = (elements: Elements<Pair>): Dataset =>
  new Dataset(
    opening('data.batches', elements, async function* (what, items) {
      let i = 0;
      for await (const item of items) {
        const batch = pairOf(`${what}: batch ${i}`, item);
        checkBatch(`${what}: batch ${i++}`, batch);
        yield batch;
      }
    }),
  );

const sizeOfList = (elements: unknown): number | undefined =>
  Array.isArray(elements) ? elements.length : undefined;

function opening<T>(
  what: string,
  elements: Elements<T>,
  read: (what: string, items: AsyncIterable<T> | Iterable<T>) => AsyncIterable<Batch>,
): Open {
  const open = repeatable(what, elements);
  return async function* (epoch) {
    yield* read(what, await open(epoch));
  };
}
