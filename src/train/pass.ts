import { type Examples, storageOf } from './data.js';
import type { Executor } from '../runtime/executor.js';
import type { Sequential, StepKind } from './model.js';
import type { Feed } from './steps.js';

/**
 * A data set in the arena, a position in it, and running totals of loss and metrics. Every run sets
 * the model's cells first and reads them afterwards, so passes may take turns at any moment.
 */
export class Pass {
  readonly feed: Feed;
  readonly count: number;
  readonly #model: Sequential;
  /** Kept, so that memory can be given back whatever becomes of the model. */
  readonly #executor: Executor;
  readonly #addresses: { x: number; y: number; index: number };
  #cursor = 0;
  #totals: number[] = [];
  /** Examples that the totals are over. */
  #seen = 0;
  /** Draws dropout: the model's seed, unless fit is given one. */
  seed: number;

  constructor(model: Sequential, { x, y }: { x: Examples; y: Examples }) {
    this.#model = model;
    this.#executor = model.executor;
    this.seed = model.seed >>> 0;
    this.count = x.count;
    const feed = { xShape: x.shape, xStorage: storageOf(x.data), yShape: y.shape, yStorage: storageOf(y.data) };
    this.feed = { ...feed, key: JSON.stringify(feed) };
    const { arena } = this.#executor;
    const held: number[] = [];
    try {
      const put = ({ data }: Examples, purpose: string): number => {
        const address = arena.allocate(data.byteLength, purpose);
        held.push(address);
        arena.views.u8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
        return address;
      };
      this.#addresses = { x: put(x, 'the examples'), y: put(y, 'the targets'), index: arena.allocate(x.count * 4, 'the order of examples') };
    } catch (error) {
      for (const address of held) arena.release(address);
      throw error;
    }
    const { index } = this.#addresses;
    const { u32 } = arena.views;
    for (let i = 0; i < this.count; i++) u32[index / 4 + i] = i;
  }

  /** Puts the examples in the order that belongs to a seed and an epoch. */
  shuffle(seed: number, epoch: number): void {
    this.#executor.arena.kernels.shuffle(this.#addresses.index, this.count, seed, epoch);
  }

  /** Back to the first example, with empty totals. */
  rewind(): void {
    this.#cursor = 0;
    this.#totals = [];
    this.#seen = 0;
  }

  /** Runs a program on the next `steps` batches. */
  run(kind: StepKind, batch: number, steps: number): void {
    const { loaded } = this.#model.program(kind, this.feed, batch);
    const { cells } = this.#model.compiled(kind).parts;
    const { u32, f64 } = this.#executor.arena.views;
    const totals = [cells.lossTotal, ...cells.metricTotals];
    u32[cells.xTable.address / 4] = this.#addresses.x;
    u32[cells.yTable.address / 4] = this.#addresses.y;
    u32[cells.index.address / 4] = this.#addresses.index;
    u32[cells.cursor.address / 4] = this.#cursor;
    u32[cells.seed.address / 4] = this.seed;
    totals.forEach((total, i) => {
      f64[total.address / 8] = this.#totals[i] ?? 0;
    });
    this.#executor.run(loaded, steps);
    this.#totals = totals.map((total) => f64[total.address / 8]);
    this.#cursor += batch * steps;
    this.#seen += batch * steps;
  }

  /** Mean loss and metrics since the last rewind. */
  results(): Record<string, number> {
    const { metrics } = this.#model.compiled('results');
    const names = ['loss', ...metrics.map(({ name }) => name)];
    return Object.fromEntries(names.map((name, i) => [name, this.#totals[i] / this.#seen]));
  }

  /** The sum of the loss over all examples since the last rewind, and how many there were. */
  get total(): { readonly loss: number; readonly seen: number } {
    return { loss: this.#totals[0] ?? 0, seen: this.#seen };
  }

  /** Does something with the data from example `from` on, and then goes on from where it was, with the same totals. */
  aside<T>(from: number, work: () => T): T {
    const [cursor, totals, seen] = [this.#cursor, this.#totals, this.#seen];
    this.rewind();
    this.#cursor = from;
    try {
      return work();
    } finally {
      [this.#cursor, this.#totals, this.#seen] = [cursor, totals, seen];
    }
  }

  /** Gives the memory back. */
  close(): void {
    const { arena } = this.#executor;
    for (const address of Object.values(this.#addresses)) arena.release(address);
  }
}
