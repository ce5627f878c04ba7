/** Trainings that go well: the doctor has nothing to say. */
import { expect, test } from 'vitest';
import { optimizers } from '../../src/index.js';
import { type Plan, rings, table, times, train } from './nets.js';

const ringNet = { data: rings, output: 'sigmoid', initializer: 'heUniform', batchSize: 64 } as const;

const cases: Record<string, Plan> = {
  'two layers of tanh': { ...ringNet, hidden: times(2, [8, 'tanh']), epochs: 60 },
  'five layers of ReLU': { ...ringNet, hidden: times(5, [16, 'relu']), epochs: 40 },
  'eight layers of tanh': { ...ringNet, hidden: times(8, [16, 'tanh']), epochs: 40 },
  'wide and sparse': {
    data: (seed) => table(seed),
    hidden: [[512, 'relu']],
    bias: -0.2,
    epochs: 40,
    batchSize: 32,
  },
  regression: { data: (seed) => table(seed), hidden: times(2, [32, 'relu']), epochs: 40, batchSize: 32 },
  'plain gradient descent': {
    data: (seed) => table(seed),
    hidden: [[32, 'tanh']],
    optimizer: () => optimizers.sgd({ learningRate: 0.05 }),
    epochs: 40,
    batchSize: 16,
  },
  'a little dropout': {
    data: (seed) => table(seed),
    hidden: times(2, [64, 'relu']),
    dropout: 0.2,
    epochs: 30,
    batchSize: 32,
  },
  'a noisy validation loss that falls': {
    data: (seed) => table(seed, 200, 0.3),
    hidden: [[16, 'tanh']],
    epochs: 40,
    batchSize: 8,
    validationSplit: 0.2,
  },
};

test.each(Object.entries(cases))('%s', async (_, plan) => {
  for (const seed of [0, 1, 2, 3, 4]) {
    const { history } = await train(plan, seed);
    const told = history.diagnoses.filter(({ severity }) => severity !== 'note');
    expect(
      told.map(({ problem }) => problem),
      `seed ${seed}`,
    ).toEqual([]);
  }
});
