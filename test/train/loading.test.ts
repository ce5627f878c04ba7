/** Whole models from files: they go on as if they had never been away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../src/formats/readSafetensors.js';
import { encode, type Metadata } from '../../src/formats/safetensors.js';
import { seal } from '../../src/formats/sealed.js';
import type { Node } from '../../src/graph/node.js';
import {
  ChainruleError,
  ConfigError,
  DataError,
  data,
  initializers,
  Layer,
  type LayerConfig,
  layers,
  loadModel,
  losses,
  type Metric,
  metrics,
  ops,
  optimizers,
  type Sequential,
  ShapeError,
  sequential,
  type Tensor,
  tensor,
} from '../../src/index.js';
import { line, network, weightsOf } from '../support/problems.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loading-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { x, y } = line(50);

/** A model with some of everything that a file has to keep. */
function everything(optimizer: Parameters<Sequential['compile']>[0]['optimizer']): Sequential {
  const net = sequential({
    name: 'everything',
    seed: 3,
    layers: [
      layers.dense({
        units: 6,
        activation: 'gelu',
        kernelInitializer: initializers.heNormal({ seed: 4 }),
        inputShape: [3],
      }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.dropout({ rate: 0.3 }),
      layers.reshape({ targetShape: [2, -1] }),
      layers.flatten(),
      layers.dense({ units: 4, activation: 'tanh', trainable: false }),
      layers.layerNormalization({ epsilon: 1e-5 }),
      layers.dense({ units: 1 }),
    ],
  });
  return net.compile({
    optimizer,
    loss: losses.huber({ delta: 0.5 }),
    metrics: ['mae', metrics.meanSquaredError()],
  });
}

const allOptimizers = [
  ['sgd', optimizers.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
  ['rmsprop', optimizers.rmsprop({ momentum: 0.5, centered: true })],
  ['adam', optimizers.adam({ learningRate: 0.01, clipnorm: 1 })],
  ['adamW', optimizers.adamW({ weightDecay: 0.01 })],
  ['a name', 'adam'],
] as const;

describe.each(allOptimizers)('with %s', (_, optimizer) => {
  test('a loaded model goes on bit by bit', async () => {
    const options = { batchSize: 8, seed: 5, validationSplit: 0.2 };
    const whole = everything(optimizer);
    const all = await whole.fit(x, y, { ...options, epochs: 4 });

    const first = everything(optimizer);
    await first.fit(x, y, { ...options, epochs: 2 });
    const path = join(folder, 'net.safetensors');
    await first.save(path);
    const second = await loadModel(path);
    expect(second.toSafetensors()).toEqual(first.toSafetensors());
    expect(second.predict(x)).toEqual(first.predict(x));
    const rest = await second.fit(x, y, { ...options, epochs: 4, initialEpoch: 2 });

    expect(weightsOf(second)).toEqual(weightsOf(whole));
    for (const [name, values] of Object.entries(all.history))
      expect(rest.history[name]).toEqual(values.slice(2));
    expect(second.toSafetensors()).toEqual(whole.toSafetensors());
  });
});

test('the metadata tell epochs, updates, learning rate and seed; the tensors the state', async () => {
  const net = network();
  net.compile({ optimizer: 'adam', loss: 'mse' });
  await net.fit(x, y, { epochs: 3, batchSize: 10, seed: 7 });
  net.learningRate = 0.25;
  const { tensors, metadata } = decode(net.toSafetensors());
  expect(JSON.parse(metadata.training)).toEqual({ epochs: 3, iterations: 15, learningRate: 0.25, seed: 7 });
  expect(JSON.parse(metadata.compile)).toEqual({ optimizer: 'adam', loss: 'mse' });
  expect([...tensors.keys()].slice(4, 6)).toEqual([
    'optimizer/mean/dense/kernel',
    'optimizer/square/dense/kernel',
  ]);
  expect(tensors.size).toBe(12);
  expect((await loadModel(net.toSafetensors())).learningRate).toBe(0.25);
});

test('from a URL, an ArrayBuffer, a Blob, and without its training', async () => {
  const net = network();
  await net.fit(x, y);
  const url = pathToFileURL(join(folder, 'a b.safetensors'));
  await net.save(url);
  const bytes = net.toSafetensors() as Uint8Array<ArrayBuffer>;
  for (const source of [url, bytes.slice().buffer, new Blob([bytes])]) {
    expect((await loadModel(source)).toSafetensors()).toEqual(bytes);
  }
  const bare = await loadModel(bytes, { compile: false });
  expect(bare.predict(x)).toEqual(net.predict(x));
  await expect(bare.fit(x, y)).rejects.toThrow(/not compiled/);
});

test('a model that was not compiled, and one that was built without an inputShape', async () => {
  const net = sequential({ layers: [layers.dense({ units: 2 })] }).build([3]);
  const other = await loadModel(net.toSafetensors());
  expect(other.predict(x)).toEqual(net.predict(x));
  expect(() => sequential({ layers: [layers.dense({ units: 2 })] }).toSafetensors()).toThrow(/not built/);
});

test('a layer that was thawed after compile has a fresh state', async () => {
  const make = (trainable: boolean) =>
    sequential({
      layers: [layers.dense({ units: 2, inputShape: [3], trainable }), layers.dense({ units: 1 })],
    });
  const net = make(false).compile({ optimizer: 'adam', loss: 'mse' });
  await net.fit(x, y);
  net.layers[0].trainable = true;
  const other = await loadModel(net.toSafetensors());
  expect(other.trainableWeights.length).toBe(4);
  await other.fit(x, y);
});

describe('what users wrote themselves', () => {
  const swish2 = (v: Node) => ops.mul(v, ops.sigmoid(ops.mul(v, 2)));
  const logCosh = (yTrue: Node, yPred: Node) => {
    const error = ops.sub(yPred, yTrue);
    return ops.sub(ops.add(error, ops.softplus(ops.mul(error, -2))), Math.log(2));
  };
  const bias: Metric = { name: 'bias', call: (yTrue, yPred) => ops.sub(yPred, yTrue) };
  class Scale extends Layer {
    readonly kind = 'scale';
    constructor(override readonly config: LayerConfig & { by: number }) {
      super(config);
    }
    call(v: Node): Node {
      return ops.mul(v, this.config.by);
    }
  }
  const half = {
    name: 'half',
    values: (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
  };

  async function own(): Promise<Sequential> {
    const net = sequential({
      layers: [
        layers.dense({ units: 4, activation: swish2, kernelInitializer: half, inputShape: [3] }),
        new Scale({ by: 3 }),
        layers.dense({ units: 1 }),
      ],
    });
    net.compile({ optimizer: 'sgd', loss: logCosh, metrics: [bias, (a, b) => ops.mul(a, b)] });
    await net.fit(x, y);
    return net;
  }

  const product = (a: Node, b: Node) => ops.mul(a, b);

  test.each([
    ['as a class', Scale],
    ['as a function', (config: LayerConfig & { by: number }) => new Scale(config)],
  ])('comes back when it is handed over, a layer %s', async (_, scale) => {
    const net = await own();
    const custom = { swish2, logCosh, bias, scale, half, metrics_1: product };
    const other = await loadModel(net.toSafetensors(), { custom });
    expect(other.predict(x)).toEqual(net.predict(x));
    expect(await other.evaluate(x, y)).toEqual({
      ...(await net.evaluate(x, y)),
      metric: undefined,
      product: expect.anything(),
    });
    await other.fit(x, y);
    await net.fit(x, y);
    expect(weightsOf(other)).toEqual(weightsOf(net));
  });

  test('is asked for by name, all of it at once', async () => {
    const bytes = (await own()).toSafetensors();
    const load = loadModel(bytes, { custom: { half } });
    await expect(load).rejects.toThrow(ConfigError);
    await expect(load).rejects.toThrow(
      'cannot have the code, of what you wrote yourself: swish2, scale, logCosh, bias, metrics_1. ' +
        'Hand it over: loadModel(file, { custom: { swish2, scale, logCosh, bias, metrics_1 } }).',
    );
    await expect(loadModel(bytes, { custom: { swish2, scale: Scale, half } })).rejects.toThrow(
      /To predict only, loadModel\(file, \{ compile: false \}\)/,
    );
    await loadModel(bytes, { custom: { swish2, scale: Scale, half }, compile: false });
  });

  test('must be what is needed', async () => {
    const bytes = (await own()).toSafetensors();
    const custom = { swish2, logCosh, bias, scale: Scale, half, metrics_1: product };
    const wrong = (more: object) => loadModel(bytes, { custom: { ...custom, ...more } });
    await expect(wrong({ scale: 7 })).rejects.toThrow(/custom\.scale is 7; expected the class/);
    await expect(wrong({ scale: () => 7 })).rejects.toThrow(/custom\.scale is a function/);
    await expect(wrong({ half: 'x' })).rejects.toThrow(/no initializer 'x'/);
    await expect(wrong({ swish2: 'nothing' })).rejects.toThrow(/no activation/);
  });
});

describe('files that hold no model, or a wrong one, are refused', () => {
  const net = network();
  const { tensors, metadata } = decode(net.toSafetensors());
  const { checksum: _, ...rest } = metadata;
  const change = (more: Record<string, string | undefined>, values: Iterable<[string, Tensor]> = tensors) =>
    encode(values, Object.fromEntries(Object.entries({ ...rest, ...more }).filter(([, v]) => v)) as Metadata);
  const architecture = (edit: (text: string) => string) =>
    change({ architecture: edit(metadata.architecture) });

  test('what is changed below was right before', async () => {
    expect(weightsOf(await loadModel(change({})))).toEqual(weightsOf(net));
    expect(weightsOf(await loadModel(seal(tensors, rest)))).toEqual(weightsOf(net));
  });

  test.each<[string, Uint8Array, new (message: string) => ChainruleError, RegExp]>([
    ['only weights', net.toSafetensors({ weightsOnly: true }), DataError, /no model; build the model/],
    ['no metadata', encode(tensors), DataError, /no model/],
    ['broken JSON', change({ architecture: '{' }), DataError, /architecture is not JSON/],
    ['a list', change({ architecture: '[]' }), DataError, /architecture is \[\]/],
    ['a key twice', change({ training: '{"epochs":1,"epochs":2}' }), DataError, /'epochs' twice/],
    ['another kind', architecture((t) => t.replace('sequential', 'model')), DataError, /'model'; expected/],
    [
      'an unknown room',
      architecture((t) => t.replace('layers.dense', 'ops.dense')),
      DataError,
      /'ops.dense'/,
    ],
    ['deeper paths', architecture((t) => t.replace('layers.dense', 'losses.a.b')), DataError, /'losses.a.b'/],
    [
      'prototypes',
      architecture((t) => t.replace('layers.dense', 'losses.constructor')),
      DataError,
      /'losses.constructor'/,
    ],
    [
      'a kind of prototypes',
      architecture((t) => t.replace('layers.dense', 'layers.toString')),
      ConfigError,
      /toString/,
    ],
    ['a key __proto__', architecture((t) => t.replace('"units"', '"__proto__"')), DataError, /__proto__/],
    [
      'a loss as a layer',
      architecture((t) => t.replace('layers.dense', 'losses.mse')),
      ConfigError,
      /setting/,
    ],
    [
      'no layers',
      change({ architecture: '{"$make":"sequential","config":{}}' }),
      DataError,
      /lacks the inputShape/,
    ],
    ['no shape', architecture((t) => t.replace('"inputShape":[3],', '')), DataError, /lacks the inputShape/],
    ['more units', architecture((t) => t.replace('"units":5', '"units":6')), ShapeError, /needs \[3, 6\]/],
    [
      'text for units',
      architecture((t) => t.replace('"units":5', '"units":"5"')),
      ConfigError,
      /units is '5'/,
    ],
    ['a weight less', change({}, [...tensors].slice(1)), DataError, /lacks dense\/kernel/],
    ['a weight more', change({}, [...tensors, ['more', tensor([1])]]), DataError, /has more/],
    ['wrong epochs', change({ training: '{"epochs":-1}' }), ConfigError, /epochs is -1/],
    ['no loss', change({ compile: '{}' }), ConfigError, /no loss undefined/],
  ])('%s', async (_, bytes, type, message) => {
    await expect(loadModel(bytes)).rejects.toThrow(type);
    await expect(loadModel(bytes)).rejects.toThrow(message);
  });

  test('the optimizer’s state must be whole', async () => {
    const adam = network().compile({ optimizer: 'adam', loss: 'mse' });
    const file = decode(adam.toSafetensors());
    const { checksum: _, ...texts } = file.metadata;
    const part = [...file.tensors].filter(([name]) => name !== 'optimizer/mean/dense/bias');
    await expect(loadModel(encode(part, texts))).rejects.toThrow(/lacks optimizer\/mean\/dense\/bias/);
    const bent = [...part, ['optimizer/mean/dense/bias', tensor([1])] as const];
    await expect(loadModel(encode(bent, texts))).rejects.toThrow(ShapeError);
  });

  test('a gigantic architecture is refused before memory is taken', async () => {
    const huge = architecture((t) => t.replace('"units":5', '"units":1000000000'));
    const before = process.memoryUsage().rss;
    await expect(loadModel(huge)).rejects.toThrow(/needs \[3, 1000000000\]/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    const wide = architecture((t) => t.replace('"inputShape":[3]', '"inputShape":[900719925474099]'));
    await expect(loadModel(wide)).rejects.toThrow(ChainruleError);
  });

  test('every flipped bit and every cut is found', async () => {
    const whole = net.toSafetensors();
    for (let i = 0; i < whole.length; i++) {
      const bent = whole.slice();
      bent[i] ^= 1 << (i % 8);
      // A flip in the key 'checksum' itself leaves a model without a sum, all else as it was.
      const loaded = await loadModel(bent).catch((error) => {
        expect(error).toBeInstanceOf(ChainruleError);
      });
      if (loaded) expect(loaded.toSafetensors()).toEqual(whole);
      if (i % 7 === 0) await expect(loadModel(whole.subarray(0, i))).rejects.toThrow(DataError);
    }
  });

  test('the message names the file', async () => {
    const path = join(folder, 'weights.safetensors');
    await net.saveWeights(path);
    await expect(loadModel(path)).rejects.toThrow(`loadModel: ${path}: the file holds tensors but no model`);
    await expect(loadModel('http://127.0.0.1:1/net')).rejects.toThrow(/could not read .*fetch failed \(.+\)/);
    await expect(loadModel(join(folder, 'none'))).rejects.toThrow(/could not read .*ENOENT/);
    await expect(loadModel('indexeddb://digits')).rejects.toThrow(/has no IndexedDB; give the path/);
    await expect(net.save('downloads://digits')).rejects.toThrow(/only a page can offer downloads/);
    await expect(net.save('https://example.org/a')).rejects.toThrow(/cannot be written to/);
    await expect(net.save('indexeddb://')).rejects.toThrow(/lacks a name/);
    for (const ending of ['.h5', '.keras', '.json', '.ONNX'])
      await expect(net.save(join(folder, `net${ending}`))).rejects.toThrow(
        `asks for a ${ending} file, and what is written is safetensors`,
      );
  });
});

test('thousands of layers are made in no time', async () => {
  const many = Array.from({ length: 3000 }, () => layers.activation({ activation: 'relu' }));
  const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] }), ...many] });
  expect(net.layers[3000].name).toBe('activation_2999');
  expect((await loadModel(net.toSafetensors())).layers.length).toBe(3001);
});

