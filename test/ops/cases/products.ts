/** Matrix products of every kind, alone and with what fusion puts behind them. */
import { Epilogue, MatmulKind } from '../../../assembly/opcodes.js';
import { apply, type Node } from '../../../src/graph/node.js';
import type { Shape } from '../../../src/graph/shape.js';
import { table } from '../../../src/ops/index.js';
import { linearFunction } from '../../../src/ops/linear.js';
import { matmul } from '../../../src/ops/matmul.js';
import { type Case, real } from './case.js';

/** out[i, j] = Σ_k A[i, k]·B[k, j] with A and B read by functions of the two indices. */
function product(
  kind: MatmulKind,
  m: number,
  n: number,
  k: number,
  a: Float64Array,
  b: Float64Array,
): Float64Array {
  const A = (i: number, p: number) => a[kind === MatmulKind.TN ? p * m + i : i * k + p];
  const B = (p: number, j: number) => b[kind === MatmulKind.NT ? j * k + p : p * n + j];
  return new Float64Array(m * n).map((_, at) => {
    const terms = Array.from({ length: k }, (_, p) => A(Math.floor(at / n), p) * B(p, at % n));
    return terms.reduceRight((sum, term) => sum + term, 0);
  });
}

const operandShapes = (kind: MatmulKind, m: number, n: number, k: number): [Shape, Shape] => [
  kind === MatmulKind.TN ? [k, m] : [m, k],
  kind === MatmulKind.NT ? [n, k] : [k, n],
];

const kinds = [MatmulKind.NN, MatmulKind.TN, MatmulKind.NT];
const sizes = [
  [1, 1, 1],
  [1, 17, 5],
  [17, 1, 5],
  [3, 5, 1],
  [5, 3, 17],
  [6, 9, 33],
  [33, 17, 5],
  [13, 40, 300],
] as const;

const products = kinds.flatMap((kind) =>
  sizes.map(([m, n, k]): Case => {
    const [a, b] = operandShapes(kind, m, n, k);
    return {
      title: `${MatmulKind[kind]} ${m}×${n}×${k}`,
      inputs: [real(a), real(b)],
      build: (x, y) => apply(table.matmul, [x, y], { kind }),
      expected: (x, y) => product(kind, m, n, k, x, y),
    };
  }),
);

const batched: Case = {
  title: 'leading axes of a are rows',
  inputs: [real([2, 3, 5]), real([5, 4])],
  build: matmul,
  expected: (x, y) => product(MatmulKind.NN, 6, 4, 5, x, y),
};

/** A product with an epilogue, as fusion makes it. */
const fused = kinds.flatMap((kind) =>
  sizes.flatMap(([m, n, k]): Case[] => {
    const [a, b] = operandShapes(kind, m, n, k);
    const { function: relu } = table.leakyRelu;
    const { function: tanh } = table.tanh;
    const title = `${MatmulKind[kind]} ${m}×${n}×${k}`;
    const make = (
      inputs: Node[],
      function_: typeof relu,
      epilogue: Epilogue.Activate | Epilogue.Differentiate,
    ) => apply(table.fusedMatmul, inputs, { kind, epilogue, function: function_, alpha: 0.2 });
    return [
      {
        title: `${title} + bias`,
        inputs: [real(a), real(b), real([n])],
        build: (...inputs) => make(inputs, linearFunction, Epilogue.Activate),
        expected: (x, y, bias) => product(kind, m, n, k, x, y).map((v, i) => v + bias[i % n]),
      },
      {
        title: `${title} + bias, activation`,
        inputs: [real(a), real(b), real([n])],
        build: (...inputs) => make(inputs, relu, Epilogue.Activate),
        expected: (x, y, bias) =>
          product(kind, m, n, k, x, y).map((v, i) => Math.max(v + bias[i % n], 0.2 * (v + bias[i % n]))),
      },
      {
        title: `${title}, activation`,
        inputs: [real(a, -0.5, 0.5), real(b, -0.5, 0.5)],
        build: (...inputs) => make(inputs, tanh, Epilogue.Activate),
        expected: (x, y) => product(kind, m, n, k, x, y).map(Math.tanh),
      },
      {
        title: `${title}, slope`,
        inputs: [real(a), real(b), real([m, n], -1, 1)],
        build: (...inputs) => make(inputs, tanh, Epilogue.Differentiate),
        expected: (x, y, saved) => product(kind, m, n, k, x, y).map((v, i) => v * (1 - saved[i] ** 2)),
      },
    ];
  }),
);

export const productCases = {
  matmul: [...products, batched],
  fusedMatmul: fused,
} satisfies Record<string, Case[]>;
