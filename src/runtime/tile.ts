/**
 * Which tile of sums a matrix product keeps in registers: measured, since engines and processors differ in
 * what they make of the same code. Once a process and module; a few trials of less than half a millisecond, spread out in time.
 */
import { workBytes } from '../../assembly/matmul-work.js';
import { ARENA_START, Epilogue, Fn, Matmul, MatmulKind, Opcode } from '../../assembly/opcodes.js';
import { smallestTile } from '../compile/program.js';
import type { Tile } from '../graph/op.js';
import { instantiate } from './engine.js';

/**
 * 5 × 8 suits 16 registers of 128 bits, 6 × 8 those with fused multiply-add, 16 columns engines that join
 * two registers to one of 256 bits, and processors with 32 registers.
 */
const tiles: readonly Tile[] = [
  smallestTile,
  { rows: 6, columns: 8 },
  { rows: 5, columns: 16 },
  { rows: 6, columns: 16 },
];

/** The product that is timed: rows for whole tiles of each kind. */
const size = { m: 60, n: 32, k: 128 };
const kind = MatmulKind.NN;
/** Each trial takes the best of so many goes, the tiles in turn. */
const GOES = 3;
/** Milliseconds that a go should take, to be told from others by the clock. */
const GO = 0.03;
/** A tile must be so much faster than the one in use, in two trials in a row, to take its place. */
const BETTER = 0.97;
/**
 * Engines compile in stages: what a trial finds is first of all about unoptimized code. So the first comes
 * after 5 ms, and each further one after twice the pause before, up to 5 seconds: ten trials, however
 * long the program idles in between.
 */
const [FIRST, LAST] = [5, 5000];

/** What is known about a module. */
interface Trials {
  best: Tile;
  /** The winner of the last trial. */
  rival?: Tile;
  /** When the next trial is due, never after the last; and the pause before it. */
  next: number;
  pause: number;
  /** Products in a go: one at first, when each takes long. */
  steps: number;
  /** Made for the first trial and let go after the last. */
  run?: ((tile: Tile, steps: number) => void) | undefined;
}

const known = new WeakMap<WebAssembly.Module, Trials>();

/** The best tile so far. Takes its time now and then, for a trial. */
export function bestTile(module: WebAssembly.Module, shared: boolean): Tile {
  const now = performance.now();
  let trials = known.get(module);
  if (!trials) {
    trials = { best: smallestTile, next: now + FIRST, pause: FIRST, steps: 1 };
    known.set(module, trials);
  }
  if (now < trials.next) return trials.best;
  trials.run ??= prepare(module, shared);
  const times = tiles.map(() => Number.POSITIVE_INFINITY);
  for (let go = 0; go < GOES; go++) {
    for (const [i, tile] of tiles.entries()) {
      const start = performance.now();
      trials.run(tile, trials.steps);
      times[i] = Math.min(times[i], performance.now() - start);
    }
  }
  const fastest = times.indexOf(Math.min(...times));
  trials.steps = Math.min(Math.max(1, Math.round((GO / times[fastest]) * trials.steps)), 16);
  const winner = times[fastest] < BETTER * times[tiles.indexOf(trials.best)] ? tiles[fastest] : trials.best;
  if (winner === trials.rival) trials.best = winner;
  trials.rival = winner;
  trials.pause *= 2;
  trials.next = performance.now() + trials.pause;
  if (trials.pause > LAST) [trials.next, trials.run] = [Number.POSITIVE_INFINITY, undefined];
  return trials.best;
}

/** Runs the product with any tile, on a little memory of its own. */
function prepare(module: WebAssembly.Module, shared: boolean): (tile: Tile, steps: number) => void {
  const { m, n, k } = size;
  const a = ARENA_START;
  const b = a + m * k * 4;
  const out = b + k * n * 4;
  const work = out + m * n * 4;
  const program = work + workBytes(kind, m, n, k);
  const pages = Math.ceil((program + 256) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const { run } = instantiate(module, memory);
  const words = new Int32Array(memory.buffer, program, 64);
  const length = Object.keys(Matmul).length / 2 + 1;
  const set = (operands: Partial<Record<keyof typeof Matmul, number>>) => {
    for (const [name, value] of Object.entries(operands)) words[Matmul[name as keyof typeof Matmul]] = value;
  };
  words[0] = Opcode.Matmul | (length << 8);
  words[length] = Opcode.End | (1 << 8);
  set({ a, b, out, work, kind, m, n, k, epilogue: Epilogue.None, fn: Fn.Linear });
  return ({ rows, columns }, steps) => {
    set({ tileRows: rows, tileColumns: columns });
    run(program, steps, 0, 1);
  };
}
