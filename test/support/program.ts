/** A graph compiled and loaded, to be run as often as a test likes, by one thread or by pretended ones. */
import { BARRIER_ARRIVED, Flag, Opcode } from '../../assembly/opcodes.js';
import { fuse } from '../../src/compile/fuse.js';
import { type Plan, plan } from '../../src/compile/plan.js';
import type { Node } from '../../src/graph/node.js';
import { sizeOf } from '../../src/graph/shape.js';
import type { Variable } from '../../src/graph/variable.js';
import { Executor, type Loaded } from '../../src/runtime/executor.js';

export interface ProgramOptions {
  readonly fused?: boolean;
  /** Threads that the plan is made for, however small it is. */
  readonly threads?: number;
}

/** What a run leaves behind. */
export interface Outcome {
  readonly outputs: readonly Float32Array[];
  readonly variables: ReadonlyMap<Variable, ArrayLike<number>>;
}

export class Program {
  /** The graph as it was planned. */
  readonly effects: readonly Node[];
  readonly outputs: readonly Node[];
  readonly plan: Plan;
  readonly #executor = new Executor();
  readonly #loaded: Loaded;
  readonly #values: ReadonlyMap<Variable, ArrayLike<number>>;

  constructor(
    effects: readonly Node[],
    outputs: readonly Node[],
    values: ReadonlyMap<Variable, ArrayLike<number>>,
    { fused = true, threads = 1 }: ProgramOptions = {},
  ) {
    this.#values = values;
    this.#executor.place([...values.keys()], 'variables');
    const roots = fused ? fuse([...effects, ...outputs]) : [...effects, ...outputs];
    this.effects = roots.slice(0, effects.length);
    this.outputs = roots.slice(effects.length);
    this.plan = plan(this.effects, { outputs: this.outputs, threads, worth: 0 });
    this.#loaded = this.#executor.load(this.plan);
  }

  /** One step from the given values, with NaN in the scratch memory. */
  run(): Outcome {
    this.#reset();
    this.#executor.run(this.#loaded);
    return this.#outcome();
  }

  /**
   * One step as threads would walk it, in an order that `random` chooses: between two barriers each
   * thread does its slices of the instructions one after the other, and the next turn may be anyone's.
   */
  runThreads(random: () => number): Outcome {
    const { threads } = this.plan;
    this.#executor.run(this.#loaded);
    const { arena } = this.#executor;
    const one = arena.allocate(64 * 4, 'one instruction');
    this.#reset();
    for (const section of sections(this.#loaded.words)) {
      const next = new Array<number>(threads).fill(0);
      while (next.some((done) => done < section.length)) {
        const waiting = next.flatMap((done, thread) => (done < section.length ? [thread] : []));
        const thread = waiting[Math.floor(random() * waiting.length)];
        for (let burst = Math.floor(random() * 4); burst >= 0 && next[thread] < section.length; burst--) {
          arena.views.i32.set([...section[next[thread]++], Opcode.End | (1 << 8)], one / 4);
          // As if all others had arrived already where threads meet at the end.
          arena.views.i32[BARRIER_ARRIVED / 4] = threads - 1;
          if (arena.kernels.run(one, 1, thread, threads) !== 0) throw new Error('a barrier was broken');
        }
      }
    }
    const outcome = this.#outcome();
    arena.release(one);
    return outcome;
  }

  #reset(): void {
    for (const [storage, numbers] of this.#values) this.#window(storage).set(numbers);
    this.#executor.poison();
  }

  #outcome(): Outcome {
    return {
      outputs: this.outputs.map((node) => this.#executor.view(this.#loaded, node).slice()),
      variables: new Map([...this.#values.keys()].map((storage) => [storage, this.#window(storage).slice()])),
    };
  }

  #window({ address, shape, dtype }: Variable): Float32Array | Uint32Array | Float64Array {
    const { f32, u32, f64 } = this.#executor.arena.views;
    const view = { f32, u32, f64 }[dtype];
    const at = address / view.BYTES_PER_ELEMENT;
    return view.subarray(at, at + sizeOf(shape));
  }
}

/** The instructions of a program between its barriers, without the flags. */
function sections(words: Int32Array): number[][][] {
  const result: number[][][] = [[]];
  for (let at = 0; (words[at] & 0xff) !== Opcode.End; ) {
    const length = (words[at] >>> 8) & 0xffff;
    if ((words[at] >>> 24) & Flag.Barrier) result.push([]);
    const [head, ...operands] = words.subarray(at, at + length);
    result[result.length - 1].push([head & 0xffffff, ...operands]);
    at += length;
  }
  return result;
}
