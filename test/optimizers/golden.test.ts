/** Every optimizer against Keras: ten steps of given gradients. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Node } from '../../src/graph/node.js';
import { init, initializers, optimizers, sequential, tensor } from '../../src/index.js';
import { type CallContext, Layer, type Weight } from '../../src/layers/layer.js';
import { add } from '../../src/ops/add.js';
import { constant } from '../../src/ops/leaf.js';
import { matmul } from '../../src/ops/matmul.js';
import { mul } from '../../src/ops/mul.js';
import { reshape } from '../../src/ops/reshape.js';
import { sum } from '../../src/ops/sum.js';
import type { Optimizer } from '../../src/optimizers/optimizer.js';
import { expectClose, floats, type GoldenArray, showConfig } from '../support/golden.js';

interface Case {
  readonly optimizer: keyof typeof optimizers;
  readonly config: object;
  /** The variables after these steps. */
  readonly after: Record<string, GoldenArray[]>;
}

const { variables, gradients, cases } = JSON.parse(
  readFileSync(new URL('../golden/optimizers.json', import.meta.url), 'utf8'),
) as { variables: GoldenArray[]; gradients: GoldenArray[][]; cases: Case[] };

/** Σ weight·x: the gradients of the weights are the layer's input. */
class GivenGradients extends Layer {
  readonly kind = 'givenGradients';
  readonly #parts: Weight[] = [];

  override build(): void {
    for (const [i, { shape }] of variables.entries())
      this.#parts.push(this.addWeight(`w${i}`, shape, initializers.zeros()));
  }

  call(x: Node, { weight }: CallContext): Node {
    const width = x.shape[1];
    let from = 0;
    const terms = this.#parts.map((part) => {
      const size = part.shape.reduce((a, b) => a * b);
      // Picks the columns that belong to this weight.
      const picker = new Float32Array(width * size);
      for (let i = 0; i < size; i++) picker[(from + i) * size + i] = 1;
      from += size;
      const gradient = reshape(matmul(x, constant(picker, [width, size])), [-1, ...part.shape]);
      return sum(
        mul(gradient, weight(part)),
        gradient.shape.slice(1).map((_, axis) => axis + 1),
        true,
      );
    });
    return terms.map((term) => reshape(term, [-1, 1])).reduce(add);
  }
}

const flat = (arrays: readonly GoldenArray[]): Float32Array =>
  Float32Array.from(arrays.flatMap((array) => [...floats(array)]));

test('every optimizer is covered', () => {
  expect(new Set(cases.map(({ optimizer }) => optimizer))).toEqual(new Set(Object.keys(optimizers)));
});

describe.each(['fast', 'portable'] as const)('%s numerics', (numerics) => {
  beforeAll(() => init({ numerics }));
  afterAll(() => init());

  test.each(
    cases.map((golden) => ({ title: `${golden.optimizer}(${showConfig(golden.config)})`, ...golden })),
  )('$title', ({ optimizer, config, after }) => {
    const width = flat(variables).length;
    const net = sequential({ layers: [new GivenGradients({ inputShape: [width] })] });
    net.setWeights(variables.map((array) => tensor(floats(array), array.shape)));
    const made = (optimizers[optimizer] as (config: object) => Optimizer)(config);
    expect(made.name).toBe(optimizer);
    net.compile({ optimizer: made, loss: (_, total) => total });
    for (const [i, step] of gradients.entries()) {
      const x = tensor(flat(step), [1, width]);
      for (const [k, gradient] of net.gradients(x, [0]).entries())
        expect(gradient.data).toEqual(floats(step[k]));
      net.trainOnBatch(x, [0]);
      const expected = after[i + 1];
      if (!expected) continue;
      for (const [k, weight] of net.getWeights().entries()) {
        expectClose(weight.data, floats(expected[k]), `variable ${k} after step ${i + 1}`);
      }
    }
  });
});
