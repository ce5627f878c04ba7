/** doctor: 'repair': what fails is brought to learn, in the model at hand; what is healthy is left as it is. */
import { describe, expect, test } from 'vitest';
import * as chainrule from '../../src/index.js';
import {
  callbacks,
  diagnose,
  type History,
  layers,
  loadModel,
  losses,
  type Optimizer,
  optimizers,
  type Repair,
  report,
  type Sequential,
  sequential,
  toCode,
} from '../../src/index.js';
import { generator } from '../ops/cases/case.js';
import { build, type Plan, rings, table, times, train } from './nets.js';

const healthy: Plan = {
  data: (seed) => table(seed),
  hidden: times(2, [16, 'relu']),
  epochs: 20,
  batchSize: 32,
};

const kept = ({ repairs }: History): string[] =>
  repairs.filter((repair) => repair.kept).map(({ remedy }) => remedy);

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
    expect(kept(history)).toEqual(['lower-learning-rate']);
    const [repair] = history.repairs.filter((one) => one.kept);
    expect(repair.after.learned).toBeGreaterThan(repair.before.learned);
    expect(repair.code).toMatch(/^net\.compile\(\{ optimizer: optimizers\.sgd\(\{ learningRate: /);
    expect(told).toEqual(history.repairs);
    expect(net.learningRate).toBeLessThan(3);
    // The settings say what is in use.
    expect(toCode(net)).toContain(`learningRate: ${Number(net.learningRate.toPrecision(2))} `);
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
  expect(kept(history)).toEqual(['use-leaky-relu']);
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
  // It can be saved,
  const twin = await loadModel(net.toSafetensors());
  expect(twin.predict(raw)).toEqual(net.predict(raw));
  // and go on.
  const again = await net.fit(raw, y, { epochs: 20, verbose: 0 });
  expect(again.history.loss.at(-1)).toBeLessThan(loss);
});

/** Three clouds in a plane, labelled 0, 1 and 2. */
function clouds(count = 300): { x: Float32Array; y: Float32Array } {
  const random = generator(7);
  const y = Float32Array.from({ length: count }, (_, i) => i % 3);
  const x = Float32Array.from({ length: 2 * count }, (_, i) => {
    const label = (i >> 1) % 3;
    return (i % 2 === 0 ? [-2, 2, 0] : [-1, -1, 2])[label] + random() + random() - 1;
  });
  return { x, y };
}

describe('outputs that do not suit the loss', () => {
  const cases = {
    'ReLU read as probabilities': { activation: 'relu', loss: losses.sparseCategoricalCrossentropy() },
    'no activation, read as probabilities': {
      activation: undefined,
      loss: losses.sparseCategoricalCrossentropy(),
    },
    'softmax read as logits': {
      activation: 'softmax',
      loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    },
  } as const;
  test.each(Object.entries(cases))('%s', async (_, { activation, loss }) => {
    const net = sequential({
      layers: [
        layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
        layers.dense({ units: 3, ...(activation && { activation }) }),
      ],
    });
    net.compile({ optimizer: 'adam', loss, metrics: ['accuracy'] });
    const { x, y } = clouds();
    const history = await net.fit(x, y, { epochs: 40, doctor: 'repair', verbose: 0 });
    expect(kept(history)).toHaveLength(1);
    expect((await net.evaluate(x, y)).accuracy).toBeGreaterThan(0.95);
    expect((await net.evaluate(x, y)).loss).toBeLessThan(0.3);
    // The repaired model as a program: the same layers and settings, which take the same weights.
    const names = Object.keys(chainrule);
    const twin: Sequential = new Function(...names, `${toCode(net, { imports: false })} return net;`)(
      ...Object.values(chainrule),
    );
    twin.setWeights(net.getWeights());
    expect(await twin.evaluate(x, y)).toEqual(await net.evaluate(x, y));
  });
});

test.each([0, 1, 2, 3])('what goes with the structure may begin with a high loss, seed %d', async (seed) => {
  const { x, y } = clouds();
  const net = sequential({
    layers: [layers.dense({ units: 16, activation: 'relu', inputShape: [2] }), layers.dense({ units: 3 })],
    seed,
  });
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  const far = x.map((v) => 4 * v);
  const history = await net.fit(far, y, { epochs: 20, doctor: 'repair', verbose: 0 });
  expect(kept(history)[0]).toBe('change-output-activation');
  expect((await net.evaluate(far, y)).accuracy).toBeGreaterThan(0.9);
});

test('targets far from 0 are reached through a last layer that scales', async () => {
  const { x, y } = table(2);
  const far = y.map((value) => 500 + 80 * value);
  const net = sequential({
    layers: [layers.dense({ units: 32, activation: 'relu', inputShape: [5] }), layers.dense({ units: 1 })],
  });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const history = await net.fit(x, far, { epochs: 60, doctor: 'repair', verbose: 0 });
  expect(kept(history)).toEqual(['scale-targets']);
  expect(history.history.loss.at(-1)).toBeLessThan(0.1 * 80 ** 2);
});

describe('numbers of all sizes', () => {
  /** Trained with repairs: the model, what was kept, and the share of the targets' variance that it leaves. */
  async function repaired(
    inputs: (v: number) => number,
    targets: (v: number) => number,
    optimizer: Optimizer,
  ) {
    const { x, y } = table(5);
    const [far, answers] = [x.map(inputs), y.map(targets)];
    const net = sequential({
      layers: [layers.dense({ units: 32, activation: 'relu', inputShape: [5] }), layers.dense({ units: 1 })],
    });
    net.compile({ optimizer, loss: 'meanSquaredError' });
    const history = await net.fit(far, answers, { epochs: 60, doctor: 'repair', verbose: 0 });
    const mean = answers.reduce((a, b) => a + b, 0) / answers.length;
    const variance = answers.reduce((sum, v) => sum + (v - mean) ** 2, 0) / answers.length;
    return { net, history, left: (await net.evaluate(far, answers)).loss / variance };
  }

  test('inputs and targets that are both far from 1 are scaled together', async () => {
    const { net, history, left } = await repaired(
      (v) => 2000 + 300 * v,
      (v) => 30_000 + 9000 * v,
      optimizers.adam(),
    );
    expect(kept(history)).toEqual(['standardize-inputs']);
    expect(net.layers.map(({ kind }) => kind)).toEqual(['normalization', 'dense', 'dense', 'normalization']);
    expect(history.repairs.find(({ kept }) => kept)?.code).toMatch(
      /as the first layer[\s\S]*as the last layer/,
    );
    expect(left).toBeLessThan(0.1);
  });

  test.each([1e20, 1e-12])('inputs times %d, whose squares no float holds', async (size) => {
    const { net, history, left } = await repaired(
      (v) => size * v,
      (v) => v,
      optimizers.adam({ learningRate: 0.01 }),
    );
    expect(kept(history)).toEqual(['standardize-inputs']);
    expect(net.layers.slice(0, 2).map(({ kind }) => kind)).toEqual(['rescaling', 'normalization']);
    expect(left).toBeLessThan(0.1);
  });

  test('a rate that momentum multiplies is brought down to what is usual with it', async () => {
    const { net, history, left } = await repaired(
      (v) => v,
      (v) => v,
      optimizers.sgd({ learningRate: 1, momentum: 0.9 }),
    );
    expect(kept(history)).toEqual(['lower-learning-rate']);
    expect(net.learningRate).toBeLessThanOrEqual(0.0101);
    expect(left).toBeLessThan(0.1);
  });
});

test('what only the user can mend is told, and left alone', async () => {
  const { x } = table(1);
  const net = sequential({ layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [5] })] });
  net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
  const { diagnoses, repairs } = await net.fit(x, new Float32Array(320), {
    epochs: 5,
    doctor: 'repair',
    verbose: 0,
  });
  expect(diagnoses.map(({ problem }) => problem)).toEqual(['degenerate-labels']);
  expect(repairs).toEqual([]);
});

