/** Fused ops and their decompositions into plain ops are the same function: values and gradients. */
import { describe, expect, test } from 'vitest';
import type { Node } from '../../src/graph/node.js';
import { sizeOf } from '../../src/graph/shape.js';
import { add } from '../../src/ops/add.js';
import { crossEntropy, crossEntropyDecomposed } from '../../src/ops/crossEntropy.js';
import { erf } from '../../src/ops/erf.js';
import { exp } from '../../src/ops/exp.js';
import { gelu } from '../../src/ops/gelu.js';
import { log } from '../../src/ops/log.js';
import { mish } from '../../src/ops/mish.js';
import { mul } from '../../src/ops/mul.js';
import { moments, normalize, normalizeDecomposed } from '../../src/ops/normalize.js';
import { reciprocal } from '../../src/ops/reciprocal.js';
import { row } from '../../src/ops/row.js';
import { sigmoid } from '../../src/ops/sigmoid.js';
import { sigmoidCrossEntropy } from '../../src/ops/sigmoidCrossEntropy.js';
import { silu } from '../../src/ops/silu.js';
import { logSoftmax, logSoftmaxDecomposed, softmax, softmaxDecomposed } from '../../src/ops/softmax.js';
import { softplus } from '../../src/ops/softplus.js';
import { sub } from '../../src/ops/sub.js';
import { tanh } from '../../src/ops/tanh.js';
import { expectNear } from '../support/close.js';
import { given, gradientsOf, interpreted, run } from '../support/run.js';
import { type Input, labels, probabilities, real } from './cases/case.js';

interface Pair {
  readonly inputs: readonly Input[];
  /** Inputs that a gradient is taken to. */
  readonly wrt: readonly number[];
  fused(...inputs: Node[]): Node;
  decomposed(...inputs: Node[]): Node;
  /** Where the decomposition loses digits in f32. Default 5e-6. */
  readonly tolerance?: number;
}

const normalized =
  (perRow: boolean) =>
  (x: Node, gamma?: Node, beta?: Node): Node => {
    const both = moments(x, perRow);
    const statistics = { mean: row(both, 0), variance: row(both, 1) };
    return normalize(x, { ...statistics, gamma, beta }, { perRow, epsilon: 1e-3, ownMoments: true });
  };

const shapes = [
  [3, 5],
  [5, 17],
  [17, 33],
];

const pairs: Record<string, Pair[]> = {
  softmax: [[5], [3, 1], ...shapes, [2, 3, 5]].map((shape) => ({
    inputs: [real(shape, -4, 4)],
    wrt: [0],
    fused: softmax,
    decomposed: softmaxDecomposed,
  })),
  logSoftmax: [[5], ...shapes, [2, 3, 5]].map((shape) => ({
    inputs: [real(shape, -4, 4)],
    wrt: [0],
    fused: logSoftmax,
    decomposed: logSoftmaxDecomposed,
  })),
  crossEntropy: shapes.flatMap(([rows, columns]) =>
    [0, 0.1].flatMap((smoothing) =>
      [true, false].map((sparse) => ({
        inputs: [
          real([rows, columns], -4, 4),
          sparse ? labels([rows], columns) : probabilities(rows, columns),
        ],
        wrt: [0],
        fused: (x: Node, t: Node) => crossEntropy(x, t, { sparse, smoothing }),
        decomposed: (x: Node, t: Node) => crossEntropyDecomposed(x, t, { sparse, smoothing }),
      })),
    ),
  ),
  'crossEntropy of targets that do not add up to 1': shapes.map((shape) => ({
    inputs: [real(shape, -4, 4), real(shape, 0, 1)],
    wrt: [0],
    fused: (x: Node, t: Node) => crossEntropy(x, t, { smoothing: 0.2 }),
    // The smoothing term is added to each class, and the total stays what it is.
    decomposed: (x: Node, t: Node) => crossEntropyDecomposed(x, t, { sparse: false, smoothing: 0.2 }),
  })),
  normalize: shapes.flatMap(([rows, columns]) =>
    [true, false].flatMap((perRow): Pair[] => [
      {
        inputs: [real([rows, columns])],
        wrt: [0],
        fused: normalized(perRow),
        decomposed: (x) => normalizeDecomposed(x, perRow, 1e-3),
        tolerance: 2e-5,
      },
      {
        inputs: [real([rows, columns]), real([columns]), real([columns])],
        wrt: [0, 1, 2],
        fused: normalized(perRow),
        decomposed: (x, gamma, beta) => normalizeDecomposed(x, perRow, 1e-3, gamma, beta),
        tolerance: 2e-5,
      },
    ]),
  ),
  sigmoidCrossEntropy: shapes.map((shape) => ({
    inputs: [real(shape, -4, 4), real(shape, 0, 1)],
    wrt: [0, 1],
    fused: sigmoidCrossEntropy,
    decomposed: (a, b) => sub(softplus(a), mul(a, b)),
  })),
  silu: [{ inputs: [real([33])], wrt: [0], fused: silu, decomposed: (x) => mul(x, sigmoid(x)) }],
  mish: [{ inputs: [real([33])], wrt: [0], fused: mish, decomposed: (x) => mul(x, tanh(softplus(x))) }],
  gelu: [
    {
      inputs: [real([33])],
      wrt: [0],
      fused: (x) => gelu(x),
      decomposed: (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
    },
  ],
  softplus: [{ inputs: [real([33])], wrt: [0], fused: softplus, decomposed: (x) => log(add(exp(x), 1)) }],
  sigmoid: [
    {
      inputs: [real([33])],
      wrt: [0],
      fused: sigmoid,
      decomposed: (x) => reciprocal(add(exp(mul(x, -1)), 1)),
    },
  ],
};

describe.each(Object.entries(pairs))('%s', (_, list) => {
  test.each(list.map((pair) => [pair.inputs.map(({ shape }) => `[${shape}]`).join(' '), pair] as const))(
    '%s',
    (_title, pair) => {
      const leaves = pair.inputs.map(({ values, shape }) => given(values, shape));
      const [a, b] = [pair.fused(...leaves), pair.decomposed(...leaves)];
      expect(a.shape).toEqual(b.shape);
      const { values, shape } = real(a.shape, 0.5, 2);
      expect(values.length).toBe(sizeOf(shape));
      const upstream = given(values, shape);
      const wrt = pair.wrt.map((i) => leaves[i]);
      const [fused, plain] = [a, b].map((y) => [y, ...gradientsOf(y, upstream, wrt)]);
      const [exact, same] = [fused, plain].map(interpreted);
      const computed = [fused, plain].map((outputs) => run(outputs));
      exact.forEach((wanted, i) => {
        const what = i === 0 ? 'value' : `gradient to input ${pair.wrt[i - 1]}`;
        expectNear(same[i], wanted, 1e-11, `${what}, definitions`);
        for (const [k, kind] of ['fused', 'decomposed'].entries()) {
          expectNear(computed[k][i], wanted, pair.tolerance ?? 5e-6, `${what}, ${kind} kernels`);
        }
      });
    },
  );
});
