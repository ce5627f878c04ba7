/**
 * Run by chainrule/turbo in a process of its own: computes the same with and without V8's flags, prints
 * a Report. The process is started without V8's baseline compiler, so every kernel is optimized.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { workBytes } from '../../assembly/matmul-work.js';
import * as codes from '../../assembly/opcodes.js';
import type { Operands } from '../graph/op.js';
import { hasRelaxedSimd } from './features.js';
import { type Report, relaxedFlag, vectorFlag } from './flags.js';

const { BinaryFn, Epilogue, Fn, MatmulKind, Opcode, ReduceFn } = codes;

const [CODE, DATA, PAGES] = [codes.ARENA_START, 1 << 17, 96];
/** Lengths and widths that leave something over for every vector and tile. */
const LENGTH = 203;
const [ROWS, COLUMNS] = [13, 37];
/** Sizes m, n, k of products: below, at and above tiles, more than a pass over k; and whether most of A is 0, to be skipped. */
const PRODUCTS = [
  [1, 35, 9],
  [9, 1, 30],
  [3, 10, 40],
  [6, 16, 8],
  [7, 33, 21],
  [12, 32, 300],
  [13, 29, 70],
  [71, 45, 19],
  [70, 4, 270],
  [17, 81, 40, true],
  [18, 50, 270, true],
] as const;
const TILES = [
  [5, 8],
  [6, 8],
  [5, 16],
  [6, 16],
];
/** Rounding apart, relative to values of at least 1. */
const CLOSE = 1e-3;

/** Memory with a program in it that runs the kernels, each on data of its own. */
class Trial {
  readonly memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  readonly #i32 = new Int32Array(this.memory.buffer);
  readonly #f32 = new Float32Array(this.memory.buffer);
  #code = CODE / 4;
  #end = DATA;
  #state = 1;

  constructor() {
    this.products();
    this.elements();
    this.tables();
    this.updates();
    this.add(Opcode.End, {}, {});
  }