test('a model that overfits stops with the weights of its best epoch', async () => {
  const { x } = table(4, 60);
  const random = generator(3);
  const y = Float32Array.from({ length: 60 }, random);
  const net = sequential({
    layers: [layers.dense({ units: 64, activation: 'relu', inputShape: [5] }), layers.dense({ units: 1 })],
  });
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  const history = await net.fit(x, y, { epochs: 300, validationSplit: 0.5, doctor: 'repair', verbose: 0 });
  expect(kept(history)).toEqual(['stop-early']);
  expect(history.epoch.length).toBeLessThan(300);
  const { loss } = await net.evaluate(x.subarray(150), y.subarray(30));
  expect(loss).toBeCloseTo(Math.min(...history.history.val_loss), 5);
});

test('layers of the user’s own and frozen ones are left as they are', async () => {
  class Doubled extends chainrule.Layer {
    readonly kind = 'doubled';
    call(x: chainrule.SymbolicValue) {
      return chainrule.ops.mul(x, 2);
    }
  }
  const { x, y } = table(3);
  const own = new Doubled({});
  const frozen = layers.dense({ units: 24, activation: 'tanh', inputShape: [5], trainable: false });
  const zeros = { kernelInitializer: 'zeros' } as const;
  const net = sequential({
    layers: [
      frozen,
      own,
      layers.dense({ units: 16, activation: 'relu', ...zeros }),
      layers.dense({ units: 1, ...zeros }),
    ],
  });
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  const before = net.getWeights()[0];
  const history = await net.fit(x, y, { epochs: 40, doctor: 'repair', verbose: 0 });
  expect(kept(history)).toEqual(['reinitialize-weights']);
  expect(net.layers.slice(0, 2)).toEqual([frozen, own]);
  expect(net.getWeights()[0]).toEqual(before);
  expect(history.history.loss.at(-1)).toBeLessThan(0.3);
});

