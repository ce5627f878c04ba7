/** Data that stream through the arena: as much at a time as there is room for, many batches in one go. */
import { type Elements, repeatable } from '../data/repeatable.js';
import { type Batch, checkBatch, countOf, type Pair, pairOf, part, Rows, single } from '../data/rows.js';
import { DataError } from '../errors.js';
import { type Shape, sameShape } from '../graph/shape.js';
import { type Data, isDataset } from './data.js';
import type { Sequential } from './model.js';
import { Pass } from './pass.js';
import { type Pacer, type SliceReport, slices } from './slices.js';
import type { Going, Supply } from './supply.js';

/** What streams: a data set, or whatever gives batches when it is looped over, or a function that gives such. */
export type Streamable = Opens | Elements<Pair>;

/** The part of a data set that is needed here. */
export interface Opens {
  open(epoch: number): AsyncIterable<Batch>;
  readonly size?: number | undefined;
  readonly batchSize?: number | undefined;
  /** How the rows of a table became numbers. */
  readonly schema?: object | undefined;
}

/** Bytes of examples that are in the arena at a time, and batches at most. */
const STAGE_BYTES = 8 * 2 ** 20;
const STAGE_BATCHES = 1024;

export interface StreamOptions {
  readonly batchSize: number | undefined;
  /** Batches an epoch; without it an epoch is one pass over the data. */
  readonly limit: number | undefined;
  /**
   * Training has other orders in other epochs, and epochs of a given number of batches go on where the last one ended.
   * Else every pass is the same.
   */
  readonly training: boolean;
  /** Draws dropout. */
  readonly seed: number;
  /** What messages call x and y. */
  readonly names: readonly [string, string];
}

export class Streamed implements Supply {
  readonly whole = false;
  readonly batchSize: number;
  readonly examples: number;
  onRefill?: () => void;
  readonly #model: Sequential;
  readonly #what: string;
  readonly #source: Opens;
  readonly #options: StreamOptions;
  readonly endless: boolean;
  #pass: Pass | undefined;
  #data: Data | undefined;
  #room = 0;
  #batches: number | undefined;
  /** Number of the next pass over an endless source. */
  #round: number;
  /** The running pass, and what it will give next. */
  #iterator: AsyncIterator<Batch> | undefined;
  #next: Promise<IteratorResult<Batch>> | undefined;
  #waiting = false;
  /** What has been read and found no room yet. */
  #rest: Batch | undefined;
  /** Examples of this pass that are in the arena or have been. */
  #read = 0;
  /** The arena holds the beginning of the next epoch. */
  #ready = false;

  constructor(model: Sequential, what: string, source: Streamable, options: StreamOptions) {
    this.#model = model;
    this.#what = what;
    this.#source = opens(what, source, () => (model.built ? model.inputShape : model.layers[0]?.inputShape));
    this.#options = options;
    this.endless = options.training && options.limit !== undefined;
    this.#round = model.epochsTrained;
    this.batchSize = options.batchSize ?? this.#source.batchSize ?? 32;
    const { size } = this.#source;
    this.examples = size ?? Number.POSITIVE_INFINITY;
    const all = size === undefined ? undefined : Math.ceil(size / this.batchSize);
    this.#batches = this.endless ? options.limit : smaller(options.limit, all);
  }

  get batches(): number | undefined {
    return this.#batches;
  }

  get data(): Data {
    return this.#data as Data;
  }

  async open(pacer: Pacer): Promise<Pass> {
    this.#start();
    const first = await this.#first(pacer);
    this.#data = this.#prepare(first);
    const { schema } = this.#source;
    if (this.#options.training && schema) this.#model.schema = schema;
    this.#read = countOf(first);
    this.#pass = new Pass(this.#model, this.#data, { room: this.#room });
    this.#pass.seed = this.#options.seed;
    this.#ready = true;
    return this.#pass;
  }

  /** Begins to read the source from its beginning. */
  #start(): void {
    const { training } = this.#options;
    const epoch = this.endless ? this.#round++ : training ? this.#model.epochsTrained : 0;
    this.#read = 0;
    this.#rest = undefined;
    this.#iterator = this.#source.open(epoch)[Symbol.asyncIterator]();
    this.#ahead();
  }

  /** Lets the source read on while those examples that are there are trained on. */
  #ahead(): void {
    this.#waiting = true;
    const next = (this.#iterator as AsyncIterator<Batch>).next();
    this.#next = next;
    const arrived = () => {
      this.#waiting = false;
    };
    // A failure is met by whoever awaits it.
    next.then(arrived, arrived);
  }

  /** The next batch as the source gives it; undefined at its end. */
  async #batch(pacer: Pacer): Promise<Batch | undefined> {
    if (this.#rest) {
      const rest = this.#rest;
      this.#rest = undefined;
      return rest;
    }
    if (!this.#next) return undefined;
    const { done, value } = await orAborted(this.#next, pacer.signal);
    if (done) {
      this.#next = undefined;
      return undefined;
    }
    this.#ahead();
    return value;
  }

  /** The next batch; of an endless source, which is read again where it ends, unless it turns out empty. */
  async #more(pacer: Pacer): Promise<Batch | undefined> {
    const batch = await this.#batch(pacer);
    if (batch || !this.endless) return batch;
    this.#start();
    return this.#batch(pacer);
  }

