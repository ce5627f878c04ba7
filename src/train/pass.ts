import { Storage } from '../../assembly/opcodes.js';
import type { TensorData } from '../data/tensor.js';
import { DataError } from '../errors.js';
import { sizeOf } from '../graph/shape.js';
import type { Executor } from '../runtime/executor.js';
import { type Data, type Examples, storageOf } from './data.js';
import type { Logs } from './history.js';
import type { Sequential, StepKind } from './model.js';
import { type Feed, MOST_LAPS } from './steps.js';

/** Examples that the list of indices has room for when a small data set is repeated in it. */
const INDEX_ROOM = 32768;

export interface PassState {
  readonly cursor: number;
  readonly totals: readonly number[];
  readonly seen: number;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TensorData): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Numbers in the kind of storage that those before them have. */
function inStorage(what: string, data: TensorData, storage: Storage): TensorData {
  if (storageOf(data) === storage) return data;
  if (storage === Storage.F32) return Float32Array.from(data);
  const whole = storage === Storage.I32 ? Int32Array.from(data) : Uint8Array.from(data);
  const odd = data.findIndex((value, i) => value !== whole[i]);
  if (odd < 0) return whole;
  throw new DataError(
    `${what} holds ${data[odd]}, and the first examples were ${storage === Storage.I32 ? 'whole numbers' : 'bytes'}, as which all are kept; ` +
      'give all of them as the same kind, such as Float32Array.',
  );
}

/**
 * A data set in the arena, a position in it, and running totals of loss and metrics. Every run sets
 * the model's cells first and reads them afterwards, so passes may take turns at any moment.
 */
export class Pass {
  readonly feed: Feed;
  /** Epochs that can run in one go: how often the data set fits into the list of indices. */
  readonly mostEpochs: number;
  readonly #model: Sequential;
  /** Kept, so that memory can be given back whatever becomes of the model. */
  readonly #executor: Executor;
  readonly #addresses: { x: number; y: number; index: number };
  #count: number;
  #cursor = 0;
  #totals: number[] = [];
  /** Examples that the totals are over. */
  #seen = 0;
  /** Draws dropout: the model's seed, unless fit is given one. */
  seed: number;

