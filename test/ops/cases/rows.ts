/** Reductions, and ops that work on whole rows: softmax, cross-entropy, normalization, dropout. */
import { apply, type Node } from '../../../src/graph/node.js';
import { type Shape, sizeOf } from '../../../src/graph/shape.js';
import { crossEntropy } from '../../../src/ops/crossEntropy.js';
import { dropout, dropoutMaskOp, dropoutOp } from '../../../src/ops/dropout.js';
import { table } from '../../../src/ops/index.js';
import { constant } from '../../../src/ops/leaf.js';
import { moments, normalize } from '../../../src/ops/normalize.js';
import { philox } from '../../../src/ops/philox.js';
import { row } from '../../../src/ops/row.js';
import { type Axes, max, mean, min, sum } from '../../../src/ops/sum.js';
import { type Case, cell, distinct, labels, probabilities, real } from './case.js';

type Reduction = (x: Node, axes?: Axes, keepDims?: boolean) => Node;

/** Collects, for each element of the result, the elements of x that it is made from. */
function groups(x: Float64Array, shape: Shape, axes: readonly number[]): number[][] {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const out: number[][] = Array.from({ length: sizeOf(kept) }, () => []);
  x.forEach((value, position) => {
    let rest = position;
    let at = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (kept[axis] !== 1) at += (rest % shape[axis]) * stride;
      stride *= kept[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    out[at].push(value);
  });
  return out;
}

const reductions: readonly [Shape, number | number[] | undefined][] = [
  [[], undefined],
  [[1], 0],
  [[5], 0],
  [[33], undefined],
  [[3, 5], 0],
  [[3, 5], 1],
  [[3, 5], -1],
  [[17, 33], 0],
  [[17, 33], -1],
  [
    [2, 3, 5],
    [0, 2],
  ],
  [[2, 3, 5], 1],
  [
    [2, 1, 5],
    [1, 2],
  ],
  [[3, 1, 1], [0]],
  [
    [2, 3, 4, 5],
    [1, 3],
  ],
  [[70, 18], 0],
  [[2, 1030], 1],
];

const reduced = (f: Reduction, formula: (values: number[]) => number, apart: boolean): Case[] =>
  reductions.map(([shape, axes], i) => ({
    title: `[${shape}] over ${axes ?? 'all'}`,
    inputs: [apart ? distinct(shape) : real(shape)],
    build: (x) => f(x, axes, i % 2 === 1),
    expected(x) {
      const all = axes === undefined ? shape.map((_, axis) => axis) : [axes].flat();
      return groups(
        x,
        shape,
        all.map((axis) => (axis + shape.length) % shape.length),
      ).map(formula);
    },
  }));

const total = (values: number[]) => values.reduceRight((a, b) => a + b, 0);

const rowShapes: readonly Shape[] = [[1], [5], [3, 1], [3, 5], [2, 3, 17], [5, 33]];

/** Cuts into rows, maps each, and joins them. */
const byRow = (x: Float64Array, columns: number, f: (values: number[], r: number) => number[]): number[] =>
  Array.from({ length: x.length / columns }, (_, r) =>
    f([...x.slice(r * columns, (r + 1) * columns)], r),
  ).flat();

const softmaxOf = (values: number[]): number[] => {
  const e = values.map(Math.exp);
  return e.map((v) => v / total(e));
};

const rowWise = (op: 'softmax' | 'logSoftmax', f: (values: number[]) => number[]): Case[] =>
  rowShapes.map((shape) => ({
    title: `[${shape}]`,
    inputs: [real(shape, -4, 4)],
    build: (x) => apply(table[op], [x], {}),
    expected: (x) => byRow(x, shape[shape.length - 1], f),
  }));

const smoothed = (t: number[], smoothing: number) => t.map((v) => v * (1 - smoothing) + smoothing / t.length);
const oneHotRow = (label: number, columns: number) =>
  Array.from({ length: columns }, (_, j) => (j === label ? 1 : 0));

const entropies = [0, 0.1].flatMap((smoothing) =>
  [true, false].flatMap((sparse) =>
    [
      [1, 2],
      [3, 5],
      [17, 33],
    ].map(([rows, columns]) => {
      const targets = sparse ? labels([rows], columns) : probabilities(rows, columns);
      const target = (t: Float64Array, r: number) =>
        smoothed(sparse ? oneHotRow(t[r], columns) : [...t.slice(r * columns, (r + 1) * columns)], smoothing);
      const title = `[${rows}, ${columns}]${sparse ? ' sparse' : ''} smoothing ${smoothing}`;
      return {
        title,
        logits: real([rows, columns], -4, 4),
        targets,
        target,
        rows,
        columns,
        attributes: { sparse, smoothing },
      };
    }),
  ),
);

const perRowOf = (perRow: boolean, columns: number) => (i: number) =>
  perRow ? Math.floor(i / columns) : i % columns;

/** Mean and variance of each group, the definition in two lines. */
function statistics(
  x: Float64Array,
  perRow: boolean,
  columns: number,
): { mean: number[]; variance: number[] } {
  const group = perRowOf(perRow, columns);
  const members: number[][] = Array.from({ length: perRow ? x.length / columns : columns }, () => []);
  for (const [i, v] of x.entries()) members[group(i)].push(v);
  const average = members.map((values) => total(values) / values.length);
  return {
    mean: average,
    variance: members.map((values, g) => total(values.map((v) => (v - average[g]) ** 2)) / values.length),
  };
}

const normalizations = [true, false].flatMap((perRow) =>
  [
    [3, 5],
    [5, 17],
    [33, 3],
    [4, 33],
  ].map(([rows, columns]) => ({
    perRow,
    rows,
    columns,
    title: `[${rows}, ${columns}] per ${perRow ? 'row' : 'column'}`,
  })),
);
const EPSILON = 1e-3;

/** y = normalize(x) with x's own moments. */
const own = (x: Node, perRow: boolean, gamma?: Node, beta?: Node): Node => {
  const both = moments(x, perRow);
  return normalize(
    x,
    { mean: row(both, 0), variance: row(both, 1), gamma, beta },
    { perRow, epsilon: EPSILON, ownMoments: true },
  );
};

const normal = (x: Float64Array, perRow: boolean, columns: number): Float64Array => {
  const { mean: mu, variance } = statistics(x, perRow, columns);
  const group = perRowOf(perRow, columns);
  return x.map((v, i) => (v - mu[group(i)]) / Math.sqrt(variance[group(i)] + EPSILON));
};

const normalizeCases = normalizations.flatMap(({ perRow, rows, columns, title }): Case[] => [
  {
    title: `${title}, own moments, gamma, beta`,
    inputs: [real([rows, columns]), real([columns]), real([columns])],
    build: (x, gamma, beta) => own(x, perRow, gamma, beta),
    expected: (x, gamma, beta) =>
      normal(x, perRow, columns).map((v, i) => v * gamma[i % columns] + beta[i % columns]),
    tolerance: 1e-5,
  },
  {
    title: `${title}, own moments, beta`,
    inputs: [real([rows, columns]), real([columns])],
    build: (x, beta) => own(x, perRow, undefined, beta),
    expected: (x, beta) => normal(x, perRow, columns).map((v, i) => v + beta[i % columns]),
    tolerance: 1e-5,
  },
  {
    title: `${title}, own moments, gamma`,
    inputs: [real([rows, columns]), real([columns])],
    build: (x, gamma) => own(x, perRow, gamma),
    expected: (x, gamma) => normal(x, perRow, columns).map((v, i) => v * gamma[i % columns]),
    tolerance: 1e-5,
  },
  {
    title: `${title}, own moments`,
    inputs: [real([rows, columns])],
    build: (x) => own(x, perRow),
    expected: (x) => normal(x, perRow, columns),
    tolerance: 1e-5,
  },
]);

/** Mean and variance are given, as in batch normalization at inference. */
const given = [true, false].flatMap((perRow) =>
  [
    [3, 5],
    [5, 17],
  ].map(([rows, columns]): Case => {
    const groups = perRow ? rows : columns;
    const group = perRowOf(perRow, columns);
    return {
      title: `[${rows}, ${columns}] per ${perRow ? 'row' : 'column'}, given moments`,
      inputs: [
        real([rows, columns]),
        real([groups]),
        real([groups], 0.2, 2),
        real([columns]),
        real([columns]),
      ],
      build: (x, mu, variance, gamma, beta) =>
        normalize(x, { mean: mu, variance, gamma, beta }, { perRow, epsilon: EPSILON, ownMoments: false }),
      expected: (x, mu, variance, gamma, beta) =>
        x.map((v, i) => {
          const [g, j] = [group(i), i % columns];
          return ((v - mu[g]) / (variance[g] + EPSILON) ** 0.5) * gamma[j] + beta[j];
        }),
      flows: [0, 3, 4],
    };
  }),
);

/** The gradients of normalization as their own nodes, with dy and x as inputs. */
const gradientCases = normalizations.map(({ perRow, rows, columns, title }) => ({
  perRow,
  columns,
  title,
  inputs: [real([rows, columns]), real([rows, columns])],
}));

function keep(seed: number, stream: number, step: number, rate: number, i: number): boolean {
  const block = new Uint32Array(4);
  philox(block, Math.floor(i / 4), step, 0, 0, seed, stream);
  return block[i % 4] >= Math.fround(rate) * 2 ** 32;
}

export const rowCases = {
  sum: reduced(sum, total, false).concat(
    reduced(mean, (values) => total(values) / values.length, false).map((c) => ({
      ...c,
      title: `mean of ${c.title}`,
    })),
  ),
  max: reduced(max, (values) => Math.max(...values), true),
  min: reduced(min, (values) => Math.min(...values), true),
  softmax: rowWise('softmax', softmaxOf),
  logSoftmax: rowWise('logSoftmax', (values) => softmaxOf(values).map(Math.log)),
  softmaxGrad: [false, true].flatMap((log) =>
    rowShapes.map((shape) => ({
      title: `[${shape}]${log ? ' log' : ''}`,
      inputs: [real(shape), real(shape, -4, 4)],
      build: (dy: Node, x: Node) =>
        apply(table.softmaxGrad, [dy, apply(log ? table.logSoftmax : table.softmax, [x], {})], { log }),
      // The Jacobian, written out: dy_j/dx_i = y_j (δ_ij − y_i), and of the logarithm δ_ij − y_i.
      expected(dy: Float64Array, x: Float64Array) {
        const columns = shape[shape.length - 1];
        return byRow(x, columns, (values, r) => {
          const y = softmaxOf(values);
          return y.map((yi, i) =>
            total(y.map((yj, j) => dy[r * columns + j] * (log ? 1 : yj) * ((i === j ? 1 : 0) - yi))),
          );
        });
      },
    })),
  ),
  crossEntropy: entropies.map(({ title, logits, targets, target, columns, attributes }) => ({
    title,
    inputs: [logits, targets],
    build: (x: Node, t: Node) => crossEntropy(x, t, attributes),
    flows: [0],
    expected: (x: Float64Array, t: Float64Array) =>
      byRow(x, columns, (values, r) => {
        const p = softmaxOf(values);
        return [-total(target(t, r).map((v, j) => v * Math.log(p[j])))];
      }),
  })),
  crossEntropyGrad: entropies.map(({ title, logits, targets, target, rows, columns, attributes }) => ({
    title,
    inputs: [logits, targets, real([rows])],
    build: (...inputs: Node[]) => apply(table.crossEntropyGrad, inputs, attributes),
    expected: (x: Float64Array, t: Float64Array, dloss: Float64Array) =>
      byRow(x, columns, (values, r) => {
        const p = softmaxOf(values);
        // Targets sum up to 1 here.
        return target(t, r).map((v, j) => dloss[r] * (p[j] - v));
      }),
    tolerance: 5e-6,
  })),
  moments: normalizations.map(({ perRow, rows, columns, title }) => ({
    title,
    inputs: [real([rows, columns])],
    build: (x: Node) => moments(x, perRow),
    flows: [],
    expected: (x: Float64Array) => Object.values(statistics(x, perRow, columns)).flat(),
  })),
  normalize: [...normalizeCases, ...given],
  normalizeGradParams: gradientCases.map(({ perRow, columns, title, inputs }) => ({
    title,
    inputs,
    build(dy: Node, x: Node) {
      const both = moments(x, perRow);
      return apply(table.normalizeGradParams, [dy, x, row(both, 0), row(both, 1)], {
        perRow,
        epsilon: EPSILON,
      });
    },
    expected(dy: Float64Array, x: Float64Array) {
      const scaled = normal(x, perRow, columns).map((v, i) => v * dy[i]);
      const column = (values: Float64Array) =>
        Array.from({ length: columns }, (_, j) => total([...values].filter((_, i) => i % columns === j)));
      return [...column(scaled), ...column(dy)];
    },
    tolerance: 1e-5,
  })),
  normalizeGradInput: gradientCases.map(({ perRow, columns, title, inputs }) => ({
    title,
    inputs: [...inputs, real([columns])],
    build(dy: Node, x: Node, gamma: Node) {
      const both = moments(x, perRow);
      const at = [dy, x, row(both, 0), row(both, 1)];
      const sums = perRow ? [] : [apply(table.normalizeGradParams, at, { perRow, epsilon: EPSILON })];
      return apply(table.normalizeGradInput, [...at, ...sums, gamma], { perRow, epsilon: EPSILON });
    },
    // Differences of Σ dy·gamma·x̂ in every direction.
    expected(dy: Float64Array, x: Float64Array, gamma: Float64Array) {
      const loss = (at: Float64Array) =>
        total([...normal(at, perRow, columns)].map((v, i) => v * dy[i] * gamma[i % columns]));
      return x.map((_, i) => {
        const step = (h: number) => loss(x.map((v, j) => (i === j ? v + h : v)));
        return (step(1e-5) - step(-1e-5)) / 2e-5;
      });
    },
    tolerance: 2e-5,
  })),
  dropout: [0, 0.1, 0.25, 0.5, 0.9, 1].flatMap((rate) =>
    [[1], [5], [3, 17], [33]].map((shape) => ({
      title: `[${shape}] rate ${rate}`,
      inputs: [real(shape), cell(0xdeadbeef), cell(41)],
      build: (x: Node, seed: Node, step: Node) => dropout(x, seed, step, { rate, stream: 3 }),
      flows: [0],
      expected: (x: Float64Array) =>
        x.map((v, i) => (keep(0xdeadbeef, 3, 41, rate, i) && rate < 1 ? v / (1 - rate) : 0)),
    })),
  ),
  // Bits are seen by what they let pass.
  dropoutMask: [1, 31, 32, 33, 1000].map((n) => ({
    title: `${n} elements`,
    inputs: [cell(7), cell(8)],
    build: (seed: Node, step: Node) => {
      const mask = apply(dropoutMaskOp, [seed, step], { rate: 0.5, stream: 1, n });
      return apply(dropoutOp, [constant(1, [n]), mask], { rate: 0 });
    },
    flows: [],
    expected: () => Float64Array.from({ length: n }, (_, i) => Number(keep(7, 1, 8, 0.5, i))),
  })),
} satisfies Record<string, Case[]>;
