/** Values that nobody expects, for fuzzing. The number of runs and the seed come from the environment. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { ChainruleError } from '../../src/index.js';

/** A share of all runs: FUZZ_RUNS=100000 FUZZ_SEED=7 npx vitest run test/fuzz. */
export const fuzz = (share: number, most = Number.POSITIVE_INFINITY) => ({
  numRuns: Math.min(most, Math.ceil(Number(process.env.FUZZ_RUNS ?? 3000) * share)),
  seed: Number(process.env.FUZZ_SEED ?? 1),
  endOnFailure: true,
});

const circle: unknown[] = [];
circle.push(circle);
const ring: Record<string, unknown> = {};
ring.ring = ring;
let deep: unknown = 1;
for (let i = 0; i < 20_000; i++) deep = [deep];
const sparse: unknown[] = [];
sparse[1000] = 1;

/** What JSON can hold. */
export const hostileJson: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  2,
  3,
  5,
  -1,
  0.5,
  -0,
  1e-320,
  1e15,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  '',
  'relu',
  'softmax',
  'adam',
  'mse',
  'accuracy',
  'zeros',
  'glorotUniform',
  'orthogonal',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'x'.repeat(5000),
  '\u0000\ud800',
  [],
  {},
  [[]],
  [1, 2],
  [3],
  [-1],
  [2, -1],
  [1e15, 1e15],
  [0],
  [1.5],
  ['a'],
  [null],
  JSON.parse('{"__proto__": {"polluted": 1}}'),
  { constructor: { prototype: { polluted: 1 } } },
  { $make: 'layers.dense', config: { units: 1e9 } },
  { $make: 'layers.dropout', config: { rate: 0.5 } },
  { $make: 'initializers.orthogonal', config: {} },
  { $make: 'losses.huber', config: { delta: 2 } },
  { $make: 'optimizers.sgd', config: {} },
  { $make: 'constructor.constructor', config: { a: 'return process' } },
  { $make: 'layers.__proto__', config: {} },
  { $custom: 'eval' },
  { $number: 'NaN' },
  { $number: '-Infinity' },
  { $tensor: 'dense/kernel' },
];

/** And what it cannot. */
export const hostile: readonly unknown[] = [
  ...hostileJson,
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  10n,
  Symbol('s'),
  () => 1,
  () => undefined,
  (x: unknown) => x,
  circle,
  ring,
  deep,
  sparse,
  Object.create(null),
  Object.create({ units: 3 }),
  new Map(),
  new Date(0),
  /x/,
  new Error('e'),
  Promise.resolve(),
  new Float32Array(3),
  new Float32Array(0),
  new Uint8Array(3),
  new BigInt64Array(2),
  new DataView(new ArrayBuffer(2)),
  new ArrayBuffer(4),
  { data: new Float32Array(3), shape: [3], dtype: 'float32' },
  { data: new Float32Array(3), shape: [1e9], dtype: 'float32' },
  { data: new Float32Array(3), shape: null },
  { name: 'own', call: () => 1 },
  { name: 'own', values: () => new Float32Array(1) },
  { call: 1 },
  { values: () => 'x' },
];

export const hostileValue: fc.Arbitrary<unknown> = fc.constantFrom(...hostile);

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Float32Array.prototype];
const keys = prototypes.map((prototype) => Reflect.ownKeys(prototype).length);

/** Nothing that was fed in has reached what all objects share. */
export function expectNoPollution(): void {
  expect(prototypes.map((prototype) => Reflect.ownKeys(prototype).length)).toEqual(keys);
}

/** What comes out of work on hostile values: a result, or undefined where it was refused with an error of the library's. */
export function refusedOr<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ChainruleError) return undefined;
    throw error;
  }
}

export async function refusedOrLater<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ChainruleError) return undefined;
    throw error;
  }
}
