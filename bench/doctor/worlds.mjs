/**
 * Data, networks and optimizers thrown together at random, as people have them: scaled or not quite, dense or
 * sparse, few or many features, much noise or none. Every set-up has a twin of the same data that is tuned by
 * hand; what a set-up is worth is told by how far it ends below its twin, on data that neither was trained on.
 */
import { layers, losses, optimizers, sequential } from 'chainrule';
import { mnist, randomOf, table } from './data.mjs';

const many = (n, make) => Array.from({ length: n }, (_, i) => make(i));
const rows = (n, make) => {
  const some = many(n, make);
  return { x: some.map(([x]) => x), y: some.map(([, y]) => y) };
};

/** task: 'binary' (targets [0 | 1]), 'classes' (class numbers), 'answers' (several yes or no), 'numbers'. */
export const worlds = {
  spiral: (r, n) => ({
    task: 'binary',
    ...rows(n, (i) => {
      const [c, t] = [i % 2, 5 * Math.sqrt(r.uniform())];
      const angle = t + c * Math.PI;
      return [[t * Math.cos(angle), t * Math.sin(angle)].map((v) => v / 5 + 0.02 * r.normal()), [c]];
    }),
  }),
  moons: (r, n) => ({
    task: 'binary',
    ...rows(n, (i) => {
      const [c, t] = [i % 2, Math.PI * r.uniform()];
      const point = c ? [1 - Math.cos(t), 0.5 - Math.sin(t)] : [Math.cos(t), Math.sin(t)];
      return [point.map((v) => v + 0.15 * r.normal()), [c]];
    }),
  }),
  flowers: (r) => ({
    task: 'classes',
    classes: 3,
    ...rows(150, (i) => [
      [
        [5, 3.4, 1.5, 0.2],
        [5.9, 2.8, 4.3, 1.3],
        [6.6, 3, 5.6, 2],
      ][i % 3].map((v) => v + 0.3 * r.normal()),
      i % 3,
    ]),
  }),
  wine: (r) => ({
    task: 'classes',
    classes: 3,
    ...rows(180, (i) => [many(13, (j) => r.normal() + (j % 3 === i % 3 ? 1.2 : 0)), i % 3]),
  }),
  blobs: (r, n) => {
    const classes = 2 + Math.floor(r.uniform() * 4);
    const middles = many(classes, () => many(4, () => 3 * r.normal()));
    return {
      task: 'classes',
      classes,
      ...rows(n, (i) => [middles[i % classes].map((v) => v + 1.2 * r.normal()), i % classes]),
    };
  },
  unit: (r, n) => ({
    task: 'numbers',
    ...rows(n, () => {
      const x = many(6, r.uniform);
      return [x, [x[0] + x[1] * x[2] - x[3] + 0.05 * r.normal()]];
    }),
  }),
  table: (r) => ({ task: 'numbers', ...table(Math.floor(r.uniform() * 1e6)).train }),
  /** Half of the spread is noise that nobody can learn. */
  noisy: (r, n) => ({
    task: 'numbers',
    ...rows(n, () => {
      const x = many(5, r.normal);
      return [x, [0.5 * x[0] - 0.4 * x[1] + 0.3 * Math.abs(x[2]) + 0.7 * r.normal()]];
    }),
  }),
  /** Two classes that overlap: three in four right is all there is. */
  overlap: (r, n) => ({
    task: 'binary',
    ...rows(n, (i) => [many(4, (j) => r.normal() + (j < 2 && i % 2 ? 1 : 0)), [i % 2]]),
  }),
  rare: (r, n) => ({
    task: 'binary',
    ...rows(n, (i) => {
      const c = Number(i % 8 === 0);
      return [many(4, (j) => r.normal() + (c && j < 2 ? 2.5 : 0)), [c]];
    }),
  }),
  oneHot: (r, n) => ({
    task: 'numbers',
    ...rows(n, () => {
      const [a, b] = [Math.floor(r.uniform() * 8), Math.floor(r.uniform() * 5)];
      return [
        many(13, (j) => Number(j === a || j === 8 + b)),
        [Math.sin(a) + 0.3 * b - 0.6 + 0.1 * r.normal()],
      ];
    }),
  }),
  words: (r, n) => ({
    task: 'binary',
    ...rows(n, (i) => {
      const x = many(200, () => 0);
      for (let k = 0; k < 15; k++) x[Math.floor(r.uniform() ** (1 + (i % 2)) * 200)]++;
      return [x, [i % 2]];
    }),
  }),
  mixed: (r, n) => ({
    task: 'numbers',
    ...rows(n, () => {
      const x = [
        r.normal(),
        3 * r.normal(),
        5 * r.uniform(),
        Number(r.uniform() < 0.1),
        Math.floor(10 * r.uniform()),
      ];
      return [x, [2 * x[0] + x[1] - x[2] + 3 * x[3] + 5 + 0.3 * r.normal()]];
    }),
  }),
  line: (r, n) => ({
    task: 'numbers',
    shallow: true,
    ...rows(n, () => {
      const x = r.normal();
      return [[x], [3 * x + 2 + 0.1 * r.normal()]];
    }),
  }),
  wave: (r, n) => ({
    task: 'numbers',
    ...rows(n, () => {
      const x = 6 * r.uniform() - 3;
      return [[x], [Math.sin(2 * x) + 0.1 * r.normal()]];
    }),
  }),
  answers: (r, n) => ({
    task: 'answers',
    ...rows(n, () => {
      const x = many(8, r.normal);
      return [x, [x[0] > 0, x[1] + x[2] > 0.5, x[3] > 1].map(Number)];
    }),
  }),
  digits: (r) => {
    const { x, y } = mnist(Math.floor(r.uniform() * 20), { count: 1000 }).train;
    return {
      task: 'classes',
      classes: 10,
      epochs: 8,
      x: many(1000, (i) => x.data.subarray(i * 784, (i + 1) * 784)),
      y: Array.from(y),
    };
  },
};

