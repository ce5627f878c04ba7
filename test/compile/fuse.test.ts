/** What fusion makes of a graph. That it computes the same is held elsewhere: fuzz.test.ts. */
import { describe, expect, test, vi } from 'vitest';
import { differentiate } from '../../src/compile/differentiate.js';
import { fuse } from '../../src/compile/fuse.js';
import { interpret } from '../../src/compile/interpret.js';
import { type Node, reachable } from '../../src/graph/node.js';
import { printGraph } from '../../src/graph/print.js';
import { Variable } from '../../src/graph/variable.js';
import { verify } from '../../src/graph/verify.js';
import { add } from '../../src/ops/add.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { exp } from '../../src/ops/exp.js';
import { gelu } from '../../src/ops/gelu.js';
import { table } from '../../src/ops/index.js';
import { constant, placeholder, variable } from '../../src/ops/leaf.js';
import { matmul } from '../../src/ops/matmul.js';
import { mul } from '../../src/ops/mul.js';
import { neg } from '../../src/ops/neg.js';
import { relu } from '../../src/ops/relu.js';
import { reshape } from '../../src/ops/reshape.js';
import { square } from '../../src/ops/square.js';
import { mean, sum } from '../../src/ops/sum.js';
import { tanh } from '../../src/ops/tanh.js';
import { accumulate, clipValue } from '../../src/ops/updates.js';

const x = () => placeholder('x', [2, 3]);
const weight = (shape = [3, 4]) => variable(new Variable('w', shape));
const bias = () => weight([4]);
const total = () => variable(new Variable('total', [], 'f64'));

/** The ops that are left to be carried out, in order. */
function opsOf(...roots: Node[]): string[] {
  const fused = fuse(roots);
  verify(fused);
  expect(fused.map(({ id, shape }) => ({ id, shape }))).toEqual(
    roots.map(({ id, shape }) => ({ id, shape })),
  );
  return reachable(fused).flatMap(({ op }) => (op.lower ? [op.name] : []));
}

/** The listing's line of the only fused product. */
const product = (...roots: Node[]): string =>
  printGraph(fuse(roots))
    .split('\n')
    .filter((line) => line.includes('fusedMatmul'))
    .map((line) => line.replace(/.*= /, ''))
    .join(' ');

