import { describe, expect, test } from 'vitest';
import { diagnose, initializers, layers, losses, optimizers, sequential, type Sequential } from '../../src/index.js';
import { flowers, mlp, oneHot, pictures, plane, random, seeds, spirals } from './patients.js';

/** Problems in the order told; notes are left out. */
const told = (...given: Parameters<typeof diagnose>): string[] => diagnose(...given).filter(({ severity }) => severity !== 'note').map(({ problem }) => problem);

const regression = (net: Sequential, learningRate = 1e-3) => net.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'meanSquaredError' });

describe('inputs', () => {
  test.each(seeds)('features of very different size are told, and standardized ones are not (%i)', (seed) => {
    const { x, y } = plane(seed);
    const uneven = x.map((row) => row.map((v, j) => v * 1000 ** (j - 1)));
    const [first] = diagnose(regression(mlp(4, [32, 32], 1, { seed })), uneven, y);
    expect(first).toMatchObject({ problem: 'unscaled-inputs', layer: 'dense', step: 0, epoch: 0 });
    expect(first.evidence.ratio).toBeGreaterThan(1e7);
    expect(first.remedies[0].code).toContain('(value - mean[j]) / std[j]');
    expect(told(regression(mlp(4, [32, 32], 1, { seed })), x, y)).toEqual([]);
  });

  test.each(seeds)('bytes are told unless a layer brings them into range (%i)', (seed) => {
    const { x, y } = pictures(seed);
    const net = (...first: ReturnType<typeof layers.rescaling | typeof layers.batchNormalization>[]) =>
      sequential({ seed, layers: [...first, layers.dense({ units: 16, activation: 'relu', ...(first.length === 0 ? { inputShape: [64] } : {}) }), layers.dense({ units: 1, activation: 'sigmoid' })] }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
    const [first] = diagnose(net(), x, y);
    expect(first.problem).toBe('unscaled-inputs');
    expect(first.remedies[0].code).toContain('layers.rescaling({ scale: 1 / 255, inputShape: [64] })');
    expect(told(net(layers.rescaling({ scale: 1 / 255, inputShape: [64] })), x, y)).toEqual([]);
    expect(told(net(layers.batchNormalization({ inputShape: [64] })), x, y)).toEqual([]);
  });

  test('centimetres of flowers are fine as they are', () => {
    for (const seed of seeds) {
      const { x, y } = flowers(seed);
      expect(told(mlp(4, [16, 16], 3, { output: 'softmax', seed }).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' }), x, y)).toEqual([]);
    }
  });

  test('a year needs its mean taken away', () => {
    const { x, y } = plane(1);
    const years = x.map(([a, b, c, d]) => [a, b, c, 2000 + d * 3]);
    expect(told(regression(mlp(4, [16], 1)), years, y)[0]).toBe('unscaled-inputs');
  });

  test('examples that are all the same are told; a constant column is not', () => {
    const { x, y } = plane(2);
    expect(told(regression(mlp(4, [16], 1)), x.map(() => [1, 2, 3, 4]), y)).toContain('constant-inputs');
    expect(told(regression(mlp(4, [16], 1)), x.map(([a, b, c]) => [a, b, c, 1]), y)).toEqual([]);
  });
});

describe('targets and labels', () => {
  test.each(seeds)('targets that the output cannot reach (%i)', (seed) => {
    const { x, y } = plane(seed);
    for (const output of ['sigmoid', 'relu', 'tanh'] as const) {
      const [first] = diagnose(regression(mlp(4, [16], 1, { output, seed })), x, y.map(([t]) => [t * 1.5]));
      expect(first).toMatchObject({ problem: 'target-range-mismatch', layer: 'dense_1' });
      expect(first.remedies[0]).toMatchObject({ remedy: 'change-output-activation' });
    }
    expect(told(regression(mlp(4, [16], 1, { output: 'tanh', seed })), x, y.map(([t]) => [Math.tanh(t)]))).toEqual([]);
    expect(told(regression(mlp(4, [16], 1, { output: 'sigmoid', seed })), x, y.map(([t]) => [1 / (1 + Math.exp(-t))]))).toEqual([]);
    expect(told(regression(mlp(4, [16], 1, { output: 'softplus', seed })), x, y.map(([t]) => [Math.exp(t)]))).toEqual([]);
  });

  test('the range of an output that is scaled or shifted is known', () => {
    const { x, y } = plane(1);
    const net = () => sequential({ layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [4] }), layers.rescaling({ scale: 6, offset: -3 })] });
    expect(told(regression(net(), 0.01), x, y.map(([t]) => [Math.max(-2.9, Math.min(2.9, t))]))).toEqual([]);
    expect(told(regression(net(), 0.01), x, y.map(([t]) => [t + 3]))).toEqual(['target-range-mismatch']);
  });

  test.each(seeds)('large regression targets (%i)', (seed) => {
    const { x, y } = plane(seed);
    const [first] = diagnose(regression(mlp(4, [32, 32], 1, { seed })), x, y.map(([t]) => [t * 200 + 1000]));
    expect(first.problem).toBe('target-range-mismatch');
    expect(first.remedies[0].remedy).toBe('scale-targets');
    // A single layer reaches targets of 10 in a moment.
    expect(told(mlp(4, [], 1, { seed }).compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' }), x, y.map(([t]) => [t * 10]))).toEqual([]);
  });

  test('targets that are all the same', () => {
    const { x } = plane(1);
    expect(told(regression(mlp(4, [8], 1)), x, x.map(() => [3]))[0]).toBe('degenerate-labels');
    const classes = () => mlp(4, [8], 3, { output: 'softmax' }).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
    expect(told(classes(), x, x.map(() => 2))[0]).toBe('degenerate-labels');
  });

  test('more units than classes', () => {
    const { x, y } = flowers(1, 600);
    const net = (units: number) => mlp(4, [16], units, { output: 'softmax' }).compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
    expect(told(net(20), x, y)).toEqual(['degenerate-labels']);
    expect(told(net(4), x, y)).toEqual([]);
  });

  test('a rare class', () => {
    const { x } = spirals(1, 1000);
    const net = () => mlp(2, [16], 1, { output: 'sigmoid' }).compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
    const [first] = diagnose(net(), x, x.map((_, i) => [Number(i % 50 === 0)]));
    expect(first).toMatchObject({ problem: 'class-imbalance', severity: 'warning', evidence: { examplesPerClass: [980, 20], majorityClass: 0 } });
    expect(told(net(), x, x.map((_, i) => [Number(i % 5 === 0)]))).toEqual([]);
  });

  test('targets that the loss refuses are told where the reason is plain', () => {
    const { x, y } = flowers(1);
    const net = (loss: ReturnType<typeof losses.binaryCrossentropy>, units = 3) => mlp(4, [8], units, { output: units === 1 ? 'sigmoid' : 'softmax' }).compile({ optimizer: 'adam', loss });
    expect(told(net(losses.sparseCategoricalCrossentropy()), x, oneHot(y, 3))).toEqual(['loss-activation-mismatch']);
    expect(told(net(losses.categoricalCrossentropy()), x, y)).toEqual(['loss-activation-mismatch']);
    const [shifted] = diagnose(net(losses.sparseCategoricalCrossentropy()), x, y.map((label) => label + 1));
    expect(shifted).toMatchObject({ problem: 'degenerate-labels', remedies: [{ code: 'y = y.map((label) => label - 1);' }] });
    const [signs] = diagnose(net(losses.binaryCrossentropy(), 1), x, y.map((label) => [label === 0 ? -1 : 1]));
    expect(signs).toMatchObject({ problem: 'target-range-mismatch', remedies: [{ remedy: 'scale-targets' }] });
    expect(() => diagnose(net(losses.categoricalCrossentropy()), x, x.map(() => [0.5]))).toThrow();
    expect(() => diagnose(net(losses.binaryCrossentropy(), 1), [[1, 2]], [[1]])).toThrow(/shape/);
  });
});

describe('output and loss', () => {
  const { x, y } = flowers(3);
  const classes = (output: Parameters<typeof mlp>[3] & object, loss: Parameters<Sequential['compile']>[0]['loss'], units = 3) => mlp(4, [12], units, output).compile({ optimizer: 'adam', loss });
  const sparse = losses.sparseCategoricalCrossentropy;
  const categorical = losses.categoricalCrossentropy;
  const binary = losses.binaryCrossentropy;

  test.each([
    ['no softmax', 'linear', sparse()],
    ['ReLU', 'relu', sparse()],
    ['tanh', 'tanh', sparse()],
    ['sigmoids', 'sigmoid', sparse()],
    ['softmax twice', 'softmax', sparse({ fromLogits: true })],
    ['ReLU on logits', 'relu', sparse({ fromLogits: true })],
    ['logarithms of a softmax', 'logSoftmax', sparse()],
  ] as const)('%s', (_, output, loss) => {
    const [first, ...others] = diagnose(classes({ output }, loss), x, y);
    expect(first).toMatchObject({ problem: 'loss-activation-mismatch', layer: 'dense_1' });
    expect(others).toEqual([]);
  });

  test.each([
    ['softmax', 'softmax', sparse()],
    ['logits', 'linear', sparse({ fromLogits: true })],
    ['log-probabilities as logits', 'logSoftmax', sparse({ fromLogits: true })],
    ['a function of the user', (v: never) => v, sparse({ fromLogits: true })],
  ] as const)('%s: nothing is wrong', (_, output, loss) => {
    expect(told(classes({ output: output as 'softmax' }, loss), x, y)).toEqual([]);
  });

  test('pairs for two classes and for several answers', () => {
    const two = y.map((label) => [Number(label === 0)]);
    const columns = two.map(([t]) => [1 - t, t]);
    const several = y.map((label) => [1, Number(label > 0), Number(label > 1)]);
    expect(told(classes({ output: 'sigmoid' }, binary(), 1), x, two)).toEqual([]);
    expect(told(classes({}, binary({ fromLogits: true }), 1), x, two)).toEqual([]);
    expect(told(classes({ output: 'sigmoid' }, 'meanSquaredError', 1), x, two)).toEqual([]);
    expect(told(classes({ output: 'sigmoid' }, binary()), x, several)).toEqual([]);
    expect(told(classes({ output: 'softmax' }, categorical(), 2), x, columns)).toEqual([]);
    for (const [output, loss, units, targets] of [
      ['softmax', binary(), 1, two],
      ['softmax', 'meanSquaredError', 1, two],
      ['linear', binary(), 1, two],
      ['tanh', binary(), 1, two],
      ['sigmoid', binary({ fromLogits: true }), 1, two],
      ['softmax', binary(), 2, columns],
      ['softmax', 'meanSquaredError', 2, columns],
      ['softmax', binary(), 3, several],
      ['sigmoid', categorical(), 1, two],
    ] as const) {
      expect(told(classes({ output }, loss, units), x, targets as number[][])[0], `${output} ${typeof loss === 'string' ? loss : loss.name} ${units}`).toBe('loss-activation-mismatch');
    }
  });

  test('the activation may be a layer of its own', () => {
    const net = (fromLogits: boolean) =>
      sequential({ layers: [layers.dense({ units: 12, activation: 'relu', inputShape: [4] }), layers.dense({ units: 3 }), layers.softmax()] }).compile({ optimizer: 'adam', loss: sparse({ fromLogits }) });
    expect(diagnose(net(true), x, y)[0]).toMatchObject({ problem: 'loss-activation-mismatch', layer: 'softmax' });
    expect(told(net(false), x, y)).toEqual([]);
  });
});

describe('initialization', () => {
  const { constant, randomNormal } = initializers;
  test.each(seeds)('kernels that are all alike, too large, too small; biases far below 0 (%i)', (seed) => {
    const { x, y } = plane(seed);
    const net = (dense: object, hidden = [32, 32, 32]) => regression(mlp(4, hidden, 1, { seed, dense }));
    for (const [name, dense] of Object.entries({
      alike: { kernelInitializer: constant({ value: 0.05 }) },
      zeros: { kernelInitializer: 'zeros' },
      large: { kernelInitializer: randomNormal({ stddev: 2 }) },
      small: { kernelInitializer: randomNormal({ stddev: 1e-3 }) },
      buried: { biasInitializer: constant({ value: -8 }) },
    })) {
      const [first] = diagnose(net(dense), x, y);
      expect(first, name).toMatchObject({ problem: 'poor-initialization' });
      expect(first.remedies[0].code, name).toContain('layers.dense({ units: 32');
    }
    for (const dense of [{}, { kernelInitializer: 'heNormal' }, { kernelInitializer: 'orthogonal' }, { kernelInitializer: randomNormal({ stddev: 0.2 }) }, { biasInitializer: constant({ value: 0.1 }) }]) {
      expect(told(net(dense), x, y)).toEqual([]);
    }
  });

  test('a single layer may begin at zeros', () => {
    const { x, y } = plane(1);
    const net = sequential({ layers: [layers.dense({ units: 1, kernelInitializer: 'zeros', inputShape: [4] })] });
    expect(told(net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' }), x, y)).toEqual([]);
  });
});

describe('signals', () => {
  const rings = (net: Sequential) => net.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
  test.each(seeds)('ten sigmoid layers let the gradient vanish; tanh and normalization do not (%i)', (seed) => {
    const { x, y } = spirals(seed);
    const deep = (activation: 'sigmoid' | 'tanh' | 'elu') => rings(mlp(2, new Array(10).fill(8), 1, { activation, output: 'sigmoid', seed }));
    const [first, ...others] = diagnose(deep('sigmoid'), x, y);
    expect(first).toMatchObject({ problem: 'vanishing-gradient', layer: 'dense' });
    expect(first.explanation).toContain('chain rule');
    expect(first.remedies[0].code).toMatch(/^layers\.dense\({ units: 8, activation: 'relu'/);
    expect(others).toEqual([]);
    expect(told(deep('tanh'), x, y)).toEqual([]);
    expect(told(deep('elu'), x, y)).toEqual([]);
    const normalized = sequential({ seed, layers: [...Array.from({ length: 6 }, (_, i) => [layers.dense({ units: 8, ...(i === 0 ? { inputShape: [2] } : {}) }), layers.batchNormalization(), layers.activation({ activation: 'sigmoid' })]).flat(), layers.dense({ units: 1, activation: 'sigmoid' })] });
    expect(told(rings(normalized), x, y)).toEqual([]);
  });

  test.each(seeds)('exponentials explode (%i)', (seed) => {
    const { x, y } = spirals(seed);
    const net = (depth: number, activation: 'exponential' | 'tanh') => rings(mlp(2, new Array(depth).fill(6), 1, { activation, output: 'sigmoid', seed }));
    expect(told(net(9, 'exponential'), x, y)[0]).toBe('exploding-gradient');
    expect(told(net(9, 'tanh'), x, y)).toEqual([]);
  });

  test('a layer that nothing passes is dead', () => {
    const { x, y } = spirals(1);
    const net = rings(mlp(2, [6, 6, 6], 1, { output: 'sigmoid' }));
    const weights = net.getWeights();
    net.setWeights(weights.map((tensor, i) => (i === 2 ? { ...tensor, data: Float32Array.from(tensor.data, (v) => -Math.abs(v)) } : tensor)));
    const [first] = diagnose(net, x, y);
    expect(first).toMatchObject({ problem: 'dead-relu', layer: 'dense_1', severity: 'error' });
    expect(first.remedies[0].remedy).toBe('use-leaky-relu');
  });
});

describe('dropout', () => {
  const net = (rates: readonly number[], last?: number) =>
    regression(
      sequential({
        layers: [
          ...rates.flatMap((rate, i) => [layers.dense({ units: 64, activation: 'relu', ...(i === 0 ? { inputShape: [4] } : {}) }), layers.dropout({ rate })]),
          layers.dense({ units: 1 }),
          ...(last === undefined ? [] : [layers.dropout({ rate: last })]),
        ],
      }),
    );
  const { x, y } = plane(4);

  test('everything, nearly everything, and the answer itself', () => {
    expect(diagnose(net([1, 0.1]), x, y)[0]).toMatchObject({ problem: 'too-much-dropout', layer: 'dropout', severity: 'error' });
    expect(told(net([0.9, 0.9]), x, y)).toEqual(['too-much-dropout']);
    expect(diagnose(net([0.1], 0.3), x, y)[0]).toMatchObject({ problem: 'too-much-dropout', layer: 'dropout_1' });
  });

  test('usual rates pass', () => {
    for (const rates of [[0], [0.2], [0.5, 0.5], [0.3, 0.3, 0.3]]) expect(told(net(rates), x, y)).toEqual([]);
  });
});

describe('learning rate', () => {
  const sgd = (learningRate: number, momentum = 0) => optimizers.sgd({ learningRate, momentum });
  test.each(seeds)('too high and too low are tried out (%i)', (seed) => {
    const { x, y } = plane(seed);
    const net = (optimizer: ReturnType<typeof optimizers.adam> | ReturnType<typeof sgd>) => mlp(4, [32, 32], 1, { seed, activation: 'tanh' }).compile({ optimizer, loss: 'meanSquaredError' });
    const [first] = diagnose(net(sgd(2)), x, y);
    expect(first).toMatchObject({ problem: 'learning-rate-too-high', severity: 'error' });
    expect(first.evidence.triedInstead).toBeLessThan(1);
    expect(first.remedies[0].code).toMatch(/^optimizer: optimizers\.sgd\({ learningRate: 0\.\d+, momentum: 0 }\),$/);
    expect(told(net(optimizers.adam({ learningRate: 1e-6 })), x, y, { epochs: 20 })).toEqual(['learning-rate-too-low']);
    expect(told(net(sgd(0)), x, y)).toEqual(['learning-rate-too-low']);
    for (const optimizer of [sgd(0.01), sgd(0.05), sgd(0.02, 0.9), optimizers.adam(), optimizers.adam({ learningRate: 0.01 })]) expect(told(net(optimizer), x, y, { epochs: 100 })).toEqual([]);
  });

  test('inputs that are only somewhat large are the cause, where standardized ones do well', () => {
    const x = Array.from({ length: 60 }, (_, i) => [i / 4]);
    const net = mlp(1, [], 1).compile({ optimizer: optimizers.sgd({ learningRate: 0.05 }), loss: 'meanSquaredError' });
    const [first, second] = diagnose(net, x, x.map(([v]) => [0.2 * v]));
    expect([first.problem, second.problem]).toEqual(['unscaled-inputs', 'learning-rate-too-high']);
    expect(first.evidence.lossAfterIfStandardized).toBeLessThan(1);
  });
});

describe('the model', () => {
  test('is left exactly as it was', async () => {
    const { x, y } = plane(1);
    const build = () => {
      const net = sequential({ seed: 3, layers: [layers.dense({ units: 16, inputShape: [4] }), layers.batchNormalization(), layers.activation({ activation: 'relu' }), layers.dropout({ rate: 0.3 }), layers.dense({ units: 1 })] });
      return net.compile({ optimizer: optimizers.adam({ learningRate: 0.5 }), loss: 'meanSquaredError', metrics: ['meanAbsoluteError'] });
    };
    const [seen, unseen] = [build(), build()];
    for (const net of [seen, unseen]) await net.fit(x, y, { epochs: 2, verbose: 0 });
    diagnose(seen, x, y);
    expect(seen.learningRate).toBe(0.5);
    for (const net of [seen, unseen]) await net.fit(x, y, { epochs: 2, verbose: 0 });
    expect(seen.getWeights()).toEqual(unseen.getWeights());
  });

  test('gets the same diagnosis every time', () => {
    const { uniform } = random(5);
    const x = Array.from({ length: 5000 }, () => [uniform() * 300, uniform()]);
    const y = x.map(([a, b]) => [Math.sin(a) + b]);
    const once = () => JSON.stringify(diagnose(regression(mlp(2, [8, 8], 1)), x, y));
    expect(once()).toBe(once());
  });

  test('must be compiled, and options be known ones', () => {
    const { x, y } = plane(1);
    expect(() => diagnose(mlp(4, [8], 1), x, y)).toThrow(/compile/);
    expect(() => diagnose(regression(mlp(4, [8], 1)), x, y, { batch: 3 } as never)).toThrow(/batch/);
    expect(() => diagnose(regression(mlp(4, [8], 1)), x, y, { batchSize: 0 })).toThrow(/batchSize/);
  });
});
