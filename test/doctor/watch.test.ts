/** Watching itself: it changes nothing, tells at once, and leaves a record. */
import { describe, expect, test, vi } from 'vitest';
import { ConfigError, type FitParams, layers, optimizers, sequential } from '../../src/index.js';
import { build, type Plan, rings, table, times, train } from './nets.js';

const plan: Plan = {
  data: rings,
  hidden: times(2, [8, 'relu']),
  output: 'sigmoid',
  epochs: 12,
  batchSize: 48,
};
const failing: Plan = {
  data: (seed) => table(seed),
  hidden: [],
  optimizer: () => optimizers.sgd({ learningRate: 2 }),
  epochs: 60,
  batchSize: 32,
};

describe('a watched training', () => {
  const optimizersToTry = {
    adam: () => optimizers.adam({ clipnorm: 0.5 }),
    sgd: () => optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }),
  };
  test.each(Object.entries(optimizersToTry))(
    'ends with the same bits as one that is not, %s',
    async (_, optimizer) => {
      const wide: Plan = {
        ...plan,
        hidden: [
          [24, 'relu'],
          [7, 'tanh'],
          [5, 'sigmoid'],
        ],
        dropout: 0.3,
        optimizer,
        validationSplit: 0.2,
      };
      const [off, watch] = [await train(wide, 3, { doctor: 'off' }), await train(wide, 3)];
      expect(watch.net.getWeights()).toEqual(off.net.getWeights());
      expect(watch.history.history).toEqual(off.history.history);
      expect(off.history.vitals).toBeUndefined();
      expect(off.history.diagnoses).toEqual([]);
    },
  );

  test.each([
    ['finds the model as training left it', false],
    ['can call it off', true],
  ])('while updates are tried, whoever has a turn %s', async (_, abort) => {
    const net = build(failing, 4);
    const { x, y } = failing.data(4);
    const start = net.getWeights();
    const seen: unknown[] = [];
    const controller = new AbortController();
    let before = true;
    const onEpochBegin = () => {
      before = false;
    };
    const others = () => {
      if (!before) return;
      seen.push(net.getWeights());
      if (abort && seen.length === 5) controller.abort();
      setImmediate(others);
    };
    setImmediate(others);
    // So many epochs that the check-up tries updates first; every piece is longer than a slice.
    const training = net.fit(x, y, {
      epochs: 1_000_000,
      batchSize: 32,
      verbose: 0,
      timeSlice: 1e-6,
      signal: controller.signal,
      callbacks: [{ onEpochBegin }, { onEpochEnd: () => controller.abort() }],
    });
    await expect(training).rejects.toThrow(/abort/i);
    expect(before).toBe(abort);
    expect(seen.length).toBeGreaterThan(abort ? 4 : 40);
    for (const weights of seen) expect(weights).toEqual(start);
    if (abort) expect(net.getWeights()).toEqual(start);
  });

  test('has the same bits where several threads share the work', async () => {
    const large: Plan = {
      data: (seed) => table(seed, 512),
      hidden: [
        [512, 'relu'],
        [64, 'relu'],
      ],
      epochs: 4,
      batchSize: 256,
    };
    const [off, watch] = [await train(large, 1, { doctor: 'off' }), await train(large, 1)];
    expect(watch.net.getWeights()).toEqual(off.net.getWeights());
  });

  test('has the same bits with batch normalization, flat inputs and frozen layers', async () => {
    const weights = [];
    for (const doctor of ['off', 'watch'] as const) {
      const net = sequential({
        layers: [
          layers.flatten({ inputShape: [2, 1] }),
          layers.dense({ units: 8, trainable: false }),
          layers.batchNormalization({}),
          layers.activation({ activation: 'relu' }),
          layers.dense({ units: 6 }),
          layers.leakyReLU({}),
          layers.dense({ units: 2, activation: 'softmax' }),
        ],
      });
      net.compile({ optimizer: 'rmsprop', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
      const { x, y } = rings(1, 200);
      await net.fit(x, y, { epochs: 5, batchSize: 32, doctor, verbose: 0 });
      weights.push(net.getWeights());
    }
    expect(weights[1]).toEqual(weights[0]);
  });

  test('ends with the same bits even when it breaks, and was gone through again', async () => {
    const broken = {
      ...failing,
      hidden: times(1, [16, 'relu'] as const),
      optimizer: () => optimizers.sgd({ learningRate: 1e4 }),
    };
    const [off, watch] = [await train(broken, 1, { doctor: 'off' }), await train(broken, 1)];
    expect(watch.history.diagnoses.map(({ problem }) => problem)).toContain('non-finite');
    expect(watch.net.getWeights()).toEqual(off.net.getWeights());
    expect(watch.history.history).toEqual(off.history.history);
  });

  test('is diagnosed the same way every time', async () => {
    const [a, b] = [await train(failing, 1), await train(failing, 1)];
    expect(b.history.diagnoses).toEqual(a.history.diagnoses);
    expect(b.history.vitals).toEqual(a.history.vitals);
  });

  test('is diagnosed the same way on a slow machine and on a fast one', async () => {
    // When snapshots are made depends on the clock: here hours pass in a step, or no time at all.
    for (const [seed, learningRate] of [
      [1, 1.5],
      [2, 1],
      [3, 30],
    ]) {
      const found = [];
      for (const hours of [0, 1]) {
        let now = 0;
        const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
        const tick = {
          onTrainBatchEnd() {
            now += hours * 3.6e6;
          },
        };
        const broken = { ...failing, optimizer: () => optimizers.sgd({ learningRate }) };
        found.push((await train(broken, seed, { callbacks: [tick] })).history.diagnoses);
        clock.mockRestore();
      }
      expect(found[0].map(({ problem }) => problem)).toContain('non-finite');
      expect(found[1]).toEqual(found[0]);
    }
  });

  test('can be repeated and goes on', async () => {
    const { net, history } = await train(plan, 0);
    const { x, y } = rings(0);
    const again = await net.fit(x, y, { epochs: 3, batchSize: 48, verbose: 0 });
    expect(again.vitals?.step[0]).toBe(0);
    expect(again.vitals?.loss[0]).toBeLessThan(history.vitals?.loss[0] as number);
  });
});

