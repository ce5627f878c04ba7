import { BARRIER_ARRIVED, BARRIER_BROKEN, BARRIER_SLEEPERS, MAIN_MAY_SLEEP } from '../../assembly/opcodes.js';
import type { Plan } from '../compile/plan.js';
import { addressOf, type Bases, emit, smallestTile } from '../compile/program.js';
import { ThreadError } from '../errors.js';
import { bytesOf, type Node } from '../graph/node.js';
import type { Tile } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import { Arena } from './arena.js';
import { threadCount, threadPool } from './engine.js';
import { maySleep, type Pool } from './pool.js';
import { bestTile } from './tile.js';

/** A program in the arena, ready to run. */
export interface Loaded {
  readonly plan: Plan;
  words: Int32Array;
  /** Address of the constants; the code follows them. */
  block: number;
  /** Where the scratch was when the words were made. */
  scratch: number;
  /** The tile of matrix products in the words. */
  tile: Tile;
  /** Whether it has matrix products large enough for the tile to matter. */
  readonly large: boolean;
  /** Milliseconds a step took lately, on one thread and on all. */
  readonly pace: { one: number; all: number };
  runs: number;
}

/** Models with fewer weights than this never do enough at once for a second thread to pay. */
const SMALL_MODEL = 10_000;

/** Multiply-adds from which on the tile of a matrix product matters. */
const LARGE_PRODUCT = 250_000;

/**
 * Runs after which the way that was slower is tried again; before, after twice as many each time, since the
 * first runs are through code that the JavaScript engine has not optimized yet.
 */
const RECONSIDER = 64;

/**
 * Milliseconds that a thread takes to start. Programs that could use it run as long without: a script that takes a step or
 * two, or predicts, then never waits for threads, and any other loses no more than that.
 */
const THREAD_START = 30;

/** Milliseconds that programs, of whichever model, have run alone that could have used more threads. */
let alone = 0;

/** When an executor is collected, the workers let go of its memory. Not every platform without threads has such a registry. */
let registry: FinalizationRegistry<{ pool: Pool; model: number }> | undefined;
const collected = () => {
  registry ??= new FinalizationRegistry(({ pool, model }) => pool.detach(model));
  return registry;
};

/** Runs programs of one model. They take turns, so they share one scratch area, as large as the largest needs. */
export class Executor {
  readonly arena: Arena;
  /** Threads that programs are planned for; 1 where a model is small or memory cannot be shared. */
  readonly threads: number;
  #attached: { pool: Pool; model: number } | undefined;
  #scratch = 0;
  #scratchBytes = 0;

  constructor(weights = 0) {
    this.threads = weights < SMALL_MODEL ? 1 : threadCount();
    this.arena = new Arena(this.threads > 1);
    this.arena.views.i32[MAIN_MAY_SLEEP / 4] = Number(maySleep());
  }

  /** Finds room for variables, one after the other at multiples of 16 bytes, all zeros. Returns the block's address. */
  place(variables: readonly Variable[], purpose: string): number {
    const offsets: number[] = [];
    const end = variables.reduce((at, variable) => {
      offsets.push(at);
      return at + Math.ceil((sizeOf(variable.shape) * bytesOf[variable.dtype]) / 16) * 16;
    }, 0);
    const start = this.arena.allocate(end, purpose);
    for (const [i, variable] of variables.entries()) variable.address = start + offsets[i];
    return start;
  }

