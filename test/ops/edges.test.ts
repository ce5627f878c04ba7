/** Zeros, infinities, NaN, subnormal and huge numbers through every element-wise kernel. */
import { expect, test } from 'vitest';
import type { Node } from '../../src/graph/node.js';
import { apply } from '../../src/graph/node.js';
import type { Op } from '../../src/graph/op.js';
import { table } from '../../src/ops/index.js';
import { given, interpreted, run } from '../support/run.js';

const edges = [
  0,
  -0,
  1,
  -1,
  1e-40,
  -1e-40,
  88,
  -88,
  1e30,
  -1e30,
  3.4e38,
  -3.4e38,
  Infinity,
  -Infinity,
  Number.NaN,
];

/** Where a definition in f64 says ∞·0 or ∞/∞, kernels give the limit; and powers follow IEEE 754 rather than JavaScript. */
const limits: Record<string, number> = {
  'gelu(-Infinity)': 0,
  'geluTanh(-Infinity)': 0,
  'mish(-Infinity)': 0,
  'silu(-Infinity)': 0,
  'softsign(Infinity)': 1,
  'softsign(-Infinity)': -1,
  'pow(1, Infinity)': 1,
  'pow(1, -Infinity)': 1,
  'pow(1, NaN)': 1,
  'pow(-1, Infinity)': 1,
  'pow(-1, -Infinity)': 1,
};

/** The calls whose result is not what the definition says, or the limit. */
function wrong(name: string, y: Node, calls: readonly (readonly number[])[]): string[] {
  const [[actual], [exact]] = [run([y]), interpreted([y])];
  return calls.flatMap((given, i) => {
    const call = `${name}(${given.join(', ')})`;
    const expected = limits[call] ?? Math.fround(exact[i]);
    const close = Math.abs(actual[i] - expected) <= 3e-6 * Math.abs(expected) + 1e-36;
    return close || actual[i] === expected || Object.is(actual[i], expected)
      ? []
      : [`${call} = ${actual[i]}, not ${expected}`];
  });
}

const rows = Object.entries(table) as [string, Op][];
const unaries = rows.filter(([, op]) => 'function' in op);
const binaries = rows.filter(([, op]) => op.inPlace?.join() === '0,1' && op !== table.unaryGrad);

test.each(unaries)('%s', (name, op) => {
  const y = apply(op, [given(Float32Array.from(edges))], { alpha: 0.5 });
  expect(
    wrong(
      name,
      y,
      edges.map((x) => [x]),
    ),
  ).toEqual([]);
});

test.each(binaries)('%s', (name, op) => {
  const pairs = edges.flatMap((a) => edges.map((b) => [a, b]));
  const sides = [0, 1].map((side) => given(Float32Array.from(pairs, (pair) => pair[side])));
  expect(wrong(name, apply(op, sides, {}), pairs)).toEqual([]);
});