  /** The results of the kernels of a binary. */
  run(binary: Uint8Array<ArrayBuffer>): Float32Array {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), {
      env: { memory: this.memory },
    });
    (instance.exports.run as (...args: number[]) => void)(CODE, 1, 0, 1);
    return this.#f32.subarray(DATA / 4, this.#end / 4);
  }

  /** Room for n numbers, random between low and high. */
  data(n: number, low = 0, high = 0): number {
    const at = this.#end;
    this.#end += Math.ceil(n / 16) * 64;
    for (let i = 0; i < n; i++) {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
      this.#f32[at / 4 + i] = low + ((high - low) * this.#state) / 2 ** 32;
    }
    return at;
  }

  /** Makes numbers of a random two thirds zeros. */
  thin(at: number, n: number): void {
    const chance = this.data(n, 0, 1);
    for (let i = 0; i < n; i++) if (this.#f32[chance / 4 + i] < 2 / 3) this.#f32[at / 4 + i] = 0;
  }

  /** A cell that holds a number. */
  cell(value: number): number {
    return this.data(1, value, value);
  }

  add<Layout extends object>(opcode: codes.Opcode, layout: Layout, operands: Operands<Layout>): void {
    const names = Object.keys(operands) as (keyof typeof operands & string)[];
    this.#i32[this.#code] = opcode | ((names.length + 1) << 8);
    for (const name of names) {
      const at = this.#code + (layout as Record<string, number>)[name];
      const value = operands[name];
      // No kernel takes a fraction for a whole number, or a whole number for a fraction.
      if (Number.isInteger(value)) this.#i32[at] = value;
      else this.#f32[at] = value;
    }
    this.#code += names.length + 1;
  }

  products(): void {
    const { Matmul } = codes;
    for (const [m, n, k, zeros] of PRODUCTS) {
      for (const kind of [MatmulKind.NN, MatmulKind.TN, MatmulKind.NT]) {
        const [a, b] = [this.data(m * k, -1, 1), this.data(k * n, -1, 1)];
        if (zeros) this.thin(a, m * k);
        const [bias, slopes] = [this.data(n, -1, 1), this.data(m * n, -1, 1)];
        const work = this.data(workBytes(kind, m, n, k) / 4);
        for (const [tileRows, tileColumns] of TILES) {
          const product = { a, b, work, kind, m, n, k, alpha: 0.25, tileRows, tileColumns };
          const none = { bias: 0, saved: 0, epilogue: Epilogue.None, fn: Fn.Linear };
          const relu = { bias, saved: 0, epilogue: Epilogue.Activate, fn: Fn.Relu };
          const slope = { bias: 0, saved: slopes, epilogue: Epilogue.Differentiate, fn: Fn.Tanh };
          for (const end of [none, relu, slope])
            this.add(Opcode.Matmul, Matmul, { ...product, ...end, out: this.data(m * n) });
        }
      }
    }
  }

  elements(): void {
    const n = LENGTH;
    const [x, y, flags] = [this.data(n, 0.1, 3), this.data(n, -3, 3), this.data(n, -1, 1)];
    for (let fn = Fn.Linear; fn <= Fn.Offset; fn++) {
      for (const from of [x, y])
        this.add(Opcode.Unary, codes.Unary, { x: from, out: this.data(n), n, fn, alpha: 0.25 });
      this.add(Opcode.UnaryGrad, codes.UnaryGrad, { dy: y, saved: x, out: this.data(n), n, fn, alpha: 0.25 });
    }
    const table = this.data(ROWS * COLUMNS, 0.1, 3);
    const row = this.data(COLUMNS, 0.1, 3);
    const shape = { d0: 1, d1: 1, d2: ROWS, d3: COLUMNS, a0: 0, a1: 0, a2: COLUMNS, a3: 1, b0: 0, b1: 0 };
    for (let fn = BinaryFn.Add; fn <= BinaryFn.SigmoidCrossEntropy; fn++) {
      for (const [b, b2] of [
        [table, COLUMNS],
        [row, 0],
      ]) {
        this.add(Opcode.Binary, codes.Binary, {
          a: table,
          b,
          out: this.data(ROWS * COLUMNS),
          fn,
          ...shape,
          b2,
          b3: 1,
        });
      }
    }
    this.add(Opcode.Select, codes.Select, { condition: flags, a: x, b: y, out: this.data(n), n });
    const cells = { seed: this.data(1), step: this.data(1) };
    const mask = this.data(Math.ceil(n / 32));
    this.add(Opcode.DropoutMask, codes.DropoutMask, { out: mask, n, rate: 0.3, ...cells, stream: 5 });
    this.add(Opcode.Dropout, codes.Dropout, { x, mask, out: this.data(n), n, rate: 0.3 });
  }

  tables(): void {
    const [rows, columns] = [ROWS, COLUMNS];
    const n = rows * columns;
    const [x, dy] = [this.data(n, -2, 2), this.data(n, -1, 1)];
    for (let fn = ReduceFn.Sum; fn <= ReduceFn.Min; fn++) {
      this.add(Opcode.Reduce, codes.Reduce, {
        x,
        out: this.data(rows),
        fn,
        outer: rows,
        count: columns,
        inner: 1,
        scale: 0.5,
      });
      this.add(Opcode.Reduce, codes.Reduce, {
        x,
        out: this.data(columns),
        fn,
        outer: 1,
        count: rows,
        inner: columns,
        scale: 0.5,
      });
    }
    const [classes, shares, dloss] = [this.data(rows), this.data(n, 0, 0.05), this.data(rows, 0.1, 1)];
    for (const log of [0, 1]) {
      const y = this.data(n);
      this.add(Opcode.Softmax, codes.Softmax, { x, out: y, rows, columns, log });
      this.add(Opcode.SoftmaxGrad, codes.SoftmaxGrad, { dy, y, out: this.data(n), rows, columns, log });
      const loss = { logits: x, targets: log ? classes : shares, rows, columns, sparse: log, smoothing: 0.1 };
      this.add(Opcode.CrossEntropy, codes.CrossEntropy, { ...loss, out: this.data(rows) });
      this.add(Opcode.CrossEntropyGrad, codes.CrossEntropyGrad, { ...loss, dloss, out: this.data(n) });
    }
    const gamma = this.data(columns, 0.5, 1.5);
    for (const perRow of [0, 1]) {
      const mean = this.data(2 * rows + 2 * columns);
      const variance = mean + 4 * (perRow ? rows : columns);
      const norm = { mean, variance, rows, columns, perRow, epsilon: 0.001 };
      const sums = this.data(2 * columns);
      this.add(Opcode.Moments, codes.Moments, { x, out: mean, rows, columns, perRow });
      this.add(Opcode.Normalize, codes.Normalize, { ...norm, x, gamma, beta: gamma, out: this.data(n) });
      this.add(Opcode.NormalizeGradParams, codes.NormalizeGradParams, { ...norm, dy, x, out: sums });
      const from = { ...norm, dy, x, gamma, sums: perRow ? 0 : sums };
      this.add(Opcode.NormalizeGradInput, codes.NormalizeGradInput, { ...from, out: this.data(n) });
    }
  }

  updates(): void {
    const n = LENGTH;
    const gradients = this.data(n, -1, 1);
    const fresh = () => this.data(n, 0.1, 1);
    const step = { gradients, n, rate: this.cell(0.01), weightDecay: 0.01 };
    this.add(Opcode.Sgd, codes.Sgd, {
      ...step,
      parameters: fresh(),
      velocity: fresh(),
      momentum: 0.9,
      nesterov: 1,
    });
    const square = { square: fresh(), epsilon: 1e-7 };
    const moving = { velocity: fresh(), meanGradient: fresh(), rho: 0.9, momentum: 0.9 };
    this.add(Opcode.RmsProp, codes.RmsProp, { ...step, ...square, ...moving, parameters: fresh() });
    const adam = { mean: fresh(), iterations: this.data(1), beta1: 0.9, beta2: 0.999 };
    this.add(Opcode.Adam, codes.Adam, { ...step, ...square, ...adam, parameters: fresh() });
    this.add(Opcode.MovingAverage, codes.MovingAverage, {
      average: fresh(),
      value: gradients,
      n,
      momentum: 0.99,
    });
    this.add(Opcode.ClipNorm, codes.ClipNorm, { x: fresh(), n, limit: 0.5 });
    this.add(Opcode.ClipValue, codes.ClipValue, { x: fresh(), n, limit: 0.5 });
  }
}

