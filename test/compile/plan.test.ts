/** Where values live: room, lifetimes, in-place results and barriers, on networks and on small graphs. */
import { describe, expect, test } from 'vitest';
import { Storage } from '../../assembly/opcodes.js';
import { fuse } from '../../src/compile/fuse.js';
import { plan } from '../../src/compile/plan.js';
import { apply, type Node, rootOf } from '../../src/graph/node.js';
import { type Shape, sizeOf } from '../../src/graph/shape.js';
import { Variable } from '../../src/graph/variable.js';
import { verify } from '../../src/graph/verify.js';
import { layers, optimizers, sequential } from '../../src/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { add } from '../../src/ops/add.js';
import { exp } from '../../src/ops/exp.js';
import { table } from '../../src/ops/index.js';
import { placeholder, variable } from '../../src/ops/leaf.js';
import { matmul } from '../../src/ops/matmul.js';
import { mul } from '../../src/ops/mul.js';
import { neg } from '../../src/ops/neg.js';
import { reshape } from '../../src/ops/reshape.js';
import { row } from '../../src/ops/row.js';
import { sum } from '../../src/ops/sum.js';
import { transpose } from '../../src/ops/transpose.js';
import { accumulate, clipValue, store } from '../../src/ops/updates.js';
import { checkPlan, conflicts } from '../support/memory.js';

const dense = (units: number, activation?: 'relu' | 'tanh' | 'sigmoid' | 'gelu') =>
  layers.dense({ units, activation });

/** A network of a training step; `wide` says how wide layers meant to be so wide are to be. */
interface Network {
  readonly inputs: number;
  readonly outputs: number;
  readonly batch: number;
  readonly hidden: (wide: (units: number) => number) => Layer[];
  readonly last?: 'sigmoid';
}

const networks: Record<string, Network> = {
  '784-512-512-10': {
    inputs: 784,
    outputs: 10,
    batch: 128,
    hidden: (wide) => [dense(wide(512), 'relu'), dense(wide(512), 'relu')],
  },
  '784-256-128-10 with normalization and dropout': {
    inputs: 784,
    outputs: 10,
    batch: 64,
    hidden: (wide) => [
      dense(wide(256)),
      layers.batchNormalization(),
      layers.activation({ activation: 'relu' }),
      layers.dropout({ rate: 0.3 }),
      dense(wide(128), 'gelu'),
      layers.layerNormalization(),
    ],
    last: 'sigmoid',
  },
  'twenty layers': {
    inputs: 16,
    outputs: 1,
    batch: 32,
    hidden: (wide) => Array.from({ length: 20 }, () => dense(wide(64), 'tanh')),
  },
  autoencoder: {
    inputs: 784,
    outputs: 784,
    batch: 100,
    hidden: (wide) => [dense(wide(128), 'relu'), dense(wide(32), 'relu'), dense(wide(128), 'relu')],
    last: 'sigmoid',
  },
  'xor, one example at a time': {
    inputs: 2,
    outputs: 1,
    batch: 1,
    hidden: () => [dense(8, 'tanh')],
    last: 'sigmoid',
  },
};

/** The effects of a network's training step, after fusion, its variables at their addresses. */
function trainingStep(
  { inputs, outputs, batch, hidden, last }: Network,
  wide = (units: number) => units,
): Node[] {
  const net = sequential({ layers: [...hidden(wide), dense(wide(outputs), last)] });
  net.build([wide(inputs)]);
  net.compile({
    optimizer: optimizers.adam({ globalClipnorm: 1 }),
    loss: 'meanSquaredError',
    metrics: ['mae'],
  });
  const [xShape, yShape] = [[wide(inputs)], [wide(outputs)]];
  const feed = { xShape, xStorage: Storage.U8, yShape, yStorage: Storage.F32, key: 'test' };
  const { roots } = net.program('train', feed, wide(batch));
  verify(roots);
  return fuse(roots);
}

