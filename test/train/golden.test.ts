/** Ten steps of training against Keras and PyTorch, and the same bits in every run. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { init, layers, losses, optimizers, sequential, tensor } from '../../src/index.js';
import type { Layer } from '../../src/layers/layer.js';
import type { Loss } from '../../src/losses/loss.js';
import type { Optimizer } from '../../src/optimizers/optimizer.js';
import { expectClose, floats, type GoldenArray, showConfig } from '../support/golden.js';

interface Results {
  readonly losses: readonly number[];
  readonly finalWeights: readonly GoldenArray[];
}

interface Run {
  readonly optimizer: keyof typeof optimizers;
  readonly config: object;
  readonly testX?: GoldenArray;
  readonly testPrediction?: GoldenArray;
}

interface Network {
  readonly layers: readonly ({ layer: keyof typeof layers } & object)[];
  readonly inputShape: readonly number[];
  readonly loss: { loss: keyof typeof losses } & object;
  readonly weights: readonly GoldenArray[];
  readonly batches: readonly { x: GoldenArray; y: GoldenArray }[];
  readonly firstGradients: readonly GoldenArray[];
  readonly runs: readonly (Run & Results)[];
}

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../golden/${file}.json`, import.meta.url), 'utf8'));
const { classifier, regression } = read('training') as { classifier: Network; regression: Network };
const torch = read('training-torch') as {
  firstGradients: GoldenArray[];
  runs: { optimizer: string; config: object; float64: Results }[];
};

const asTensor = (array: GoldenArray) => tensor(floats(array), array.shape);

/** The network as the golden file describes it, with its first weights. */
function build(network: Network, optimizer: Optimizer) {
  const stack = network.layers.map(({ layer, ...config }, i) =>
    (layers[layer] as (config: object) => Layer)(
      i === 0 ? { ...config, inputShape: network.inputShape } : config,
    ),
  );
  const { loss, ...config } = network.loss;
  const net = sequential({ layers: stack });
  net.compile({ optimizer, loss: (losses[loss] as (config: object) => Loss)(config) });
  expect(net.weights.map(({ shape }) => shape)).toEqual(network.weights.map(({ shape }) => shape));
  net.setWeights(network.weights.map(asTensor));
  return net;
}

const make = ({ optimizer, config }: Run): Optimizer =>
  (optimizers[optimizer] as (config: object) => Optimizer)(config);

function follow(network: Network, optimizer: Optimizer, expected: Results) {
  const net = build(network, optimizer);
  const lossOfStep = network.batches.map(({ x, y }) => net.trainOnBatch(asTensor(x), asTensor(y)).loss);
  expectClose(lossOfStep, expected.losses, 'loss', { absolute: 0 });
  const actual = net.getWeights();
  for (const [i, weight] of expected.finalWeights.entries())
    expectClose(actual[i].data, floats(weight), weight.name);
  return net;
}

function expectGradients(network: Network, expected: readonly GoldenArray[]) {
  const net = build(network, optimizers.sgd());
  const [{ x, y }] = network.batches;
  const actual = net.gradients(asTensor(x), asTensor(y));
  for (const [i, gradient] of expected.entries())
    expectClose(actual[i].data, floats(gradient), gradient.name);
  expect(net.getWeights().map(({ data }) => data)).toEqual(network.weights.map(floats));
}

describe.each(['fast', 'portable'] as const)('%s numerics', (numerics) => {
  beforeAll(() => init({ numerics }));
  afterAll(() => init());

  test('first gradients of the classifier, by Keras and by PyTorch', () => {
    expectGradients(classifier, classifier.firstGradients);
    expectGradients(classifier, torch.firstGradients);
  });

  test('first gradients of the regression net with batch normalization', () => {
    expectGradients(regression, regression.firstGradients);
  });

  test.each(classifier.runs.map((run) => ({ title: `${run.optimizer}(${showConfig(run.config)})`, run })))(
    'classifier as in Keras, $title',
    ({ run }) => {
      follow(classifier, make(run), run);
    },
  );

  // torch.optim.Adam adds epsilon after the bias correction, so 'adam' is another formula; 'kerasAdam' is this one.
  test.each(
    torch.runs
      .filter(({ optimizer }) => optimizer !== 'adam')
      .map((run) => ({ title: `${run.optimizer}(${showConfig(run.config)})`, run })),
  )('classifier as in PyTorch, $title', ({ run: { optimizer, config, float64 } }) => {
    const name = optimizer === 'kerasAdam' ? 'adam' : (optimizer as 'sgd');
    follow(classifier, make({ optimizer: name, config }), float64);
  });

  test('regression net as in Keras', () => {
    const [run] = regression.runs;
    const net = follow(regression, make(run), run);
    expectClose(
      net.predict(asTensor(run.testX as GoldenArray)).data,
      floats(run.testPrediction as GoldenArray),
      'prediction',
    );
  });
});

describe('the same bits every time', () => {
  const examples = 100;
  const x = tensor(
    Float32Array.from({ length: examples * 6 }, (_, i) => Math.sin(i * i)),
    [examples, 6],
  );
  const y = Array.from({ length: examples }, (_, i) => i % 3);

  async function train(options: { seed?: number; timeSlice?: number } = {}) {
    const net = sequential({
      layers: [
        layers.dense({ units: 17, activation: 'tanh', inputShape: [6] }),
        layers.batchNormalization(),
        layers.dropout({ rate: 0.3 }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    const { history } = await net.fit(x, y, {
      epochs: 4,
      batchSize: 16,
      validationSplit: 0.2,
      verbose: 0,
      ...options,
    });
    return {
      history,
      weights: net.getWeights(),
      prediction: net.predict(x),
      evaluation: await net.evaluate(x, y),
    };
  }

  test('for the same training', async () => {
    const first = await train({ seed: 7 });
    expect(await train({ seed: 7 })).toEqual(first);
    expect((await train({ seed: 8 })).weights).not.toEqual(first.weights);
    expect(first.history.loss[3]).toBeLessThan(first.history.loss[0]);
  });

  test('however the work is cut into slices', async () => {
    expect(await train({ timeSlice: 1e-6 })).toEqual(await train({ timeSlice: 1e6 }));
  });
});