describe('a training with repairs', () => {
  const failing: Plan = { ...healthy, optimizer: () => optimizers.sgd({ learningRate: 3 }) };

  test('leaves a model that works when it is called off in the middle', async () => {
    for (const after of [0, 5, 20, 60]) {
      const { net } = await train({ ...failing, epochs: 1 }, 1, { doctor: 'off' });
      const { x, y } = table(1);
      const [before, code] = [net.layers.slice(), toCode(net)];
      const stop = new AbortController();
      setTimeout(() => stop.abort(), after);
      const fitting = net.fit(x, y, {
        epochs: 4000,
        timeSlice: 1,
        doctor: 'repair',
        signal: stop.signal,
        verbose: 0,
      });
      await expect(fitting).rejects.toThrow('aborted');
      if (net.learningRate === 3) expect([net.layers, toCode(net)]).toEqual([before, code]);
      net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      expect(net.predict(x).shape).toEqual([320, 1]);
      await net.fit(x, y, { verbose: 0 });
    }
  });

  test('starts early stopping anew, since epochs are done again', async () => {
    const stopping = callbacks.earlyStopping({ monitor: 'loss', patience: 3, restoreBestWeights: true });
    const { net, history } = await train(failing, 1, { doctor: 'repair', callbacks: [stopping] });
    expect(history.history.loss.at(-1)).toBeLessThan(0.3);
    expect(net.getWeights().every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  test('counts steps and epochs from where fit began, also after it went back', async () => {
    const net = build({ ...healthy, epochs: 40 }, 1);
    const raise = {
      onEpochBegin: (epoch: number) => {
        if (epoch === 20 && history === undefined) net.learningRate = 20;
      },
      onRepair: (repair: Repair) => {
        if (repair.kept) history = [repair.backTo];
      },
    };
    let history: number[] | undefined;
    const { x, y } = table(1);
    const { diagnoses, repairs, vitals, epoch } = await net.fit(x, y, {
      epochs: 40,
      doctor: 'repair',
      callbacks: [raise],
      verbose: 0,
    });
    const [repair] = repairs.filter(({ kept }) => kept);
    expect(repair.backTo).toBeGreaterThan(5);
    expect(vitals?.step[0]).toBe((vitals?.epoch[0] as number) * 10);
    expect(vitals?.epoch[0]).toBeGreaterThanOrEqual(repair.backTo);
    for (const found of diagnoses) expect(Math.floor(found.step / 10)).toBe(found.epoch);
    expect(epoch.at(-1)).toBe(39);
  });

  test('is told in the report', async () => {
    const { history } = await train(failing, 1, { doctor: 'repair' });
    expect(report.text(history)).toMatch(
      /Repairs: 1 of 4 tried were kept[\s\S]*✓ Lower learning rate[\s\S]*net\.compile/,
    );
    expect(report.html(history)).toContain('<h2>Repairs</h2>');
  });
});

describe('what must not happen', () => {
  const wave = (i: number): [number, number] => [Math.sin(i * 7), Math.cos(i * 3)];
  const points = Array.from({ length: 60 }, (_, i) => wave(i));

  test('a short training is not left undone for the sake of its budget', async () => {
    const x = points.map(([a, b]) => [a * 300, b * 300]);
    const y = points.map(([a, b]) => [a + 0.5 * b]);
    const trained = async (doctor: 'off' | 'repair') => {
      const net = sequential({
        layers: [
          layers.dense({ units: 64, activation: 'tanh', inputShape: [2] }),
          layers.dense({ units: 64, activation: 'tanh' }),
          layers.dense({ units: 1 }),
        ],
      }).compile({ optimizer: 'rmsprop', loss: 'meanSquaredError' });
      const { history } = await net.fit(x, y, { epochs: 10, batchSize: 60, verbose: 0, doctor });
      return { epochs: history.loss.length, loss: (await net.evaluate(x, y)).loss };
    };
    const repaired = await trained('repair');
    expect(repaired.epochs).toBe(10);
    expect(repaired.loss).toBeLessThan((await trained('off')).loss);
  });

  test('what goes with the structure is taken back where the loss says that it harms', async () => {
    const x = points.map(([a, b]) => [a * 1e-2, b * 1e-2]);
    const y = points.map(([a, b]) => [(a + 0.5 * b) * 1e-4]);
    const trained = async (doctor: 'off' | 'repair') => {
      const net = sequential({
        layers: [
          layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
          layers.dense({ units: 1 }),
        ],
      }).compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      await net.fit(x, y, { epochs: 200, verbose: 0, doctor });
      return (await net.evaluate(x, y)).loss;
    };
    expect(await trained('repair')).toBeLessThan(2 * (await trained('off')));
  });

  test('nothing that ends in NaN counts as help, and no NaN stays in the model', async () => {
    const x = points.map(([a, b]) => [a * 1000, b * 1000]);
    const y = points.map(([a, b]) => [(a + 0.5 * b) * 1e5]);
    const net = sequential({
      layers: [layers.dense({ units: 16, activation: 'relu', inputShape: [2] }), layers.dense({ units: 1 })],
    }).compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const { repairs } = await net.fit(x, y, { epochs: 60, verbose: 0, doctor: 'repair' });
    for (const { kept, after } of repairs) if (kept) expect(after.loss).not.toBeNaN();
    for (const { data } of net.getWeights()) expect(data.every(Number.isFinite)).toBe(true);
  });

  test('weights that are no numbers are told as that', () => {
    const net = sequential({
      layers: [layers.dense({ units: 4, activation: 'relu', inputShape: [2] }), layers.dense({ units: 1 })],
    }).compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const [kernel, ...rest] = net.getWeights();
    kernel.data[3] = Number.NaN;
    net.setWeights([kernel, ...rest]);
    const [first] = diagnose(
      net,
      points,
      points.map(([a, b]) => [a + b]),
    );
    expect(first).toMatchObject({ problem: 'non-finite', layer: 'dense', evidence: { values: 1 } });
    expect(first.remedies[0].remedy).toBe('reinitialize-weights');
  });
});