  /** The first examples together, as many as there will be room for. */
  async #first(pacer: Pacer): Promise<Batch> {
    const rows = new Rows(this.#what, this.batchSize);
    while (this.#room === 0 || rows.count < this.#room) {
      const batch = await this.#more(pacer);
      if (!batch) break;
      this.#room ||= this.#roomFor(batch);
      const fits = this.#fitting(batch, this.#room - rows.count);
      rows.add(batch, 0, fits);
      await pacer.breathe();
    }
    if (rows.count === 0)
      throw new DataError(
        `${this.#what}: ${this.#options.names[0]} has no examples; at least one is needed.`,
      );
    // The source has ended before it was full: so much room is enough.
    if (!this.endless && rows.count < this.#room)
      this.#room = Math.ceil(rows.count / this.batchSize) * this.batchSize;
    return rows.take();
  }

  /** How many examples of a batch find room; the others are kept for later. */
  #fitting(batch: Batch, room: number): number {
    const fits = Math.min(countOf(batch), room);
    if (fits < countOf(batch)) this.#rest = part(batch, fits, countOf(batch));
    return fits;
  }

  #roomFor({ x, y }: Batch): number {
    const bytes = (x.data.byteLength + (y?.data.byteLength ?? 0)) / x.shape[0];
    const batches = Math.floor(STAGE_BYTES / Math.max(1, bytes) / this.batchSize);
    return (
      this.batchSize * Math.min(STAGE_BATCHES, this.#options.limit ?? STAGE_BATCHES, Math.max(1, batches))
    );
  }

  /** Puts other examples in the place of those in the arena; whether there were any. */
  async #refill(pacer: Pacer): Promise<boolean> {
    const pass = this.#pass as Pass;
    pass.clear();
    while (pass.count < this.#room) {
      const batch = await this.#more(pacer);
      if (!batch) break;
      const fits = this.#fitting(batch, this.#room - pass.count);
      pass.append(this.#prepare(part(batch, 0, fits)));
      this.#read += fits;
      await pacer.breathe();
    }
    if (pass.count > 0) this.onRefill?.();
    return pass.count > 0;
  }

  #prepare({ x, y }: Batch): Data {
    const { names } = this.#options;
    if (!y) {
      throw new DataError(
        `${this.#what}: the examples have no targets ${names[1]}; give { x, y }, or name the column to predict as label.`,
      );
    }
    const where = this.#read > 0 ? ` (from example ${this.#read} on)` : '';
    return this.#model.prepare(this.#what, x, y, [names[0] + where, names[1] + where]);
  }

  async begin(pacer: Pacer, from = 0): Promise<void> {
    const pass = this.#pass as Pass;
    const left = this.#ready || (this.endless && pass.cursor < pass.count);
    this.#ready = false;
    if (!left) {
      if (!this.endless) {
        await this.#stop();
        this.#start();
        await this.#passOver(from * this.batchSize, pacer);
      }
      if (!(await this.#refill(pacer)))
        throw new DataError(`${this.#what}: ${this.#options.names[0]} gave no examples this time.`);
    }
    if (from === 0) pass.restart();
  }

  /** Leaves out examples that were trained on already. */
  async #passOver(count: number, pacer: Pacer): Promise<void> {
    for (let left = count; left > 0; await pacer.breathe()) {
      const batch = await this.#batch(pacer);
      if (!batch) return;
      const gone = Math.min(left, countOf(batch));
      if (gone < countOf(batch)) this.#rest = part(batch, gone, countOf(batch));
      left -= gone;
    }
    this.#read = count;
  }

  reset(): void {
    this.#ready = false;
  }

  async *go(kind: 'train' | 'evaluate', going: Going): AsyncGenerator<SliceReport> {
    const options = {
      ...going,
      batchSize: this.batchSize,
      limit: this.#options.limit,
      batches: this.#batches,
      refill: () => this.#refill(going.pacer),
    };
    let batches = 0;
    for await (const report of slices(this.#pass as Pass, kind, options)) {
      batches = report.batch;
      yield report;
    }
    this.#batches = batches;
  }

  /** Lets go of the source; one that is waited for may take its time to hear of it. */
  async #stop(): Promise<void> {
    const iterator = this.#iterator;
    this.#iterator = undefined;
    this.#next = undefined;
    const stopped = iterator?.return?.();
    stopped?.catch(() => {});
    if (!this.#waiting) await stopped;
  }

  async close(): Promise<void> {
    this.#pass?.close();
    await this.#stop();
  }
}

const smaller = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** The result of a promise, unless the signal is raised first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * A data set; or what an iterable or function gives: batches, as in Keras, or single examples where x has just the
 * shape that the model takes.
 */
function opens(what: string, value: unknown, inputShape: () => Shape | undefined): Opens {
  if (isDataset(value)) return value as Opens;
  const expected = 'a data set, such as data.csv(path, ...) or data.tensors(x, y), or a generator function';
  const open = repeatable(what, value as Elements<Pair>, expected);
  return {
    async *open(epoch) {
      let i = 0;
      for await (const item of await open(epoch)) {
        const name = `${what}: element ${i++}`;
        const pair = pairOf(name, item);
        const shape = inputShape();
        const batch = shape && sameShape(pair.x.shape, shape) ? single(pair) : pair;
        if (checkBatch(name, batch) > 0) yield batch;
      }
    },
  };
}
