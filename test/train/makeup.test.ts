/** Other make-ups of a model: what they keep, and that the one before comes back whole. */
import { expect, test } from 'vitest';
import { type Layer, layers, optimizers, sequential } from '../../src/index.js';
import { alter, discard } from '../../src/train/makeup.js';
import { Snapshot } from '../../src/train/snapshot.js';

const x = Array.from({ length: 64 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const y = x.map(([a, b]) => [a * b]);

async function trained() {
  const net = sequential({
    layers: [layers.dense({ units: 6, activation: 'relu', inputShape: [2] }), layers.dense({ units: 1 })],
  });
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  await net.fit(x, y, { epochs: 3, doctor: 'off', verbose: 0 });
  return net;
}

/** The same layers with one put between them. */
const between = ([first, last]: readonly Layer[]): Layer[] => [
  first,
  layers.batchNormalization({ name: 'between' }),
  last,
];

test('layers that stay keep their weights and the optimizer’s state of them', async () => {
  const net = await trained();
  const twin = await trained();
  const base = net.makeup;
  // An identity: nothing is computed otherwise.
  const same = [base.layers[0], layers.activation({ activation: 'linear', name: 'same' }), base.layers[1]];
  net.makeup = alter(base, { layers: same, seed: 1 });
  expect(net.layers.map(({ name }) => name)).toEqual(['dense', 'same', 'dense_1']);
  for (const model of [net, twin]) await model.fit(x, y, { epochs: 5, seed: 3, doctor: 'off', verbose: 0 });
  expect(net.getWeights()).toEqual(twin.getWeights());
});

test('a layer made again takes the weights of its name, or new ones where it is told', async () => {
  const net = await trained();
  const base = net.makeup;
  const [kernel] = net.getWeights();
  const other = () => [layers.dense({ units: 6, activation: 'tanh', name: 'dense' }), base.layers[1]];
  const kept = alter(base, { layers: other(), seed: 1 });
  net.makeup = kept;
  expect(net.getWeights()[0]).toEqual(kernel);
  net.makeup = base;
  net.makeup = alter(base, { layers: other(), keeps: () => false, seed: 1 });
  expect(net.getWeights()[0]).not.toEqual(kernel);
});

test('the make-up before comes back with every bit and all memory', async () => {
  const [net, twin] = [await trained(), await trained()];
  const base = net.makeup;
  const state = new Snapshot(net);
  net.makeup = alter(base, {
    layers: between(base.layers),
    options: { optimizer: optimizers.sgd({ learningRate: 0.5, momentum: 0.5 }) },
    seed: 1,
  });
  await net.fit(x, y, { epochs: 5, doctor: 'off', verbose: 0 });
  const other = net.makeup;
  net.makeup = base;
  state.restore();
  discard(other, base);
  net.epochsTrained = twin.epochsTrained;
  for (const model of [net, twin]) await model.fit(x, y, { epochs: 5, doctor: 'off', verbose: 0 });
  expect(net.getWeights()).toEqual(twin.getWeights());
  // Again and again, in the memory there is.
  const { byteLength } = net.executor.arena.memory.buffer;
  for (let i = 0; i < 50; i++) discard(alter(base, { layers: between(base.layers), seed: i }), base);
  expect(net.executor.arena.memory.buffer.byteLength).toBe(byteLength);
});

test('an alteration that does not fit changes nothing', async () => {
  const net = await trained();
  const base = net.makeup;
  const wrong = [base.layers[0], layers.reshape({ targetShape: [5], name: 'wrong' }), base.layers[1]];
  expect(() => alter(base, { layers: wrong, seed: 1 })).toThrow('wrong');
  expect(net.predict(x).shape).toEqual([64, 1]);
});