/** A binary as V8 has not seen it: with another custom section each time, so that it is compiled anew. */
let copies = 0;
function anew(binary: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...binary, 0, 3, 1, 120, copies++]);
}

const read = (variant: string) =>
  Uint8Array.from(readFileSync(new URL(`./wasm/${variant}.wasm`, import.meta.url)));

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((x, i) => Object.is(x, b[i]));
}

function close(a: Float32Array, b: Float32Array): boolean {
  const near = (x: number, y: number) =>
    Object.is(x, y) || Math.abs(x - y) <= CLOSE * Math.max(1, Math.abs(y));
  return a.length === b.length && a.every((x, i) => near(x, b[i]));
}

function test(): Report {
  if (!hasRelaxedSimd()) setFlagsFromString(relaxedFlag);
  const plain = read('simd');
  const expected = new Trial().run(anew(plain));
  if (expected.every((x) => x === 0))
    return { relaxed: false, wide: false, failure: 'the self-test computed nothing' };
  if (!hasRelaxedSimd()) {
    setFlagsFromString(vectorFlag);
    const wide = sameBits(new Trial().run(anew(plain)), expected);
    return {
      relaxed: false,
      wide,
      failure: wide ? undefined : 'V8 computes something else with 256-bit vectors',
    };
  }
  const binary = read('relaxed');
  const fused = new Trial().run(anew(binary));
  if (!close(fused, expected)) {
    return {
      relaxed: false,
      wide: false,
      failure: 'relaxed multiply-add computes something else than the plain one',
    };
  }
  setFlagsFromString(vectorFlag);
  const wide =
    sameBits(new Trial().run(anew(plain)), expected) && sameBits(new Trial().run(anew(binary)), fused);
  return {
    relaxed: true,
    wide,
    failure: wide ? undefined : 'V8 computes something else with 256-bit vectors',
  };
}

console.log(JSON.stringify(test()));
