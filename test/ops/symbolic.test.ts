// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: these are results, rounded
/** The public `ops`: what each means, and what it says to those who hand in something else. */
import { describe, expect, test } from 'vitest';
import { interpret } from '../../src/compile/interpret.js';
import type { Node } from '../../src/graph/node.js';
import { isNode } from '../../src/graph/node.js';
import { ChainruleError, ops, tensor } from '../../src/index.js';
import { expectNear } from '../support/close.js';
import { given, interpreted, run } from '../support/run.js';

/** Runs a formula by interpreter and kernels, which must agree. */
function value(node: Node): number[] {
  const [exact] = interpreted([node]);
  expectNear(run([node])[0], exact, 5e-6, 'kernel');
  return Array.from(exact, (v) => Math.round(v * 1e4) / 1e4);
}

const x = () => given([1, -2, 3, 0.5, 4, -1], [2, 3]);
const y = () => given([2, 0.5, -1], [3]);

const formulas: Record<string, [make: () => Node, expected: number[]]> = {
  constant: [() => ops.constant(3), [3]],
  'constant with a shape': [() => ops.constant(3, [2]), [3, 3]],
  'constant of nested arrays': [
    () =>
      ops.transpose(
        ops.constant([
          [1, 2],
          [3, 4],
        ]),
      ),
    [1, 3, 2, 4],
  ],
  'constant of flat numbers and a shape': [
    () => ops.transpose(ops.constant([1, 2, 3, 4], [2, 2])),
    [1, 3, 2, 4],
  ],
  'constant of a typed array': [() => ops.constant(Float64Array.of(1, 2)), [1, 2]],
  'constant of a tensor': [
    () =>
      ops.sum(
        ops.constant(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
        0,
      ),
    [4, 6],
  ],
  add: [() => ops.add(x(), y()), [3, -1.5, 2, 2.5, 4.5, -2]],
  'add a number': [() => ops.add(x(), 1), [2, -1, 4, 1.5, 5, 0]],
  'add to a number': [() => ops.add(1, x()), [2, -1, 4, 1.5, 5, 0]],
  'add two numbers': [() => ops.add(1, 2), [3]],
  sub: [() => ops.sub(x(), y()), [-1, -2.5, 4, -1.5, 3.5, 0]],
  'sub from a number': [() => ops.sub(1, y()), [-1, 0.5, 2]],
  mul: [() => ops.mul(x(), y()), [2, -1, -3, 1, 2, 1]],
  'mul by a number': [() => ops.mul(2, y()), [4, 1, -2]],
  div: [() => ops.div(x(), y()), [0.5, -4, -3, 0.25, 8, 1]],
  'div by a number': [() => ops.div(y(), 2), [1, 0.25, -0.5]],
  'div of a number': [() => ops.div(1, y()), [0.5, 2, -1]],
  pow: [() => ops.pow(ops.abs(x()), y()), [1, 1.4142, 0.3333, 0.25, 2, 1]],
  'pow by two': [() => ops.pow(y(), 2), [4, 0.25, 1]],
  'pow of a number': [() => ops.pow(2, y()), [4, 1.4142, 0.5]],
  'pow of numbers': [() => ops.pow(3, 2), [9]],
  maximum: [() => ops.maximum(x(), y()), [2, 0.5, 3, 2, 4, -1]],
  'maximum with a number': [() => ops.maximum(0, y()), [2, 0.5, 0]],
  minimum: [() => ops.minimum(y(), 1), [1, 0.5, -1]],
  greater: [() => ops.greater(x(), y()), [0, 0, 1, 0, 1, 0]],
  greaterEqual: [() => ops.greaterEqual(x(), y()), [0, 0, 1, 0, 1, 1]],
  less: [() => ops.less(x(), y()), [1, 1, 0, 1, 0, 0]],
  lessEqual: [() => ops.lessEqual(x(), y()), [1, 1, 0, 1, 0, 1]],
  equal: [() => ops.equal(x(), y()), [0, 0, 0, 0, 0, 1]],
  select: [() => ops.select(ops.greater(x(), 0), x(), ops.neg(y())), [1, -0.5, 3, 0.5, 4, 1]],
  'select numbers': [() => ops.select(ops.greater(y(), 0), 1, -1), [1, 1, -1]],
  clip: [() => ops.clip(x(), -1, 2), [1, -1, 2, 0.5, 2, -1]],
  neg: [() => ops.neg(y()), [-2, -0.5, 1]],
  abs: [() => ops.abs(y()), [2, 0.5, 1]],
  sign: [() => ops.sign(y()), [1, 1, -1]],
  square: [() => ops.square(y()), [4, 0.25, 1]],
  sqrt: [() => ops.sqrt(ops.abs(y())), [1.4142, 0.7071, 1]],
  rsqrt: [() => ops.rsqrt(ops.abs(y())), [0.7071, 1.4142, 1]],
  reciprocal: [() => ops.reciprocal(y()), [0.5, 2, -1]],
  exp: [() => ops.exp(y()), [7.3891, 1.6487, 0.3679]],
  log: [() => ops.log(ops.abs(y())), [0.6931, -0.6931, 0]],
  erf: [() => ops.erf(y()), [0.9953, 0.5205, -0.8427]],
  tanh: [() => ops.tanh(y()), [0.964, 0.4621, -0.7616]],
  sigmoid: [() => ops.sigmoid(y()), [0.8808, 0.6225, 0.2689]],
  relu: [() => ops.relu(y()), [2, 0.5, 0]],
  relu6: [() => ops.relu6(ops.mul(y(), 4)), [6, 2, 0]],
  leakyRelu: [() => ops.leakyRelu(y()), [2, 0.5, -0.2]],
  'leakyRelu with alpha': [() => ops.leakyRelu(y(), 0.5), [2, 0.5, -0.5]],
  elu: [() => ops.elu(y(), 2), [2, 0.5, -1.2642]],
  selu: [() => ops.selu(y()), [2.1014, 0.5254, -1.1113]],
  gelu: [() => ops.gelu(y()), [1.9545, 0.3457, -0.1587]],
  'gelu, approximate': [() => ops.gelu(y(), true), [1.9546, 0.3457, -0.1588]],
  silu: [() => ops.silu(y()), [1.7616, 0.3112, -0.2689]],
  mish: [() => ops.mish(y()), [1.944, 0.3752, -0.3034]],
  hardSigmoid: [() => ops.hardSigmoid(y()), [0.8333, 0.5833, 0.3333]],
  softplus: [() => ops.softplus(y()), [2.1269, 0.9741, 0.3133]],
  softsign: [() => ops.softsign(y()), [0.6667, 0.3333, -0.5]],
  softmax: [() => ops.softmax(y()), [0.7856, 0.1753, 0.0391]],
  'softmax along another axis': [() => ops.softmax(x(), 0), [0.6225, 0.0025, 0.982, 0.3775, 0.9975, 0.018]],
  logSoftmax: [() => ops.logSoftmax(y()), [-0.2413, -1.7413, -3.2413]],
  softmaxCrossEntropy: [() => ops.softmaxCrossEntropy(given([0, 1, 0]), y()), [1.7413]],
  sigmoidCrossEntropy: [() => ops.sigmoidCrossEntropy(given([1, 0, 1]), y()), [0.1269, 0.9741, 1.3133]],
  matmul: [() => ops.matmul(x(), given([1, 0, 2, 1, 0, -1], [3, 2])), [-3, -5, 8.5, 5]],
  sum: [() => ops.sum(x()), [5.5]],
  'sum over an axis': [() => ops.sum(x(), 0), [1.5, 2, 2]],
  'sum over the last axis, kept': [() => ops.sub(x(), ops.sum(x(), -1, true)), [-1, -4, 1, -3, 0.5, -4.5]],
  mean: [() => ops.mean(x(), [0, 1]), [0.9167]],
  'mean over one axis named twice': [() => ops.mean(x(), [1, -1]), [0.6667, 1.1667]],
  max: [() => ops.max(x(), 1), [3, 4]],
  min: [() => ops.min(x(), 0), [0.5, -2, -1]],
  argMax: [() => ops.argMax(x()), [2, 1]],
  'argMax along another axis': [() => ops.argMax(x(), 0), [0, 1, 0]],
  oneHot: [() => ops.oneHot(given([1, 0]), 3), [0, 1, 0, 1, 0, 0]],
  reshape: [() => ops.sum(ops.reshape(x(), [3, -1]), 1), [-1, 3.5, 3]],
  transpose: [() => ops.transpose(x()), [1, 0.5, -2, 4, 3, -1]],
  broadcastTo: [() => ops.broadcastTo(y(), [2, 3]), [2, 0.5, -1, 2, 0.5, -1]],
};

test.each(Object.entries(formulas))('%s', (_, [make, expected]) => {
  expect(value(make())).toEqual(expected);
});

test('every op is tried', () => {
  const tried = new Set(Object.keys(formulas).map((title) => title.split(/[ ,]/)[0]));
  expect(Object.keys(ops).filter((name) => !tried.has(name))).toEqual([]);
});

test('all functions give symbolic values', () => {
  expect(isNode(ops.mul(2, ops.sigmoid(x())))).toBe(true);
  expect(interpret([ops.constant([1, 2, 3])])[0]).toEqual(Float64Array.of(1, 2, 3));
});

test('a constant keeps its numbers when the array changes', () => {
  const numbers = Float32Array.of(1, 2);
  const fixed = ops.constant(numbers);
  numbers[0] = 5;
  expect(value(fixed)).toEqual([1, 2]);
});

describe('errors say what to do', () => {
  const wrong: [string, () => unknown, RegExp][] = [
    ['a tensor', () => ops.relu(tensor([1, 2]) as never), /ops\.relu: got an object.*ops\.constant/],
    ['an array', () => ops.add([1, 2] as never, 3), /ops\.add: got \[1, 2\].*symbolic value.*ops\.constant/],
    [
      'a typed array',
      () => ops.matmul(x(), Float32Array.of(1) as never),
      /ops\.matmul: got a Float32Array of 1.*ops\.constant/,
    ],
    ['nothing', () => ops.sub(x(), undefined as never), /ops\.sub: got undefined; expected a symbolic value/],
    ['a name', () => ops.tanh('x' as never), /ops\.tanh: got 'x'/],
    [
      'shapes that do not broadcast',
      () => ops.add(x(), given([1, 2])),
      /add: shapes \[2, 3\] and \[2\] do not broadcast/,
    ],
    ['matrices that do not fit', () => ops.matmul(x(), x()), /matmul: \[2, 3\] · \[2, 3\] do not fit/],
    ['an axis that is not there', () => ops.sum(x(), 2), /axis 2 does not exist in a value of rank 2/],
    ['an axis of softmax that is not there', () => ops.softmax(x(), -3), /ops\.softmax: axis -3/],
    [
      'a shape that does not hold the numbers',
      () => ops.reshape(x(), [4, -1]),
      /reshape: \[2, 3\] cannot become \[4, -1\]/,
    ],
    ['a shape of another size', () => ops.reshape(x(), [7]), /6 elements and \[7\] has 7/],
    ['two open axes', () => ops.reshape(x(), [-1, -1]), /only one may be -1/],
    ['an order that is none', () => ops.transpose(x(), [0, 0]), /is not an order of the axes/],
    ['ragged arrays', () => ops.constant([[1, 2], [3]]), /arrays of unequal length/],
    ['too few numbers', () => ops.constant([1, 2, 3], [2, 2]), /got 3 numbers for shape \[2, 2\]/],
    ['words', () => ops.constant(['a'] as never), /got 'a' among the values/],
    ['a negative slope', () => ops.leakyRelu(x(), -0.1), /ops\.leakyRelu: alpha is -0\.1/],
    ['a number of classes that is none', () => ops.oneHot(x(), 2.5), /ops\.oneHot: classes is 2\.5/],
  ];
  test.each(wrong)('%s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(ChainruleError);
  });
});
