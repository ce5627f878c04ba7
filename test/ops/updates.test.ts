/** Every effect, in every case: its definition and its kernel. */
import { describe, expect, test } from 'vitest';
import { interpret } from '../../src/compile/interpret.js';
import type { Node } from '../../src/graph/node.js';
import type { Variable } from '../../src/graph/variable.js';
import { verify } from '../../src/graph/verify.js';
import { variable } from '../../src/ops/leaf.js';
import { neg } from '../../src/ops/neg.js';
import { square } from '../../src/ops/square.js';
import { sum } from '../../src/ops/sum.js';
import { accumulate, clipValue, movingAverage, store } from '../../src/ops/updates.js';
import { expectNear } from '../support/close.js';
import { given, read, run } from '../support/run.js';
import type { Input } from './cases/case.js';
import { updates } from './cases/index.js';

const variableOf = (leaf: Node): Variable => leaf.attributes.variable;
const leafOf = ({ values, shape, dtype }: Input): Node => given(values, shape, dtype);

/** What the variables hold after so many steps, in f64. */
function interpretedSteps(leaves: readonly Node[], effects: readonly Node[], steps: number): Float64Array[] {
  const variables = new Map(
    leaves.map((leaf) => [variableOf(leaf), Float64Array.from(read(variableOf(leaf)))]),
  );
  for (let step = 0; step < steps; step++) interpret([], { variables }, effects);
  return leaves.map((leaf) => variables.get(variableOf(leaf)) as Float64Array);
}

describe.each(Object.entries(updates))('%s', (_, list) => {
  test('means what its formula says', () => {
    for (const { title, variables, build, expected } of list) {
      const leaves = variables.map(leafOf);
      const effect = build(...leaves);
      verify([effect]);
      const before = variables.map(({ values }) => Float64Array.from(values));
      const after = interpretedSteps(leaves, [effect], 1);
      const wanted = expected(...before.map((values) => values.slice()));
      after.forEach((values, i) => {
        expectNear(values, wanted[i] ?? before[i], 1e-12, `${title}, input ${i}`);
      });
    }
  });

  test('has a kernel that agrees with its definition', () => {
    for (const { title, variables, build } of list) {
      for (const steps of [1, 3]) {
        const leaves = variables.map(leafOf);
        const effect = build(...leaves);
        const wanted = interpretedSteps(leaves, [effect], steps);
        run([], { effects: [effect], steps });
        leaves.forEach((leaf, i) => {
          expectNear(read(variableOf(leaf)), wanted[i], 2e-6, `${title}, input ${i}, ${steps} steps`);
        });
      }
    }
  });
});

/** Effects in an order in which each sees what the ones before it have done. */
const sequences: Record<string, (leaves: Record<'a' | 'b' | 'total', Node>) => Node[]> = {
  'a store sees the value from before an earlier effect': ({ a, b }) => [clipValue(a, 0.5), store(neg(a), b)],
  'an effect sees what a store before it has stored': ({ a, b }) => [store(neg(a), b), clipValue(b, 0.5)],
  'an effect before a store sees the old value': ({ a, b }) => [movingAverage(b, a, 0.5), store(neg(b), a)],
  'a variable is replaced by a function of itself': ({ a, total }) => [
    store(neg(a), a),
    accumulate(sum(square(a)), total, 1),
  ],
  'two variables change places': ({ a, b }) => [store(neg(neg(a)), b), store(neg(neg(b)), a)],
  'a value is stored, changed there, and used again': ({ a, b, total }) => {
    const value = square(a);
    return [store(value, b), clipValue(b, 0.5), accumulate(value, total, 1)];
  },
  'a value is stored twice': ({ a, b }) => {
    const value = square(neg(a));
    return [store(value, a), store(value, b)];
  },
  'a sum over a variable is taken before effects change it': ({ a, total }) => [
    clipValue(a, 0.5),
    accumulate(sum(a), total, 1),
  ],
};

test.each(Object.entries(sequences))('%s', (_, make) => {
  for (const fused of [false, true]) {
    const leaves = {
      a: given([1, -2, 0.25, 3, -0.125]),
      b: given([0.5, 4, -1, 0.75, 2]),
      total: given([10], [], 'f64'),
    };
    const effects = make(leaves);
    verify(effects);
    const nodes = Object.values(leaves);
    const wanted = interpretedSteps(nodes, effects, 2);
    run([], { effects, steps: 2, fused });
    nodes.forEach((leaf, i) => {
      if (effects.some((effect) => effect.inputs.includes(leaf))) {
        expect([...Array.from(read(variableOf(leaf)))]).toEqual([...wanted[i]]);
      }
    });
  }
});

test('two nodes of one variable are the same storage', () => {
  const storage = variableOf(given([1, 2, 3]));
  const [x, y] = [variable(storage), variable(storage)];
  run([], { effects: [clipValue(x, 2), store(neg(y), x)] });
  expect([...Array.from(read(storage))]).toEqual([-1, -2, -3]);
});