describe('products', () => {
  test('take in their bias and activation', () => {
    const y = relu(add(matmul(x(), weight()), bias()));
    expect(opsOf(y)).toEqual(['fusedMatmul']);
    expect(product(y)).toBe('fusedMatmul(%0, %1, %2) NN relu');
  });

  test('take in a bias alone, or an activation alone', () => {
    expect(product(add(matmul(x(), weight()), bias()))).toBe('fusedMatmul(%0, %1, %2) NN linear');
    expect(product(tanh(matmul(x(), weight())))).toBe('fusedMatmul(%0, %1) NN tanh');
  });

  test('take in one activation only', () => {
    expect(opsOf(tanh(relu(matmul(x(), weight()))))).toEqual(['fusedMatmul', 'tanh']);
  });

  test('stay apart from what is used elsewhere too', () => {
    const sums = add(matmul(x(), weight()), bias());
    expect(opsOf(relu(sums), sums)).toEqual(['fusedMatmul', 'relu']);
    const bare = matmul(x(), weight());
    expect(opsOf(add(bare, bias()), bare)).toEqual(['matmul', 'add']);
    const [h, b] = [exp(x()), weight()];
    const t = tanh(h);
    // The gradient to t is a product that is wanted itself.
    expect(opsOf(...differentiate(sum(square(matmul(t, b))), [t, h]))).toContain('unaryGrad');
  });

  test('take no bias that is not one number a column', () => {
    expect(opsOf(add(matmul(x(), weight()), weight([2, 4])))).toEqual(['matmul', 'add']);
    expect(opsOf(add(matmul(x(), weight()), weight([1])))).toEqual(['matmul', 'add']);
  });

  test('keep an activation apart whose gradient needs its input', () => {
    const w = weight();
    const y = gelu(add(matmul(x(), w), bias()));
    expect(opsOf(y, ...differentiate(sum(square(y)), [w]))).toContain('gelu');
  });

  test('take in the gradient of the activation before them', () => {
    const [input, a, b] = [x(), weight([3, 4]), weight([4, 2])];
    const y = matmul(tanh(matmul(input, a)), b);
    const gradients = differentiate(sum(square(y)), [a, b]);
    expect(product(...gradients)).toMatch(/fusedMatmul\(.*\) NT · tanh'$/);
  });
});

describe('constants', () => {
  test('are mapped by the kernel where JavaScript engines may differ', () => {
    expect(opsOf(add(x(), exp(constant(0.1, [2, 3]))))).toEqual(['exp', 'add']);
    const inexact = ['exp', 'expm1', 'log', 'log1p', 'log2', 'log10', 'pow', 'tanh', 'sin', 'cos'] as const;
    const called = inexact.map((name) => vi.spyOn(Math, name));
    const unary = Object.values(table).flatMap((op) => ('function' in op ? [op.function] : []));
    expect(unary.length).toBeGreaterThan(20);
    for (const { name, value, transcendental } of unary) {
      for (const spy of called) spy.mockClear();
      for (const argument of [-2, -0.5, 0.5, 2]) value(argument, 1);
      const differs = called.some(({ mock }) => mock.calls.length > 0);
      expect([name, differs]).toEqual([name, transcendental === true]);
    }
    vi.restoreAllMocks();
  });

  test('stay constants when they are stretched, reshaped or mapped', () => {
    const y = add(x(), neg(reshape(broadcastTo(constant(0), [3, 2]), [2, 3])));
    expect(opsOf(y)).toEqual(['add']);
  });

  test('make scalings of products', () => {
    expect(opsOf(mul(x(), broadcastTo(constant(3), [2, 3])))).toEqual(['scale']);
    expect(opsOf(mul(constant(3), x()))).toEqual(['scale']);
  });

  test('that are larger than the other factor do not', () => {
    expect(opsOf(mul(weight([1]), constant(3, [4])))).toEqual(['mul']);
  });

  test('of many numbers stay operands', () => {
    expect(opsOf(mul(x(), constant(Float32Array.of(1, 2, 3), [3])))).toEqual(['mul']);
  });
});

describe('totals', () => {
  test('of a mean add up the elements', () => {
    expect(opsOf(accumulate(mean(square(x())), total(), 2))).toEqual(['square', 'accumulate']);
    expect(opsOf(sum(mean(square(x()), 0)))).toEqual(['square', 'sum']);
    expect(opsOf(mean(mean(square(x()), 1)))).toEqual(['square', 'sum']);
  });

  test('are taken before an effect may change what they are over', () => {
    const w = weight();
    expect(opsOf(clipValue(w, 1), accumulate(sum(w), total(), 1))).toEqual([
      'clipValue',
      'sum',
      'accumulate',
    ]);
  });

  test('of a mean that is used elsewhere too take the mean', () => {
    const loss = mean(square(x()));
    expect(opsOf(accumulate(loss, total(), 2), neg(loss))).toEqual(['square', 'sum', 'accumulate', 'neg']);
  });

  test('over some axes stay as they are', () => {
    expect(opsOf(sum(sum(square(placeholder('x', [2, 3, 4])), 2), 1))).toEqual(['square', 'sum', 'sum']);
  });
});

test('nothing is fused that would change the result', () => {
  const [w, b] = [weight(), bias()];
  const input = x();
  const y = mean(square(relu(add(matmul(input, w), b))));
  const outputs = [y, ...differentiate(y, [w, b])];
  const values = new Map([[input, Float64Array.of(1, -2, 3, 0.5, 4, -1)]]);
  const variables = new Map(
    [w, b].map((node, k) => [
      node.attributes.variable as Variable,
      new Float64Array(node.shape.reduce((s, n) => s * n)).map((_, i) => Math.sin(i + k)),
    ]),
  );
  expect(interpret(fuse(outputs), { values, variables })).toEqual(interpret(outputs, { values, variables }));
});
