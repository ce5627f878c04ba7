/** Data as fit and evaluate meet them: in the arena as a whole, or as much at a time as there is room for. */
import { type Data, inPieces, slice } from './data.js';
import type { Sequential } from './model.js';
import { Pass } from './pass.js';
import { type Pacer, type SliceReport, slices } from './slices.js';

/** How a pass over the data is made. */
export interface Going {
  readonly pacer: Pacer;
  /** Steps in one slice. */
  readonly most?: number | undefined;
  /** The batch to begin with, the same as `begin` was told. */
  readonly from?: number | undefined;
  /** Takes the steps, if it is not the pass itself. */
  readonly run?: ((size: number, steps: number) => void | Promise<void>) | undefined;
}

export interface Supply {
  readonly batchSize: number;
  /** Brings the data, or the first of them, into the arena. */
  open(pacer: Pacer): Promise<Pass>;
  /** All of the data, or the first of them; there after `open`. */
  readonly data: Data;
  /** How many there are; infinitely many where only reading will tell. */
  readonly examples: number;
  /** Batches an epoch, where that is known. */
  readonly batches: number | undefined;
  /** Whether all are in the arena, so that many epochs can run without anybody being asked. */
  readonly whole: boolean;
  /** Whether an epoch begins where the last one ended, and the source is read again where it ends. */
  readonly endless: boolean;
  /** Begins an epoch, or, at batch `from`, goes on with one that another process began, with its totals. */
  begin(pacer: Pacer, from?: number): Promise<void>;
  /** Goes through an epoch. */
  go(kind: 'train' | 'evaluate', going: Going): AsyncGenerator<SliceReport>;
  /** Tells when other examples have taken the place of those in the arena. */
  onRefill?: () => void;
  /** What was read for the next epoch is for another than that which comes. */
  reset(): void;
  close(): Promise<void>;
}

/** Data that are in the arena as a whole. */
export class Held implements Supply {
  readonly batches: number;
  readonly examples: number;
  readonly whole = true;
  readonly endless = false;
  #pass: Pass | undefined;

  constructor(
    readonly model: Sequential,
    readonly data: Data,
    readonly batchSize: number,
    readonly seed: number,
    readonly shuffle: boolean,
    /** Whether many epochs may run in one go. */
    readonly laps = false,
  ) {
    this.examples = data.x.count;
    this.batches = Math.ceil(data.x.count / batchSize);
  }

  async open(pacer: Pacer): Promise<Pass> {
    const { x, y } = this.data;
    const pass = new Pass(this.model, this.data, { laps: this.laps, empty: true });
    this.#pass = pass;
    pass.seed = this.seed;
    await inPieces(x, pacer, (from, to) => pass.append({ x: slice(x, from, to), y: slice(y, from, to) }));
    return pass;
  }

  async begin(_pacer: Pacer, from = 0): Promise<void> {
    if (this.shuffle) this.#pass?.shuffle(this.seed, this.model.epochsTrained);
    if (from === 0) this.#pass?.rewind();
  }

  reset(): void {}

  go(kind: 'train' | 'evaluate', going: Going): AsyncGenerator<SliceReport> {
    const { batchSize, batches } = this;
    return slices(this.#pass as Pass, kind, { ...going, batchSize, batches });
  }

  async close(): Promise<void> {
    this.#pass?.close();
  }
}