describe.each(Object.entries(networks))('%s', (_, network) => {
  const effects = trainingStep(network);

  test('takes hardly more room than what is alive at once', () => {
    verify(effects);
    const { scratchBytes, lowerBound } = plan(effects);
    expect(scratchBytes).toBeLessThanOrEqual(1.1 * lowerBound);
  });

  test('waits where threads must not meet', () => {
    expect(conflicts(plan(effects, { threads: 4, worth: 0 }))).toEqual([]);
  });

  test('reads what the graph says', () => {
    // The same, but narrow: each word is looked at.
    const small = trainingStep(network, (units) => Math.min(units, 1 + (units % 10)));
    for (const threads of [1, 3]) checkPlan(plan(small, { threads, worth: 0 }), small, []);
  });

  test('computes gradients right where they are kept', () => {
    const left = plan(effects).steps.filter(({ node }) => node.op.name === 'store');
    // What normalization computes together for gamma and beta is taken apart by copying.
    expect(left.filter(({ node }) => rootOf(node.inputs[0]).op.name !== 'normalizeGradParams')).toEqual([]);
  });
});

const x = (shape: Shape = [16]) => placeholder('x', shape);
const weight = (shape: Shape = [16], name = 'w') => variable(new Variable(name, shape));
const offsetOf = (planned: ReturnType<typeof plan>, node: Node) => planned.places.get(node.id)?.offset;

describe('memory', () => {
  test('is taken over from an input that nobody reads any more', () => {
    const a = x();
    const y = neg(exp(neg(a)));
    const planned = plan([], { outputs: [y] });
    expect(planned.scratchBytes).toBe(64);
    checkPlan(planned, [], [y]);
  });

  test('is not taken over where an input, or a view of it, is read later', () => {
    const a = exp(x());
    const view = reshape(a, [4, 4]);
    const b = neg(a);
    const y = add(reshape(view, [16]), b);
    const planned = plan([], { outputs: [y] });
    expect(offsetOf(planned, b)).not.toBe(offsetOf(planned, a));
    checkPlan(planned, [], [y]);
  });

  test('of an output stays what it is', () => {
    const a = exp(x());
    const b = neg(a);
    const planned = plan([], { outputs: [a, b] });
    expect(offsetOf(planned, b)).not.toBe(offsetOf(planned, a));
    checkPlan(planned, [], [a, b]);
  });

  test('of an output that is a view stays what it is', () => {
    const a = exp(x([2, 8]));
    const first = row(a, 0);
    const b = neg(a);
    const planned = plan([], { outputs: [first, b] });
    checkPlan(planned, [], [first, b]);
  });

  test('of a value that an op reads twice is not overwritten by it', () => {
    const a = exp(x([8, 8]));
    for (const y of [matmul(a, a), apply(table.softmaxGrad, [a, a], { log: false })]) {
      checkPlan(plan([], { outputs: [y] }), [], [y]);
    }
  });

  test('of a smaller value does not hold a larger one', () => {
    const a = exp(x([16, 1]));
    const y = mul(a, exp(x([16])));
    const planned = plan([], { outputs: [y] });
    checkPlan(planned, [], [y]);
    expect(planned.places.get(y.id)?.bytes).toBe(16 * 16 * 4);
  });

  test('of variables is never taken over', () => {
    const w = weight();
    const y = neg(w);
    const planned = plan([], { outputs: [y] });
    expect(planned.places.get(y.id)?.base).toBe('scratch');
  });

  const mixed = () => {
    const parts = [3, 5, 17].map((n) => exp(x([n])));
    parts.push(neg(row(exp(x([2, 4])), 1)));
    return parts.map((part) => sum(part)).reduce(add);
  };
  const offsets = (planned: ReturnType<typeof plan>) =>
    planned.steps
      .filter(({ node }) => !node.op.view)
      .map(({ node }) => ({ node, offset: offsetOf(planned, node) ?? 0 }));

  test('lies at multiples of a cache line, of which threads do not share any', () => {
    const planned = plan([], { outputs: [mixed()], threads: 2, worth: 0 });
    for (const { offset } of offsets(planned)) expect(offset % 64).toBe(0);
  });

  test('of less than a cache line takes no more than its bytes on one thread', () => {
    const y = mixed();
    const planned = plan([], { outputs: [y] });
    for (const { node, offset } of offsets(planned))
      expect(offset % (4 * sizeOf(node.shape) < 64 ? 4 : 64)).toBe(0);
    // The input of 17 numbers takes two lines, the three others 3 + 5 + 8, the sums two at a time.
    expect(planned.scratchBytes).toBeLessThan(128 + 4 * (3 + 5 + 8 + 4) + 1);
    checkPlan(planned, [], [y]);
  });
});