describe('the record', () => {
  test('has one number a sample for everything measured', async () => {
    const { history } = await train(plan, 0);
    const { vitals } = history;
    const { step, epoch, loss, learningRate, layers: measured } = vitals as NonNullable<typeof vitals>;
    expect(step.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const course of [epoch, loss, learningRate]) expect(course).toHaveLength(step.length);
    expect(measured.map(({ name, activation }) => [name, activation])).toEqual([
      ['dense', 'relu'],
      ['dense_1', 'relu'],
      ['dense_2', 'sigmoid'],
    ]);
    for (const layer of measured) {
      for (const course of [layer.gradientNorm, layer.weightNorm, layer.updateRatio, layer.signal]) {
        expect(course).toHaveLength(step.length);
        expect(course.every((value) => value > 0)).toBe(true);
      }
    }
    expect(JSON.parse(JSON.stringify(vitals))).toBeTruthy();
  });

  test('says what really happened in a step', async () => {
    const net = sequential({
      layers: [layers.dense({ units: 3, activation: 'relu', inputShape: [5] }), layers.dense({ units: 1 })],
    });
    net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const { x, y } = table(1, 32);
    const before = net.getWeights();
    const gradients = net.gradients(x, y);
    const { vitals } = await net.fit(x, y, { epochs: 1, batchSize: 32, shuffle: false, verbose: 0 });
    const after = net.getWeights();
    const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
    const moved = norm(before[0].data.map((v, i) => after[0].data[i] - v)) / norm(before[0].data);
    const first = vitals?.layers[0];
    expect(first?.gradientNorm[0]).toBeCloseTo(norm([...gradients[0].data, ...gradients[1].data]), 5);
    expect(first?.weightNorm[0]).toBeCloseTo(norm(before[0].data), 5);
    expect(first?.updateRatio[0]).toBeCloseTo(moved, 6);
  });
});

describe('the telling', () => {
  test('begins with what the check-up finds, before the first step', async () => {
    const told: string[] = [];
    const steps: number[] = [];
    const { history } = await train({ ...plan, output: undefined, bias: -10 }, 1, {
      callbacks: [
        {
          onDiagnosis: ({ problem, step }) => void told.push(`${problem} ${step}`),
          onEpochBegin: (epoch) => void steps.push(told.length, epoch),
        },
      ],
    });
    expect(told[0]).toBe('poor-initialization 0');
    expect(steps.slice(0, 2)).toEqual([told.filter((text) => text.endsWith(' 0')).length, 0]);
    // The units that are dead all the time follow from that: no news.
    expect(history.diagnoses.map(({ problem }) => problem)).not.toContain('dead-relu');
  });

  test('comes at once, in order, and to callbacks that may end the training', async () => {
    const told: string[] = [];
    let params: FitParams | undefined;
    let model: { stopTraining: boolean } | undefined;
    const { history, net } = await train(failing, 1, {
      callbacks: [
        {
          setParams(given) {
            params = given;
          },
          setModel(given) {
            model = given;
          },
          onDiagnosis({ problem }) {
            told.push(problem);
            if (model) model.stopTraining = true;
          },
        },
      ],
    });
    expect(told).toEqual(history.diagnoses.map(({ problem }) => problem));
    expect(history.epoch.length).toBeLessThan(params?.epochs ?? 0);
    expect(net.stopTraining).toBe(true);
  });

  test("says which step broke, and that is the step whose loss was the first that's not finite", async () => {
    const broken = { ...failing, optimizer: () => optimizers.sgd({ learningRate: 30 }) };
    let first = -1;
    let batch = 0;
    const watchLoss = {
      onBatchEnd(_: number, { loss }: Record<string, number>) {
        if (first < 0 && !Number.isFinite(loss)) first = batch;
        batch++;
      },
    };
    await train(broken, 2, { doctor: 'off', callbacks: [watchLoss] });
    const { history } = await train(broken, 2);
    const told = history.diagnoses.find(({ problem }) => problem === 'non-finite');
    expect(first).toBeGreaterThan(0);
    expect(told?.evidence.atStep).toBeLessThanOrEqual(first);
    expect(told?.evidence.atStep).toBeGreaterThanOrEqual(first - 1);
    expect(told?.step).toBe(told?.evidence.atStep);
  });

  test('knows no other ways', async () => {
    const { net } = await train({ ...plan, epochs: 1 }, 0);
    const { x, y } = rings(0);
    await expect(net.fit(x, y, { doctor: 'on' as 'watch' })).rejects.toThrow(
      new ConfigError("fit: doctor is 'on'; expected 'off', 'watch' or 'repair'."),
    );
  });
});
