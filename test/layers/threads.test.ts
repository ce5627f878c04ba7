import { afterAll, describe, expect, test } from 'vitest';
import type { Node } from '../../src/graph/node.js';
import { init, layers } from '../../src/index.js';
import { built, call } from '../support/layer.js';
import { given, gradientsOf, read, run } from '../support/run.js';

afterAll(() => init());

const wave = (n: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => Math.sin(i * i * 0.37 + i));

/** Everything that one call of the layers in a row computes: output, gradients, moving statistics. */
function everything(shape: readonly number[]): number[][] {
  const size = shape.reduce((a, b) => a * b, 1);
  const columns = shape[shape.length - 1];
  const x = given(wave(size), shape);
  const [scale, offset] = [wave(columns).map((v) => v + 2), wave(columns)];
  const [zeros, ones] = [new Float32Array(columns), new Float32Array(columns).fill(1)];
  const chain = [
    built(layers.batchNormalization(), x, [scale, offset, zeros, ones]),
    built(layers.dropout({ rate: 0.3 }), x),
    built(layers.layerNormalization(), x, [scale, offset]),
    built(layers.dense({ units: columns, activation: 'gelu' }), x, [wave(columns * columns), offset]),
    built(layers.softmax(), x),
  ];
  const effects: Node[] = [];
  const wrt = [x];
  const y = chain.reduce((value, layer) => {
    const called = call(layer, value, { training: true, seed: 5, step: 6 });
    effects.push(...called.updates);
    wrt.push(
      ...layer.weights.flatMap((weight) => (weight.trainable ? [called.weights.get(weight) as Node] : [])),
    );
    return called.y;
  }, x);
  const outputs = run([y, ...gradientsOf(y, given(wave(size), shape), wrt)], { effects, threaded: true });
  return [...outputs, ...chain[0].weights.map(read)].map((values) => Array.from(values));
}

describe.each([[[37, 33]], [[5, 7, 64]], [[1, 3]], [[2, 3, 4, 17]]])('on %j', (shape) => {
  test('any number of threads gives the same bits', async () => {
    await init({ threads: 1 });
    const alone = everything(shape);
    for (const threads of [2, 3, 8]) {
      await init({ threads });
      expect(everything(shape), `${threads} threads`).toEqual(alone);
    }
  });
});