test('a model that was trained on a table knows from its file how rows become numbers', async () => {
  const table = await data.rows(
    [
      { color: 'red', size: 1, price: 3 },
      { color: 'blue', size: 2, price: 5 },
    ],
    { label: 'price', columns: { color: 'oneHot' } },
  );
  const net = sequential({ layers: [layers.dense({ units: 1 })] });
  net.compile({ loss: 'meanSquaredError' });
  expect(net.schema).toBeUndefined();
  await net.fitDataset(table, { verbose: 0 });
  const loaded = await loadModel(net.toSafetensors());
  expect(loaded.schema).toEqual(JSON.parse(JSON.stringify(table.schema)));
  const row = { color: 'blue', size: 4 };
  const predict = (model: Sequential) => model.predict(data.schema(model.schema).encode(row)).data;
  expect(predict(loaded)).toEqual(predict(net));

  const { tensors, metadata } = decode(net.toSafetensors());
  const { checksum: _, ...others } = metadata;
  const bent = encode([...tensors], { ...others, schema: '[1' });
  await expect(loadModel(bent)).rejects.toThrow(/the metadata's schema is not JSON; the file is damaged/);
  expect(() => {
    net.schema = 'price' as never;
  }).toThrow(/schema is 'price'; expected the schema of a data set/);
});
