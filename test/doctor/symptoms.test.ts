/** Trainings that fail, each in a way of its own, and what the doctor says of them. */
import { describe, expect, test } from 'vitest';
import { type Diagnosis, initializers, layers, optimizers, sequential } from '../../src/index.js';
import { build, type Plan, rings, table, times, train } from './nets.js';

const seeds = [0, 1, 2, 3];
const ringNet = { data: rings, output: 'sigmoid', batchSize: 64 } as const;
const tableNet = {
  data: (seed: number) => table(seed),
  hidden: times(2, [32, 'relu'] as const),
  batchSize: 32,
} as const;

interface Case {
  readonly what: string;
  readonly plan: Plan;
  /** What is told first: the cause, where the check-up can know it. */
  readonly problem: string;
  readonly layer?: string;
  readonly remedy: string;
  /** What is told first of a model that was trained before, whose weights are nobody's first ones. */
  readonly symptom?: string;
}

const cases: readonly Case[] = [
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
    problem: 'poor-initialization',
    symptom: 'dead-relu',
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
    problem: 'poor-initialization',
    symptom: 'exploding-gradient',
    layer: 'dense_1', // the first layer has only two inputs: there N(0, 1) is no larger than usual
    remedy: 'reinitialize-weights',
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
    problem: 'poor-initialization',
    symptom: 'saturated-activation',
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

describe.each(cases.filter(({ symptom }) => symptom))('$what, trained before', ({ plan, symptom }) => {
  test.each(seeds)(`shows ${symptom}, seed %i`, async (seed) => {
    const net = build(plan, seed);
    const { x, y } = plan.data(seed);
    const { epochs, batchSize } = plan;
    await net.fit(x, y, { epochs: 1, batchSize, doctor: 'off', verbose: 0 });
    const { diagnoses } = await net.fit(x, y, { epochs, batchSize, seed, verbose: 0 });
    expect(diagnoses.find(({ severity }) => severity !== 'note')?.problem).toBe(symptom);
  });
});

test.each(seeds)(
  'XOR with short steps: a higher rate is tried, told and taken back, seed %i',
  async (seed) => {
    const x = Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1);
    const y = Float32Array.of(0, 1, 1, 0);
    const weights = [];
    for (const doctor of ['off', 'watch'] as const) {
      const net = sequential({
        seed,
        layers: [
          layers.dense({ units: 8, activation: 'tanh', inputShape: [2] }),
          layers.dense({ units: 1, activation: 'sigmoid' }),
        ],
      }).compile({ optimizer: optimizers.sgd({ learningRate: 0.01 }), loss: 'binaryCrossentropy' });
      const { diagnoses } = await net.fit(x, y, { epochs: 300, batchSize: 4, doctor, verbose: 0 });
      weights.push(net.getWeights());
      if (doctor === 'off') continue;
      const told = diagnoses.find(({ problem }) => problem === 'learning-rate-too-low') as Diagnosis;
      expect(told).toMatchObject({ severity: 'warning', step: 300 });
      expect(told.remedies[0].remedy).toBe('raise-learning-rate');
      expect(told.evidence.lossAfterInstead).toBeLessThan(0.6);
    }
    expect(weights[1]).toEqual(weights[0]);
  },
);

describe('what broke in the first step', () => {
  const plan: Plan = { ...tableNet, hidden: times(6, [16, 'exponential'] as const), epochs: 4 };
  test.each(seeds)(
    'is not put down to steps, and remedies name activations as users do, seed %i',
    async (seed) => {
      const { history } = await train(plan, seed);
      const broke = history.diagnoses.find(({ problem }) => problem === 'non-finite');
      expect(broke?.evidence.atStep).toBe(0);
      const remedies = broke?.remedies ?? [];
      expect(remedies.map(({ remedy }) => remedy)).not.toContain('lower-learning-rate');
      expect(remedies.map(({ code }) => code).join()).toContain(
        "layers.activation({ activation: 'exponential' })",
      );
    },
  );
});

test('examples that are all 0 are told once: that layers give 0 follows from it', async () => {
  const zeros: Plan = {
    ...tableNet,
    data: (seed) => ({ ...table(seed), x: table(seed).x.map(() => 0) }),
    epochs: 8,
  };
  const { history } = await train(zeros, 1);
  expect(history.diagnoses.map(({ problem }) => problem)).toEqual(['constant-inputs']);
});
