/** doctor: 'repair': what fails is brought to learn, in the model at hand; what is healthy is left as it is. */
import { describe, expect, test } from 'vitest';
import { layers, optimizers, type Repair, sequential } from '../../src/index.js';
import { type Plan, rings, table, times, train } from './nets.js';

const healthy: Plan = {
  data: (seed) => table(seed),
  hidden: times(2, [16, 'relu']),
  epochs: 20,
  batchSize: 32,
};

describe('a healthy training', () => {
  test.each([0.2, 0])(
    'ends with the same bits as without the doctor, validation %d',
    async (validationSplit) => {
      const plan = { ...healthy, validationSplit };
      const [off, repair] = [
        await train(plan, 1, { doctor: 'off' }),
        await train(plan, 1, { doctor: 'repair' }),
      ];
      expect(repair.history.diagnoses).toEqual([]);
      expect(repair.history.repairs).toEqual([]);
      expect(repair.net.getWeights()).toEqual(off.net.getWeights());
      expect(repair.history.history).toEqual(off.history.history);
    },
  );
});

describe('a learning rate that is far too high', () => {
  const plan = { ...healthy, optimizer: () => optimizers.sgd({ learningRate: 3 }) };

  test('is lowered, and the training succeeds', async () => {
    const told: Repair[] = [];
    const callbacks = [{ onRepair: (repair: Repair) => void told.push(repair) }];
    const [off, { net, history }] = [
      await train(plan, 1, { doctor: 'off' }),
      await train(plan, 1, { doctor: 'repair', callbacks }),
    ];
    expect(off.history.history.loss.at(-1)).not.toBeLessThan(0.5);
    expect(history.history.loss.at(-1)).toBeLessThan(0.2);
    const kept = history.repairs.filter((repair) => repair.kept);
    expect(kept.map(({ remedy }) => remedy)).toEqual(['lower-learning-rate']);
    expect(kept[0].after.learned).toBeGreaterThan(kept[0].before.learned);
    expect(kept[0].code).toMatch(/^net\.compile\(\{ optimizer: optimizers\.sgd\(\{ learningRate: /);
    expect(told).toEqual(history.repairs);
    expect(net.learningRate).toBeLessThan(3);
    expect(history.epoch).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test('is lowered the same way every time', async () => {
    const [a, b] = [await train(plan, 1, { doctor: 'repair' }), await train(plan, 1, { doctor: 'repair' })];
    expect(b.net.getWeights()).toEqual(a.net.getWeights());
    expect(b.history.repairs).toEqual(a.history.repairs);
  });
});

test('gradients that vanish through eight sigmoid layers are let through by other activations', async () => {
  const plan: Plan = {
    data: rings,
    hidden: times(8, [5, 'sigmoid']),
    output: 'sigmoid',
    epochs: 120,
    batchSize: 64,
  };
  const { net, history } = await train(plan, 2, { doctor: 'repair' });
  expect(history.history.loss.at(-1)).toBeLessThan(0.2);
  expect(history.repairs.filter(({ kept }) => kept).map(({ remedy }) => remedy)).toEqual(['use-leaky-relu']);
  expect(
    net.layers.slice(0, -1).every(({ config }) => 'activation' in config && config.activation === 'elu'),
  ).toBe(true);
});

test('inputs of all sizes are standardized by a layer of the model, which stays the user’s object', async () => {
  const { x, y } = table(3);
  const raw = x.map((value, i) => value * 10 ** (i % 5) + 50);
  const output = layers.dense({ units: 1 });
  const net = sequential({
    layers: [layers.dense({ units: 16, activation: 'relu', inputShape: [5] }), output],
  });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const history = await net.fit(raw, y, { epochs: 60, doctor: 'repair', verbose: 0 });
  expect(history.repairs.filter(({ kept }) => kept).map(({ remedy }) => remedy)).toEqual([
    'standardize-inputs',
  ]);
  expect(net.layers[0].kind).toBe('normalization');
  expect(net.layers.at(-1)).toBe(output);
  const { loss } = await net.evaluate(raw, y);
  expect(loss).toBeLessThan(0.3);
  expect(net.summary({ print: () => {} })).toContain('normalization');
  expect(net.predict(raw).data.every(Number.isFinite)).toBe(true);
  // And it can go on.
  const again = await net.fit(raw, y, { epochs: 20, verbose: 0 });
  expect(again.history.loss.at(-1)).toBeLessThan(loss);
});
