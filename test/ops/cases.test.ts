/** Every op, in every case: its definition, its gradient rule and its kernel. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/compile/differentiate.js';
import { interpret } from '../../src/compile/interpret.js';
import { apply, type Node } from '../../src/graph/node.js';
import type { Op } from '../../src/graph/op.js';
import { sizeOf } from '../../src/graph/shape.js';
import type { Variable } from '../../src/graph/variable.js';
import { verify } from '../../src/graph/verify.js';
import { type OpName, table } from '../../src/ops/index.js';
import { constant } from '../../src/ops/leaf.js';
import { mul } from '../../src/ops/mul.js';
import { reshape } from '../../src/ops/reshape.js';
import { scale } from '../../src/ops/scale.js';
import { softplus } from '../../src/ops/softplus.js';
import { sum } from '../../src/ops/sum.js';
import { expectNear } from '../support/close.js';
import { given, interpreted, run } from '../support/run.js';
import { type Case, generator, type Input } from './cases/case.js';
import { cases } from './cases/index.js';

const all = Object.entries(cases) as [keyof typeof cases & OpName, readonly Case[]][];

const node = ({ values, shape, dtype }: Input): Node => given(values, shape, dtype);
const variableOf = (leaf: Node): Variable => leaf.attributes.variable;
const f64 = ({ values }: Input) => Float64Array.from(values);

/** A loss on top of y whose gradient to y is neither 1 nor the same everywhere. */
function chained(y: Node): Node {
  const random = generator(7);
  const weights = constant(
    Float32Array.from({ length: sizeOf(y.shape) }, () => random() + 0.5),
    y.shape,
  );
  return sum(mul(weights, softplus(y)));
}

describe.each(all)('%s', (name, list) => {
  const op: Op = table[name];

  test('means what its formula says', () => {
    for (const { title, inputs, build, expected } of list) {
      const y = build(...inputs.map(node));
      verify([y]);
      const [value] = interpreted([y]);
      if (expected) expectNear(value, expected(...inputs.map(f64)), 1e-7, title);
    }
  });

  test('has the gradient that differences give', () => {
    if (!op.gradient) return;
    for (const { title, inputs, build, flows = inputs.map((_, i) => i) } of list) {
      const leaves = inputs.map(node);
      const y = build(...leaves);
      expect(y.op.gradient?.(y, y), `${title}: gradients, one an input`).toHaveLength(y.inputs.length);
      const loss = chained(y);
      const gradients = differentiate(
        loss,
        leaves.filter((_, i) => inputs[i].dtype !== 'u32'),
      );
      verify(gradients);
      const values = interpreted(gradients);
      const random = generator(11);
      for (const [i, gradient] of gradients.entries()) {
        expect(gradient.shape, `${title}: gradient to input ${i}`).toEqual(inputs[i].shape);
        if (!flows.includes(i)) {
          expect(
            values[i].every((v) => v === 0),
            `${title}: a gradient flows to input ${i}`,
          ).toBe(true);
          continue;
        }
        for (let repeat = 0; repeat < 2; repeat++) {
          const direction = values[i].map(() => random() - 0.5);
          const at = (h: number): number => {
            const moved = inputs.map((input, k) =>
              k === i ? f64(input).map((v, j) => v + h * direction[j]) : f64(input),
            );
            const variables = new Map(leaves.map((leaf, k) => [variableOf(leaf), moved[k]]));
            return interpret([loss], { variables })[0][0];
          };
          const h = 1e-5;
          const slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
          const terms = values[i].map((g, j) => g * direction[j]);
          const error =
            Math.abs(slope - terms.reduce((a, b) => a + b, 0)) / terms.reduce((a, b) => a + Math.abs(b), 1);
          if (!(error < 1e-8))
            expect.fail(`${title}: gradient to input ${i} is off by ${error.toExponential(2)}`);
        }
      }
    }
  });

  test('has a kernel that agrees with its definition', () => {
    for (const { title, inputs, build, tolerance = 2e-6 } of list) {
      // Inputs that outlive the op, inputs that it may overwrite, and windows on others' memory.
      const kept = build(...inputs.map(node));
      const overwritten = build(...inputs.map((input) => copied(node(input))));
      const viewed = build(...inputs.map(window));
      const after = scale(reshape(viewed, [sizeOf(viewed.shape)]), 0.5);
      for (const [mode, y] of Object.entries({ kept, overwritten, viewed: after })) {
        for (const fused of [false, true]) {
          const what = `${title}, inputs ${mode}${fused ? ', fused' : ''}`;
          expectNear(run([y], { fused })[0], interpreted([y])[0], tolerance, what);
        }
      }
    }
  });

  test('has a gradient whose kernels agree with their definitions', () => {
    if (!op.gradient) return;
    for (const { title, inputs, build, tolerance = 2e-6 } of list) {
      const leaves = inputs.map(node);
      const y = build(...leaves);
      const wrt = leaves.filter((_, i) => inputs[i].dtype !== 'u32');
      const outputs = [y, ...differentiate(chained(y), wrt)];
      const expected = interpreted(outputs);
      for (const fused of [false, true]) {
        for (const [i, actual] of run(outputs, { fused }).entries()) {
          const what = `${title}${fused ? ', fused' : ''}: ${i ? `gradient to input ${i - 1}` : 'value'}`;
          expectNear(actual, expected[i], 3 * tolerance, what);
        }
      }
    }
  });
});

/** The same value in scratch memory, so that its last reader may take the memory over. */
const copied = (x: Node): Node => (x.dtype === 'f32' ? apply(table.offset, [x], { alpha: 0 }) : x);

/** The same value, seen through a view of flat memory. */
const window = ({ values, shape, dtype }: Input): Node =>
  dtype === undefined ? reshape(copied(given(values)), shape) : given(values, shape, dtype);
