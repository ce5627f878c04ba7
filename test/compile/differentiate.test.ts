/** The chain rule over whole graphs; the rules of single ops are checked in test/ops. */
import { expect, test } from 'vitest';
import { differentiate } from '../../src/compile/differentiate.js';
import type { Node } from '../../src/graph/node.js';
import { reachable } from '../../src/graph/node.js';
import { verify } from '../../src/graph/verify.js';
import { add } from '../../src/ops/add.js';
import { exp } from '../../src/ops/exp.js';
import { greater } from '../../src/ops/greater.js';
import { matmul } from '../../src/ops/matmul.js';
import { mul } from '../../src/ops/mul.js';
import { reshape } from '../../src/ops/reshape.js';
import { row } from '../../src/ops/row.js';
import { square } from '../../src/ops/square.js';
import { mean, sum } from '../../src/ops/sum.js';
import { tanh } from '../../src/ops/tanh.js';
import { given, interpreted } from '../support/run.js';

/** The gradients of a loss, as numbers. */
function gradients(loss: Node, wrt: Node[]): number[][] {
  const nodes = differentiate(loss, wrt);
  verify(nodes);
  expect(nodes.map(({ shape }) => shape)).toEqual(wrt.map(({ shape }) => shape));
  return interpreted(nodes).map((values) => [...values]);
}

test('a value used in several places gets the sum of what comes back', () => {
  const x = given([3]);
  // d/dx (x² + x·x + x) = 4x + 1
  expect(gradients(sum(add(add(square(x), mul(x, x)), x)), [x])).toEqual([[13]]);
});

test('paths of different length meet', () => {
  const x = given([0.5]);
  const t = tanh(x);
  const [[slope]] = gradients(sum(mul(exp(square(t)), t)), [x]);
  const f = (v: number) => Math.exp(Math.tanh(v) ** 2) * Math.tanh(v);
  expect(slope).toBeCloseTo((f(0.5 + 1e-5) - f(0.5 - 1e-5)) / 2e-5, 8);
});

test('a chain of many steps is no problem', () => {
  const x = given([1]);
  let y = x;
  for (let i = 0; i < 5000; i++) y = mul(y, 1.0001);
  expect(gradients(sum(y), [x])[0][0]).toBeCloseTo(1.0001 ** 5000, 6);
});

test('broadcasting is undone by summing', () => {
  const [a, b, c] = [given([1, 2, 3], [3, 1]), given([1, 10], [2]), given([5], [])];
  const loss = sum(mul(add(a, b), c));
  expect(gradients(loss, [a, b, c])).toEqual([[10, 10, 10], [15, 15], [45]]);
});

test('what the loss does not depend on gets zeros', () => {
  const [x, other] = [given([1, 2]), given([1, 2, 3, 4], [2, 2])];
  expect(gradients(sum(x), [x, other])).toEqual([
    [1, 1],
    [0, 0, 0, 0],
  ]);
});

test('no gradient flows through comparisons, but beside them', () => {
  const x = given([-1, 2]);
  expect(gradients(sum(mul(greater(x, 0), x)), [x])).toEqual([[0, 1]]);
});

test('a gradient to a value in the middle stops there', () => {
  const x = given([2]);
  const y = square(x);
  expect(gradients(sum(mul(y, 3)), [y, x])).toEqual([[3], [12]]);
});

test('the gradient of the loss to itself is 1', () => {
  const loss = sum(given([2]));
  expect(gradients(loss, [loss])).toEqual([[1]]);
});

test('a loss of shape [1] or [1, 1] is a number too', () => {
  const x = given([1, 2], [1, 2]);
  expect(gradients(mean(x, 1), [x])).toEqual([[0.5, 0.5]]);
  expect(gradients(mean(x, 1, true), [x])).toEqual([[0.5, 0.5]]);
});

test('only a number can be differentiated', () => {
  const x = given([1, 2]);
  expect(() => differentiate(square(x), [x])).toThrow(/only a single number .*shape \[2\]. Take its mean/);
});

test('an op without a rule says its name', () => {
  const x = given([1, 2, 3, 4], [2, 2]);
  expect(() => differentiate(sum(row(x, 0)), [x])).toThrow(/row has no gradient rule/);
});

test('only what the wanted gradients need is computed', () => {
  const [x, w] = [given([1, 2], [1, 2]), given([1, 2, 3, 4], [2, 2])];
  const [dw] = differentiate(sum(reshape(matmul(x, w), [2])), [w]);
  // The gradient to x would be a second product.
  expect(reachable([dw]).filter(({ op }) => op.name === 'matmul')).toHaveLength(1);
});
