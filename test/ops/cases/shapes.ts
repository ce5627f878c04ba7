/** Ops that move elements, or look at them in another shape, and indices. */
import type { Node } from '../../../src/graph/node.js';
import { type Shape, sizeOf } from '../../../src/graph/shape.js';
import { argMax } from '../../../src/ops/argMax.js';
import { broadcastTo } from '../../../src/ops/broadcastTo.js';
import { constant } from '../../../src/ops/leaf.js';
import { oneHot } from '../../../src/ops/oneHot.js';
import { reshape } from '../../../src/ops/reshape.js';
import { row } from '../../../src/ops/row.js';
import { transpose } from '../../../src/ops/transpose.js';
import { stretched } from './binary.js';
import { type Case, distinct, labels, real } from './case.js';

const transposed = (shape: Shape, order: readonly number[]): Case => ({
  title: `[${shape}] to [${order}]`,
  inputs: [real(shape)],
  build: (x) => transpose(x, order),
  expected(x) {
    const out: number[] = [];
    const walk = (index: number[]): void => {
      if (index.length === shape.length) {
        const at = shape.reduce((sum, size, axis) => sum * size + index[order.indexOf(axis)], 0);
        out.push(x[at]);
      } else {
        for (let i = 0; i < shape[order[index.length]]; i++) walk([...index, i]);
      }
    };
    walk([]);
    return out;
  },
});

const broadcast = (from: Shape, shape: Shape): Case => ({
  title: `[${from}] to [${shape}]`,
  inputs: [real(from)],
  build: (x) => broadcastTo(x, shape),
  expected: (x) => stretched(x, from, shape),
});

const reshaped = (from: Shape, shape: Shape): Case => ({
  title: `[${from}] to [${shape}]`,
  inputs: [real(from)],
  build: (x) => reshape(x, shape),
  expected: (x) => x,
});

const leaf = (values: number | Float32Array, shape: Shape): Case => ({
  title: `[${shape}]`,
  inputs: [],
  build: () => constant(values, shape),
  expected: () =>
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => (typeof values === 'number' ? values : values[i])),
});

export const shapeCases = {
  constant: [leaf(2.5, []), leaf(-1, [3, 5]), leaf(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])],
  transpose: [
    transposed([1], [0]),
    transposed([5, 3], [1, 0]),
    transposed([17, 33], [1, 0]),
    transposed([1, 5], [1, 0]),
    transposed([2, 3, 5], [2, 0, 1]),
    transposed([2, 3, 5], [0, 2, 1]),
    transposed([3, 5, 4], [1, 0, 2]),
    transposed([2, 3, 5, 4], [3, 1, 0, 2]),
    transposed([2, 3, 2, 1, 5], [4, 3, 2, 1, 0]),
  ],
  broadcastTo: [
    broadcast([], [1]),
    broadcast([], [3, 5]),
    broadcast([1], [33]),
    broadcast([3, 1], [3, 17]),
    broadcast([17], [5, 17]),
    broadcast([2, 1, 3], [2, 5, 3]),
    broadcast([1, 3, 1, 2], [4, 3, 5, 2]),
  ],
  reshape: [reshaped([], [1, 1]), reshaped([6], [2, 3]), reshaped([3, 5], [15]), reshaped([4, 3], [2, -1])],
  row: [0, 1, 2].map((index) => ({
    title: `${index} of [3, 5]`,
    inputs: [real([3, 5])],
    build: (x: Node) => row(x, index),
    expected: (x: Float64Array) => x.slice(index * 5, index * 5 + 5),
  })),
  argMax: [[1], [7], [3, 1], [3, 5], [2, 3, 17], [5, 33]].map((shape) => ({
    title: `[${shape}]`,
    inputs: [distinct(shape)],
    build: argMax,
    flows: [],
    expected(x: Float64Array) {
      const columns = shape[shape.length - 1];
      const rows = Array.from({ length: x.length / columns }, (_, r) => [
        ...x.slice(r * columns, (r + 1) * columns),
      ]);
      return rows.map((values) => values.indexOf(Math.max(...values)));
    },
  })),
  oneHot: [
    ...[[], [1], [5], [3, 17]].map((shape) => ({
      title: `[${shape}]`,
      inputs: [labels(shape, 7)],
      build: (x: Node) => oneHot(x, 7),
      flows: [],
      expected: (x: Float64Array) =>
        [...x].flatMap((label) => Array.from({ length: 7 }, (_, j) => (j === label ? 1 : 0))),
    })),
    {
      title: 'labels that are no class',
      inputs: [{ shape: [4], values: Float32Array.of(-1, 3, 2, 99) }],
      build: (x: Node) => oneHot(x, 3),
      flows: [],
      expected: () => [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
    },
  ],
} satisfies Record<string, Case[]>;