describe('a value is computed in the variable it is stored to', () => {
  /** The number of stores that are left to do. */
  function copies(effects: readonly Node[], outputs: readonly Node[] = []): number {
    const planned = plan(effects, { outputs });
    checkPlan(planned, effects, outputs);
    return planned.steps.filter(({ node }) => node.op.name === 'store').length;
  }

  test('when nothing speaks against it, also through a view', () => {
    expect(copies([store(exp(x()), weight())])).toBe(0);
    expect(copies([store(reshape(exp(x([4, 4])), [16]), weight())])).toBe(0);
  });

  test('but not when the old value is read in between', () => {
    const w = weight();
    const y = exp(x());
    expect(copies([accumulate(sum(w), variable(new Variable('total', [], 'f64')), 1), store(y, w)])).toBe(1);
  });

  test('but not when the value is made from the old one', () => {
    const w = weight([4, 4]);
    expect(copies([store(transpose(w), w)])).toBe(1);
    expect(copies([store(matmul(w, w), w)])).toBe(1);
  });

  test('but not when the host reads the value, or a view of it', () => {
    const y = exp(x());
    expect(copies([store(y, weight())], [y])).toBe(1);
    const z = exp(x());
    expect(copies([store(z, weight())], [reshape(z, [4, 4])])).toBe(1);
  });

  test('but not when the variable changes before the value was read for the last time', () => {
    const w = weight();
    const y = exp(x());
    const total = variable(new Variable('total', [], 'f64'));
    expect(copies([store(y, w), clipValue(w, 1), accumulate(y, total, 1)])).toBe(1);
    expect(copies([store(y, w), accumulate(y, total, 1), clipValue(w, 1)])).toBe(0);
  });

  test('but not when windows on one block overlap', () => {
    const block = Array.from({ length: 3 }, () => new Variable('window', [16]));
    block.forEach((storage, i) => {
      storage.address = 1024 + 32 * i;
    });
    const [a, b] = block.map(variable);
    expect(copies([clipValue(b, 1), store(exp(x()), a)])).toBe(1);
    expect(copies([store(exp(x()), a), clipValue(b, 1)])).toBe(0);
  });

  test('once, and copied to all other variables', () => {
    const y = exp(x());
    expect(copies([store(y, weight()), store(y, weight([16], 'v'))])).toBe(1);
  });
});

describe('barriers', () => {
  const barriers = (effects: Node[], outputs: Node[] = [], threads = 2): boolean[] => {
    const planned = plan(effects, { outputs, threads, worth: 0 });
    expect(conflicts(planned)).toEqual([]);
    return planned.steps.map(({ barrier }) => barrier);
  };

  test('are not needed by one thread', () => {
    expect(barriers([], [neg(exp(x()))], 1)).toEqual([false, false]);
  });

  test('stand where a step reads what another has written', () => {
    expect(barriers([], [neg(exp(x()))])).toEqual([false, true]);
  });

  test('are not needed between steps that have nothing to do with each other', () => {
    expect(barriers([], [exp(x()), exp(x())])).toEqual([false, false]);
  });

  test('stand where memory is used again', () => {
    const big = x([1024]);
    const a = sum(exp(big));
    const b = sum(neg(x([1024])));
    const y = add(a, b);
    const planned = plan([], { outputs: [y], threads: 2, worth: 0 });
    expect(conflicts(planned)).toEqual([]);
  });

  test('are not asked for by views', () => {
    const y = neg(reshape(exp(x()), [4, 4]));
    expect(barriers([], [y])).toEqual([false, false, true]);
  });

  test('stand between effects on one variable', () => {
    const w = weight();
    expect(barriers([clipValue(w, 2), clipValue(weight(), 1), clipValue(w, 1)])).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('are left out of small programs', () => {
    expect(plan([], { outputs: [neg(exp(x()))], threads: 8 }).threads).toBe(1);
    const large = plan([], { outputs: [matmul(x([256, 256]), x([256, 256]))], threads: 8 });
    expect(large.threads).toBe(8);
    expect(sizeOf(large.steps[0].node.shape)).toBe(256 * 256);
  });
});
