/** Element-wise functions of one argument. */
import type { Node } from '../../../src/graph/node.js';
import { apply } from '../../../src/graph/node.js';
import { table } from '../../../src/ops/index.js';
import { applyUnary, type UnaryOp, unaryGradOp } from '../../../src/ops/unary.js';
import { type Case, real } from './case.js';

interface Domain {
  readonly from?: number;
  readonly to?: number;
  readonly kinks?: readonly number[];
  readonly alphas?: readonly number[];
  readonly tolerance?: number;
}

/** What is checked for each function: an independent formula, and where it is defined and smooth. */
type Functions = Record<string, [formula: (x: number, alpha: number) => number, domain?: Domain]>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** ∫ by Simpson's rule. */
const integral = (f: (t: number) => number, to: number) => {
  const n = 200;
  const h = to / n;
  let sum = f(0) + f(to);
  for (let i = 1; i < n; i++) sum += f(i * h) * (i % 2 ? 4 : 2);
  return (sum * h) / 3;
};
const erf = (x: number) => (2 / Math.sqrt(Math.PI)) * integral((t) => Math.exp(-t * t), x);

const functions = {
  abs: [(x) => Math.max(x, -x), { kinks: [0] }],
  elu: [
    (x, alpha) => (x >= 0 ? x : alpha * (Math.exp(x) - 1)),
    { from: -5, kinks: [0], alphas: [1, 0.3, 0] },
  ],
  erf: [erf, { from: -3, to: 3 }],
  exp: [(x) => Math.E ** x, { from: -5, to: 4 }],
  gelu: [(x) => (x / 2) * (1 + erf(x / Math.SQRT2)), { from: -4, to: 4 }],
  geluTanh: [
    (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)),
    { from: -4, to: 4 },
  ],
  hardSigmoid: [(x) => (x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6), { from: -5, to: 5, kinks: [-3, 3] }],
  leakyRelu: [(x, alpha) => Math.max(x, alpha * x), { kinks: [0], alphas: [0.2, 0] }],
  log: [(x) => Math.log10(x) * Math.LN10, { from: 0.05, to: 9 }],
  mish: [(x) => x * Math.tanh(Math.log(1 + Math.exp(x))), { from: -6, to: 4 }],
  neg: [(x) => 0 - x],
  offset: [(x, alpha) => alpha + x, { alphas: [-1.25, 0] }],
  reciprocal: [(x) => x ** -1, { from: 0.3 }],
  relu: [(x) => (x + Math.abs(x)) / 2, { kinks: [0] }],
  relu6: [(x) => 3 + (Math.abs(x) - Math.abs(x - 6)) / 2, { from: -3, to: 9, kinks: [0, 6] }],
  rsqrt: [(x) => x ** -0.5, { from: 0.1, to: 5 }],
  scale: [(x, alpha) => alpha * x, { alphas: [-0.75, 0] }],
  selu: [
    (x) => (x > 0 ? 1.0507009873554805 * x : 1.7580993408473766 * (Math.exp(x) - 1)),
    { from: -5, kinks: [0] },
  ],
  sigmoid: [(x) => (1 + Math.tanh(x / 2)) / 2, { from: -5, to: 5, tolerance: 5e-6 }],
  sign: [(x) => (x > 0 ? 1 : -1), { kinks: [0] }],
  silu: [(x) => (x * (1 + Math.tanh(x / 2))) / 2, { from: -9, to: 9 }],
  softplus: [(x) => Math.log(1 + Math.exp(x)), { from: -9, to: 9 }],
  softsign: [(x) => (x > 0 ? 1 - 1 / (1 + x) : 1 / (1 - x) - 1), { kinks: [0] }],
  sqrt: [(x) => x ** 0.5, { from: 0.1, to: 5 }],
  square: [(x) => x ** 2],
  tanh: [(x) => 1 - 2 / (Math.exp(2 * x) + 1), { from: -3, to: 3, tolerance: 5e-6 }],
} as const satisfies Functions;

type FunctionName = keyof typeof functions;
const names = Object.keys(functions) as FunctionName[];
const domainOf = (name: FunctionName): Domain => functions[name][1] ?? {};

const casesOf = (name: FunctionName): Case[] => {
  const { from, to, kinks, alphas = [0], tolerance } = domainOf(name);
  const formula: (x: number, alpha: number) => number = functions[name][0];
  const sizes = [[], [1], [3], [5, 1], [17], [3, 11], [2, 65]];
  return alphas.flatMap((alpha) =>
    sizes.map((shape) => ({
      title: `[${shape}]${alpha === 0 ? '' : ` alpha ${alpha}`}`,
      inputs: [real(shape, from, to, kinks)],
      build: (x: Node) => applyUnary(table[name], x, alpha),
      expected: (x: Float64Array) => x.map((v) => formula(v, alpha)),
      flows: name === 'sign' ? [] : [0],
      tolerance,
    })),
  );
};

/** The slope of each function, against a central difference of its own formula. */
const slopes = names.map((name): Case => {
  const { from, to, kinks, alphas = [0] } = domainOf(name);
  const { function: f }: UnaryOp = table[name];
  const [alpha] = alphas;
  const formula: (x: number, alpha: number) => number = functions[name][0];
  const x = real([19], from, to, kinks);
  const slope = (v: number) => (formula(v + 1e-5, alpha) - formula(v - 1e-5, alpha)) / 2e-5;
  return {
    title: name,
    inputs: [real([19]), x],
    build: (dy, node) => {
      const saved = f.slopeOf === 'input' ? node : applyUnary(table[name], node, alpha);
      return apply(unaryGradOp, [dy, saved], { function: f, alpha });
    },
    expected: (dy, at) => dy.map((d, i) => d * slope(at[i])),
    tolerance: 1e-5,
  };
});

export const unaryCases = {
  ...(Object.fromEntries(names.map((name) => [name, casesOf(name)])) as Record<FunctionName, Case[]>),
  unaryGrad: slopes,
};
