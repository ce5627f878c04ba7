import { type Bases, addressOf, emit } from '../compile/program.js';
import type { Plan } from '../compile/plan.js';
import { type Node, bytesOf } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import { Arena } from './arena.js';

/** A program in the arena, ready to run. */
export interface Loaded {
  readonly plan: Plan;
  words: Int32Array;
  /** Address of the constants; the code follows them. */
  block: number;
  /** Where the scratch was when the words were made. */
  scratch: number;
}

/** Runs programs of one model. They take turns, so they share one scratch area, as large as the largest needs. */
export class Executor {
  readonly arena = new Arena();
  #scratch = 0;
  #scratchBytes = 0;

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
    const loaded: Loaded = { plan, words: new Int32Array(), block, scratch: -1 };
    const { f32 } = this.arena.views;
    for (const node of plan.constants) {
      const { values } = node.attributes;
      const at = this.address(loaded, node) / 4;
      if (typeof values === 'number') f32.fill(values, at, at + sizeOf(node.shape));
      else f32.set(values, at);
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
    if (loaded.scratch !== this.#scratch) {
      loaded.words = emit(loaded.plan, this.#bases(loaded));
      loaded.scratch = this.#scratch;
      this.arena.views.i32.set(loaded.words, code / 4);
    }
    this.arena.kernels.run(code, steps, 0, 1);
  }

  /** Fills the scratch with NaN: a value read before it is written shows up in the result. For tests. */
  poison(): void {
    this.arena.views.f32.fill(Number.NaN, this.#scratch / 4, (this.#scratch + this.#scratchBytes) / 4);
  }
}
