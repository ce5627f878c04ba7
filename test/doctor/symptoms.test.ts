/** Trainings that fail, each in a way of its own, and what the doctor says of them. */
import { describe, expect, test } from 'vitest';
import { initializers, optimizers } from '../../src/index.js';
import { type Plan, rings, table, times, train } from './nets.js';

const seeds = [0, 1, 2, 3];
const ringNet = { data: rings, output: 'sigmoid', batchSize: 64 } as const;
const tableNet = {
  data: (seed: number) => table(seed),
  hidden: times(2, [32, 'relu'] as const),
  batchSize: 32,
} as const;

const cases: readonly { what: string; plan: Plan; problem: string; layer?: string; remedy: string }[] = [
  {
    what: 'eight sigmoid layers of five units',
    plan: { ...ringNet, hidden: times(8, [5, 'sigmoid']), initializer: 'heUniform', epochs: 60 },
    problem: 'vanishing-gradient',
    layer: 'dense',
    remedy: 'use-relu',
  },
  {
    what: 'biases that begin at −10',
    plan: { ...tableNet, bias: -10, epochs: 40 },
    problem: 'dead-relu',
    layer: 'dense',
    remedy: 'reinitialize-weights',
  },
  {
    what: 'weights and biases from N(0, 1) in wide layers',
    plan: {
      ...ringNet,
      hidden: times(4, [256, 'relu']),
      initializer: initializers.randomNormal({ stddev: 1 }),
      epochs: 20,
    },
    problem: 'exploding-gradient',
    layer: 'dense',
    remedy: 'add-batch-normalization',
  },
  {
    what: 'saturated tanh',
    plan: {
      ...ringNet,
      hidden: times(4, [6, 'tanh']),
      initializer: initializers.randomNormal({ stddev: 6 }),
      optimizer: () => optimizers.sgd({ learningRate: 1e-4 }),
      epochs: 100,
    },
    problem: 'saturated-activation',
    remedy: 'reinitialize-weights',
  },
  {
    what: 'Adam at 0.5',
    plan: { ...tableNet, optimizer: () => optimizers.adam({ learningRate: 0.5 }), epochs: 40 },
    problem: 'learning-rate-too-high',
    remedy: 'lower-learning-rate',
  },
  {
    what: 'Adam at 1e-5',
    plan: { ...tableNet, optimizer: () => optimizers.adam({ learningRate: 1e-5 }), epochs: 40 },
    problem: 'learning-rate-too-low',
    remedy: 'raise-learning-rate',
  },
  {
    what: 'gradient descent that diverges to NaN',
    plan: { ...tableNet, hidden: [], optimizer: () => optimizers.sgd({ learningRate: 2 }), epochs: 100 },
    problem: 'learning-rate-too-high',
    layer: 'dense',
    remedy: 'lower-learning-rate',
  },
  {
    what: 'everything dropped',
    plan: { ...tableNet, dropout: 1, epochs: 5 },
    problem: 'too-much-dropout',
    layer: 'dropout',
    remedy: 'lower-dropout',
  },
  {
    what: 'nine tenths dropped',
    plan: { ...tableNet, dropout: 0.9, epochs: 40 },
    problem: 'too-much-dropout',
    layer: 'dropout',
    remedy: 'lower-dropout',
  },
  {
    what: 'noise learned by heart',
    plan: {
      data: (seed) => table(seed, 120, 1),
      hidden: times(2, [64, 'relu']),
      optimizer: () => optimizers.adam({ learningRate: 3e-3 }),
      epochs: 100,
      batchSize: 16,
      validationSplit: 0.4,
    },
    problem: 'overfitting',
    remedy: 'stop-early',
  },
];

describe.each(cases)('$what', ({ plan, problem, layer, remedy }) => {
  test.each(seeds)(`is a case of ${problem}, seed %i`, async (seed) => {
    const { history } = await train(plan, seed);
    const told = history.diagnoses.find((diagnosis) => diagnosis.severity !== 'note');
    expect(told?.problem).toBe(problem);
    if (layer) expect(told?.layer).toBe(layer);
    expect(told?.remedies[0].remedy).toBe(remedy);
    expect(told?.explanation).not.toMatch(/NaN|undefined|Infinity/);
    for (const { code } of told?.remedies ?? []) expect(code).not.toMatch(/NaN|undefined|Infinity/);
  });
});