  /**
   * `laps` makes room for many epochs of a small data set in one go, `room` for so many examples in the place of these;
   * `empty` leaves the data to `append`.
   */
  constructor(
    model: Sequential,
    { x, y }: Data,
    {
      laps = false,
      room = x.count,
      empty = false,
    }: { readonly laps?: boolean; readonly room?: number; readonly empty?: boolean } = {},
  ) {
    this.#model = model;
    this.#executor = model.executor;
    this.seed = model.seed >>> 0;
    this.#count = empty ? 0 : x.count;
    this.mostEpochs = laps ? Math.max(1, Math.min(MOST_LAPS, Math.floor(INDEX_ROOM / x.count))) : 1;
    const feed = {
      xShape: x.shape,
      xStorage: storageOf(x.data),
      yShape: y.shape,
      yStorage: storageOf(y.data),
    };
    this.feed = { ...feed, key: JSON.stringify(feed) };
    const { arena } = this.#executor;
    const held: number[] = [];
    try {
      const put = ({ data, shape }: Examples, purpose: string): number => {
        const address = arena.allocate(room * sizeOf(shape) * data.BYTES_PER_ELEMENT, purpose);
        held.push(address);
        if (!empty) arena.views.u8.set(bytesOf(data), address);
        return address;
      };
      this.#addresses = {
        x: put(x, 'the examples'),
        y: put(y, 'the targets'),
        index: arena.allocate(room * this.mostEpochs * 4, 'the order of examples'),
      };
    } catch (error) {
      for (const address of held) arena.release(address);
      throw error;
    }
    const { index } = this.#addresses;
    const { u32 } = arena.views;
    for (let i = 0; i < room; i++) u32[index / 4 + i] = i;
    for (let lap = 1; lap < this.mostEpochs; lap++)
      u32.copyWithin(index / 4 + lap * room, index / 4, index / 4 + room);
  }

  /** Examples that are there. */
  get count(): number {
    return this.#count;
  }

  /** The next example's place in the order. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Forgets the examples, to take in others; the totals go on. */
  clear(): void {
    this.#count = 0;
    this.#cursor = 0;
  }

  /** Takes in more examples behind those that are there; they must fit into the room. */
  append({ x, y }: Data): void {
    const put = ({ shape }: Examples, stored: TensorData, address: number): void => {
      const at = this.#count * sizeOf(shape) * stored.BYTES_PER_ELEMENT;
      this.#executor.arena.views.u8.set(bytesOf(stored), address + at);
    };
    const [xs, ys] = [inStorage('x', x.data, this.feed.xStorage), inStorage('y', y.data, this.feed.yStorage)];
    put(x, xs, this.#addresses.x);
    put(y, ys, this.#addresses.y);
    this.#count += x.count;
  }

  /** Puts the examples in the order that belongs to a seed and an epoch; `lap` of those that run in one go. */
  shuffle(seed: number, epoch: number, lap = 0): void {
    const { index } = this.#addresses;
    this.#executor.arena.kernels.shuffle(index + lap * this.count * 4, this.count, seed, epoch);
  }

  /** Back to the first example, with empty totals. */
  rewind(): void {
    this.#cursor = 0;
    this.restart();
  }

  /** Empty totals, from where it stands. */
  restart(): void {
    this.#totals = [];
    this.#seen = 0;
  }

  /**
   * Trains several whole epochs in one go, in the orders of `shuffle`; the loss and metrics of each. The
   * batch must divide the data.
   */
  runEpochs(batch: number, epochs: number): Logs[] {
    this.rewind();
    const perEpoch = this.count / batch;
    this.run('train', batch, epochs * perEpoch, perEpoch);
    const { log, totals } = this.#model.compiled('fit').parts.cells;
    const n = totals.shape[0];
    const { f64 } = this.#executor.arena.views;
    return Array.from({ length: epochs }, (_, row) =>
      this.#means(f64, this.count, log.address / 8 + row * n),
    );
  }

  /** Runs a program on the next `steps` batches; with a `lap`, totals go to the log after every so many. */
  run(kind: StepKind, batch: number, steps: number, lap = 0): void {
    const { loaded } = this.#model.program(kind, this.feed, batch);
    const { cells } = this.#model.compiled(kind).parts;
    const { u32, f64 } = this.#executor.arena.views;
    const totals = cells.totals.address / 8;
    const count = cells.totals.shape[0];
    u32[cells.xTable.address / 4] = this.#addresses.x;
    u32[cells.yTable.address / 4] = this.#addresses.y;
    u32[cells.index.address / 4] = this.#addresses.index;
    u32[cells.cursor.address / 4] = this.#cursor;
    u32[cells.seed.address / 4] = this.seed;
    u32.set([0, lap, 0], cells.lap.address / 4);
    for (let i = 0; i < count; i++) f64[totals + i] = this.#totals[i] ?? 0;
    this.#executor.run(loaded, steps);
    this.#totals = Array.from(f64.subarray(totals, totals + count));
    this.#cursor += batch * steps;
    this.#seen += batch * steps;
  }

  /** Mean loss and metrics since the last rewind. */
  results(): Logs {
    return this.#means(this.#totals, this.#seen);
  }

  /** Of the sums that stand in `totals` from `at` on. */
  #means(totals: ArrayLike<number>, examples: number, at = 0): Logs {
    const logs: Logs = { loss: totals[at] / examples };
    for (const { name } of this.#model.compiled('results').metrics) logs[name] = totals[++at] / examples;
    return logs;
  }

  /** The sum of the loss over all examples since the last rewind, and how many there were. */
  get total(): { readonly loss: number; readonly seen: number } {
    return { loss: this.#totals[0] ?? 0, seen: this.#seen };
  }

  /** Where the pass is and what it has summed up, to go on from another day. */
  get state(): PassState {
    return { cursor: this.#cursor, totals: [...this.#totals], seen: this.#seen };
  }

  set state({ cursor, totals, seen }: PassState) {
    [this.#cursor, this.#totals, this.#seen] = [cursor, [...totals], seen];
  }

  /** Does something with the data from example `from` on, and then goes on from where it was, with the same totals. */
  aside<T>(from: number, work: () => T): T {
    const { state } = this;
    this.rewind();
    this.#cursor = from;
    try {
      return work();
    } finally {
      this.state = state;
    }
  }

  /** Goes on from example `from`. */
  moveTo(from: number): void {
    this.#cursor = from;
  }

  /** Gives the memory back. */
  close(): void {
    const { arena } = this.#executor;
    for (const address of Object.values(this.#addresses)) arena.release(address);
  }
}