const activations = ['relu', 'relu', 'tanh', 'sigmoid', 'elu', 'gelu', 'silu', 'leakyRelu', 'selu'];
const trainers = [
  ['sgd', { learningRate: 0.01 }],
  ['sgd', { learningRate: 0.01, momentum: 0.9 }],
  ['sgd', { learningRate: 0.05, momentum: 0.9 }],
  ['sgd', { learningRate: 0.1 }],
  ['adam', {}],
  ['adam', {}],
  ['adam', { learningRate: 0.005 }],
  ['adam', { learningRate: 0.01 }],
  ['adam', { learningRate: 2e-4 }],
  ['rmsprop', {}],
  ['adamW', {}],
];

/** The output and loss that a task asks for. */
function outputOf({ task, classes }, pick) {
  const fromLogits = pick([true, false]);
  if (task === 'classes')
    return {
      units: classes,
      activation: fromLogits ? undefined : 'softmax',
      loss: losses.sparseCategoricalCrossentropy({ fromLogits }),
    };
  if (task === 'answers') return { units: 3, activation: 'sigmoid', loss: losses.binaryCrossentropy() };
  if (task === 'binary') {
    if (pick([0, 1, 2, 3]) === 0) return { units: 1, activation: 'sigmoid', loss: losses.meanSquaredError() };
    return {
      units: 1,
      activation: fromLogits ? undefined : 'sigmoid',
      loss: losses.binaryCrossentropy({ fromLogits }),
    };
  }
  return {
    units: 1,
    activation: undefined,
    loss: pick([losses.meanSquaredError, losses.meanSquaredError, losses.huber, losses.meanAbsoluteError])(),
  };
}

/** A set-up as plain settings, so that a fault can be put into it before it is built. */
export function draw(seed, only) {
  const r = randomOf(seed * 77 + 5);
  const pick = (list) => list[Math.floor(r.uniform() * list.length)];
  const names = Object.keys(worlds).filter((name) => !only || only.includes(name));
  const name = names[seed % names.length];
  const count = pick([200, 400, 700, 1500]);
  const world = worlds[name](r, count);
  const depth = world.shallow ? Math.floor(r.uniform() * 2) : 1 + Math.floor(r.uniform() * 4);
  const [activation, units] = [pick(activations), pick([8, 16, 32, 64, 128])];
  const norm = r.uniform() < 0.15;
  return {
    seed,
    name,
    ...world,
    hidden: many(depth, () => units),
    activation,
    norm,
    initializer: r.uniform() < 0.3 ? 'heNormal' : undefined,
    dropout: r.uniform() < 0.25 ? pick([0.1, 0.2, 0.3, 0.5]) : 0,
    out: outputOf(world, pick),
    trainer: pick(trainers),
    batchSize: pick([1, 8, 16, 32, 32, 64, 128]),
    epochs: world.epochs ?? pick([5, 20, 40, 80, 150]),
    validation: r.uniform() < 0.5,
  };
}

/** Training and test examples, the same for a set-up and its twin. */
export function parts({ x, y }) {
  const order = x.map((_, i) => i).sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009) || a - b);
  const train = order.slice(0, Math.floor(0.75 * x.length));
  const test = order.slice(train.length);
  const of = (some) => ({ x: some.map((i) => x[i]), y: some.map((i) => y[i]) });
  return { train: of(train), test: of(test) };
}

export const flat = (list) =>
  typeof list[0] === 'number'
    ? Float32Array.from(list)
    : Float32Array.from(list.flatMap((row) => Array.from(row)));

export function build({
  seed,
  x,
  hidden,
  activation,
  norm,
  initializer,
  bias,
  all = {},
  dropout,
  out,
  trainer,
  first,
  task,
}) {
  const stack = first ? first() : [];
  const shape = () => (stack.length === 0 ? { inputShape: [x[0].length] } : {});
  for (const [i, units] of hidden.entries()) {
    stack.push(
      layers.dense({
        units,
        ...(norm ? {} : { activation }),
        ...(initializer
          ? { kernelInitializer: typeof initializer === 'function' ? initializer(i) : initializer }
          : {}),
        ...(bias ? { biasInitializer: bias() } : {}),
        ...shape(),
      }),
    );
    if (norm) stack.push(layers.batchNormalization(), layers.activation({ activation }));
    if (dropout > 0) stack.push(layers.dropout({ rate: dropout }));
  }
  const { units, activation: last, loss } = out;
  stack.push(layers.dense({ units, ...(last ? { activation: last } : {}), ...all, ...shape() }));
  const net = sequential({ layers: stack, seed });
  const [kind, config] = trainer;
  net.compile({
    optimizer: optimizers[kind](config),
    loss: typeof loss === 'function' ? loss() : loss,
    metrics: task === 'numbers' || !task ? [] : ['accuracy'],
  });
  return net;
}