  load(plan: Plan): Loaded {
    if (plan.scratchBytes > this.#scratchBytes) {
      const larger = this.arena.allocate(plan.scratchBytes, 'activations and gradients');
      if (this.#scratchBytes > 0) this.arena.release(this.#scratch);
      this.#scratch = larger;
      this.#scratchBytes = plan.scratchBytes;
    }
    const length = emit(plan, { scratch: 0, constants: 0 }).length;
    const block = this.arena.allocate(plan.constantBytes + length * 4, 'a program');
    const loaded: Loaded = {
      plan,
      words: new Int32Array(),
      block,
      scratch: -1,
      tile: smallestTile,
      large: plan.steps.some(({ node }) => (node.op.cost?.(node) ?? 0) >= LARGE_PRODUCT),
      pace: { one: 0, all: 0 },
      runs: 0,
    };
    const { f32, u32 } = this.arena.views;
    for (const node of plan.constants) {
      const { values } = node.attributes;
      const at = this.address(loaded, node) / 4;
      if (typeof values === 'number') f32.fill(values, at, at + sizeOf(node.shape));
      else (values instanceof Uint32Array ? u32 : f32).set(values, at);
    }
    return loaded;
  }

  unload({ block }: Loaded): void {
    this.arena.release(block);
  }

  #bases(loaded: Loaded): Bases {
    return { scratch: this.#scratch, constants: loaded.block };
  }

  /** Byte address of a value of the program. */
  address(loaded: Loaded, node: Node): number {
    const place = loaded.plan.places.get(node.id);
    if (!place) throw new Error(`${node.op.name} is not part of this program`);
    return addressOf(place, this.#bases(loaded));
  }

  /** A window on a value: valid until the next allocation, and for scratch until the next run. */
  view(loaded: Loaded, node: Node): Float32Array {
    const at = this.address(loaded, node) / 4;
    return this.arena.views.f32.subarray(at, at + sizeOf(node.shape));
  }

  run(loaded: Loaded, steps = 1): void {
    const code = loaded.block + loaded.plan.constantBytes;
    const tile = loaded.large ? bestTile(this.arena.module, this.arena.shared) : smallestTile;
    if (loaded.scratch !== this.#scratch || loaded.tile !== tile) {
      loaded.words = emit(loaded.plan, this.#bases(loaded), tile);
      loaded.scratch = this.#scratch;
      loaded.tile = tile;
      this.arena.views.i32.set(loaded.words, code / 4);
    }
    const threads = this.#prefersOne(loaded) ? 1 : this.#startThreads(code, steps);
    const start = performance.now();
    if (this.arena.kernels.run(code, steps, 0, threads) !== 0) {
      this.#loseThreads();
      throw new ThreadError(
        'a worker thread failed in the middle of a step, of which some weights may have taken their part and others not. Training ' +
          'can go on from them, on one thread; for exact weights go back to saved ones (setWeights, loadWeights).',
      );
    }
    const took = performance.now() - start;
    loaded.pace[threads > 1 ? 'all' : 'one'] = took / steps;
    if (threads < loaded.plan.threads) alone += took;
    loaded.runs++;
  }

  /**
   * Whether a run should stay on the calling thread: it was faster lately, as on a machine whose other
   * cores are busy. The bits are the same either way. The slower way gets another chance now and then.
   */
  #prefersOne({ plan, pace, runs }: Loaded): boolean {
    if (plan.threads === 1) return true;
    if (pace.all === 0 || pace.one === 0) return pace.all > 0;
    const due = runs % RECONSIDER === 0 || (runs & (runs - 1)) === 0;
    return due ? pace.all < pace.one : pace.one < pace.all;
  }

  /** Lets the workers begin a program. The number of threads that walk it: one as long as the workers are not ready. */
  #startThreads(code: number, steps: number): number {
    const pool = threadPool(alone > THREAD_START);
    if (!pool || pool.lost || pool.threads !== this.threads) return 1;
    if (this.#attached?.pool !== pool) {
      // Workers that were lost may have left the place where threads meet as it was.
      const { i32 } = this.arena.views;
      for (const word of [BARRIER_ARRIVED, BARRIER_SLEEPERS, BARRIER_BROKEN]) Atomics.store(i32, word / 4, 0);
      this.#attached = { pool, model: pool.attach(this.arena.memory, this.arena.module) };
      collected().register(this, this.#attached, this);
    }
    if (!pool.ready) return 1;
    if (pool.start(this.#attached.model, code, steps)) return this.threads;
    this.#loseThreads();
    return 1;
  }

  /** Lets the workers go of the memory at once rather than when the executor is collected. */
  release(): void {
    if (!this.#attached) return;
    collected().unregister(this);
    this.#attached.pool.detach(this.#attached.model);
    this.#attached = undefined;
  }

  /** Frees workers that wait for one that is lost. Nothing is half done: they wait before they write anything that lasts. */
  #loseThreads(): void {
    const { i32 } = this.arena.views;
    threadPool(false)?.close();
    Atomics.store(i32, BARRIER_BROKEN / 4, 1);
    Atomics.store(i32, BARRIER_ARRIVED / 4, 0);
  }

  /** Fills the scratch with NaN: a value read before it is written shows up in the result. For tests. */
  poison(): void {
    this.arena.views.f32.fill(Number.NaN, this.#scratch / 4, (this.#scratch + this.#scratchBytes) / 4);
  }
}