/** Share of right answers, or of the spread that is explained, on data it was not trained on. */
export function score(net, task, { x, y }, toTarget = (v) => v) {
  const width = x[0].length;
  const { data, shape } = net.predict(
    { data: flat(x), shape: [x.length, width], dtype: 'float32' },
    { batchSize: 256 },
  );
  const units = shape[1];
  const row = (i) => Array.from(data.subarray(i * units, (i + 1) * units), toTarget);
  const share = (right) => y.filter((target, i) => right(row(i), target)).length / y.length;
  if (task === 'classes')
    return share((p, label) => p.every(Number.isFinite) && p.indexOf(Math.max(...p)) === label);
  if (task === 'binary' || task === 'answers') return { p: y.map((_, i) => row(i)) };
  const mean = y.reduce((sum, [t]) => sum + t, 0) / y.length;
  const total = y.reduce((sum, [t]) => sum + (t - mean) ** 2, 0);
  const left = y.reduce((sum, [t], i) => sum + (t - row(i)[0]) ** 2, 0);
  return Number.isFinite(left) ? Math.max(0, 1 - left / total) : 0;
}

/** The same for any output: yes is above ½ for probabilities and above 0 for logits. */
export function worth(net, { task, out }, test, toTarget) {
  const found = score(net, task, test, toTarget);
  if (typeof found === 'number') return found;
  const middle = out.activation === undefined ? 0 : 0.5;
  const right = test.y.reduce(
    (sum, row, i) => sum + row.filter((t, k) => found.p[i][k] > middle === t > 0.5).length / row.length,
    0,
  );
  return right / test.y.length;
}

export const fitOf = ({ epochs, batchSize, validation }, test) => ({
  epochs,
  batchSize,
  verbose: 0,
  ...(validation ? { validationData: [rect(test.x), target(test.y)] } : {}),
});
export const rect = (x) => ({ data: flat(x), shape: [x.length, x[0].length], dtype: 'float32' });
export const target = (y) =>
  typeof y[0] === 'number'
    ? Int32Array.from(y)
    : { data: flat(y), shape: [y.length, y[0].length], dtype: 'float32' };

/** Standardized inputs and targets, three sensible networks; the best of them. */
export async function twin({ task, classes, x, y, seed, name }) {
  const { train, test } = parts({ x, y });
  const width = x[0].length;
  const moments = (values) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) || 1];
  };
  const features = many(width, (j) => moments(train.x.map((row) => row[j])));
  const inward = (some) =>
    some.map((row) => Array.from(row, (v, j) => (v - features[j][0]) / features[j][1]));
  const [mean, std] = task === 'numbers' ? moments(train.y.map(([t]) => t)) : [0, 1];
  const out = {
    numbers: { units: 1, loss: losses.meanSquaredError },
    binary: { units: 1, activation: 'sigmoid', loss: losses.binaryCrossentropy },
    answers: { units: 3, activation: 'sigmoid', loss: losses.binaryCrossentropy },
    classes: { units: classes, activation: 'softmax', loss: losses.sparseCategoricalCrossentropy },
  }[task];
  const best = [];
  for (const [hidden, learningRate, epochs] of [
    [[32, 32], 0.005, 60],
    [[16], 0.003, 40],
    [[], 0.01, 60],
  ]) {
    const net = build({
      seed,
      x,
      hidden,
      activation: 'relu',
      initializer: 'heNormal',
      dropout: 0,
      out,
      trainer: ['adam', { learningRate }],
    });
    const y_ = task === 'numbers' ? train.y.map(([t]) => [(t - mean) / std]) : train.y;
    await net.fit(rect(inward(train.x)), target(y_), {
      epochs: name === 'digits' ? 10 : epochs,
      batchSize: 32,
      verbose: 0,
      doctor: 'off',
    });
    best.push(worth(net, { task, out }, { x: inward(test.x), y: test.y }, (v) => v * std + mean));
  }
  return Math.max(...best);
}

export const describe = ({
  seed,
  name,
  hidden,
  activation,
  norm,
  dropout,
  out,
  trainer,
  batchSize,
  epochs,
  initializer,
}) =>
  `${seed} ${name}, ${hidden.length} × ${hidden[0] ?? 0} ${activation}${initializer ? ' init' : ''}${norm ? ' bn' : ''}${dropout ? ` dropout ${dropout}` : ''} → ${out.units} ${out.activation ?? 'linear'}, ${typeof out.loss === 'function' ? '' : out.loss.name}, ${trainer[0]} ${JSON.stringify(trainer[1])}, batch ${batchSize}, ${epochs} epochs`;
