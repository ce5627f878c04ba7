/**
 * False alarms in the wild: networks, data and optimizers thrown together at random. Where one learns well,
 * the doctor must have been silent.   node bench/doctor/wild.mjs --runs 200 --from 0
 */
import { parseArgs } from 'node:util';
import { diagnose, layers, losses, optimizers, sequential } from 'chainrule';
import { mnist, randomOf, table } from './data.mjs';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    from: { type: 'string', default: '0' },
    missed: { type: 'boolean', default: false },
  },
});

/** Of what knowing nothing costs, the loss below which a network has learned well. */
const LEARNED = 0.5;

const rows = (n, make) => {
  const some = Array.from({ length: n }, (_, i) => make(i));
  return { x: some.map(([x]) => x), y: some.map(([, y]) => y) };
};
const many = (n, make) => Array.from({ length: n }, make);

/** Data as people have them: scaled or not quite, dense or sparse, few or many features. */
const worlds = {
  spiral: (r, n) => ({
    task: 'binary',
    ...rows(n, (i) => {
      const c = i % 2,
        t = 5 * Math.sqrt(r.uniform());
      return [
        [t * Math.cos(t + c * Math.PI), t * Math.sin(t + c * Math.PI)].map((v) => v / 5 + 0.02 * r.normal()),
        [c],
      ];
    }),
  }),
  moons: (r, n) => ({
    task: 'binary',
    ...rows(n, (i) => {
      const c = i % 2,
        t = Math.PI * r.uniform();
      return [
        (c ? [1 - Math.cos(t), 0.5 - Math.sin(t)] : [Math.cos(t), Math.sin(t)]).map(
          (v) => v + 0.1 * r.normal(),
        ),
        [c],
      ];
    }),
  }),
  flowers: (r, n) => ({
    task: 'classes',
    classes: 3,
    ...rows(n, (i) => [
      [
        [5, 3.4, 1.5, 0.2],
        [5.9, 2.8, 4.3, 1.3],
        [6.6, 3, 5.6, 2],
      ][i % 3].map((v) => v + 0.3 * r.normal()),
      i % 3,
    ]),
  }),
  unit: (r, n) => ({
    task: 'numbers',
    ...rows(n, () => {
      const x = many(6, r.uniform);
      return [x, [x[0] + x[1] * x[2] - x[3] + 0.05 * r.normal()]];
    }),
  }),
  table: (r) => ({ task: 'numbers', ...table(Math.floor(r.uniform() * 1e6)).train }),
  oneHot: (r, n) => ({
    task: 'numbers',
    ...rows(n, () => {
      const [a, b] = [Math.floor(r.uniform() * 8), Math.floor(r.uniform() * 5)];
      return [
        many(13, (_, j) => Number(j === a || j === 8 + b)),
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
  xor: () => ({
    task: 'binary',
    epochs: 1500,
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    y: [[0], [1], [1], [0]],
  }),
  digits: (r) => ({
    task: 'classes',
    classes: 10,
    epochs: 6,
    inputs: 784,
    ...mnist(Math.floor(r.uniform() * 20), { count: 1000 }).train,
  }),
  line: (r, n) => ({
    task: 'numbers',
    shallow: true,
    ...rows(n, () => {
      const x = r.normal();
      return [[x], [3 * x + 2 + 0.1 * r.normal()]];
    }),
  }),
  answers: (r, n) => ({
    task: 'answers',
    ...rows(n, () => {
      const x = many(8, r.normal);
      return [x, [x[0] > 0, x[1] + x[2] > 0.5, x[3] > 1].map(Number)];
    }),
  }),
};
const activations = ['relu', 'tanh', 'sigmoid', 'elu', 'gelu', 'silu', 'leakyRelu', 'selu'];
const trainers = [
  ['sgd', { learningRate: 0.01 }],
  ['sgd', { learningRate: 0.05, momentum: 0.9 }],
  ['sgd', { learningRate: 0.1 }],
  ['adam', {}],
  ['adam', { learningRate: 0.005 }],
  ['adam', { learningRate: 0.01 }],
  ['adam', { learningRate: 2e-4 }],
  ['rmsprop', {}],
  ['adamW', {}],
];

/** The output and loss that a task asks for, and the loss of knowing nothing. */
function outputOf({ task, classes, y }, pick) {
  const fromLogits = pick([true, false]);
  if (task === 'classes')
    return {
      units: classes,
      activation: fromLogits ? undefined : 'softmax',
      loss: losses.sparseCategoricalCrossentropy({ fromLogits }),
      base: Math.log(classes),
    };
  if (task === 'answers')
    return { units: 3, activation: 'sigmoid', loss: losses.binaryCrossentropy(), base: 0.58 };
  if (task === 'binary') {
    if (pick([0, 1, 2]) === 0)
      return { units: 1, activation: 'sigmoid', loss: losses.meanSquaredError(), base: 0.25 };
    return {
      units: 1,
      activation: fromLogits ? undefined : 'sigmoid',
      loss: losses.binaryCrossentropy({ fromLogits }),
      base: Math.LN2,
    };
  }
  const flat = y.map(([t]) => t);
  const middle = flat.reduce((a, b) => a + b) / flat.length;
  const loss = pick([losses.meanSquaredError, losses.huber, losses.meanAbsoluteError])();
  const cost = {
    meanSquaredError: (e) => e * e,
    meanAbsoluteError: Math.abs,
    huber: (e) => (Math.abs(e) < 1 ? (e * e) / 2 : Math.abs(e) - 0.5),
  }[loss.name];
  return {
    units: 1,
    activation: undefined,
    loss,
    base: flat.reduce((sum, t) => sum + cost(t - middle), 0) / flat.length,
  };
}

async function wild(seed) {
  const r = randomOf(seed * 77 + 5);
  const pick = (list) => list[Math.floor(r.uniform() * list.length)];
  const names = Object.keys(worlds);
  const name = names[seed % names.length];
  const world = worlds[name](r, 300 + Math.floor(r.uniform() * 500));
  const { x, y, epochs = 60, shallow, inputs = x[0]?.length } = world;
  const tiny = name === 'xor';
  const depth = shallow ? Math.floor(r.uniform() * 2) : 1 + Math.floor(r.uniform() * 4);
  const [activation, units] = [pick(activations), pick([8, 16, 32, 64, 128])];
  const norm = !tiny && r.uniform() < 0.2;
  const rate = !tiny && r.uniform() < 0.25 ? pick([0.1, 0.2, 0.3, 0.5]) : 0;
  const out = outputOf(world, pick);
  const stack = [];
  const dense = (config) =>
    stack.push(layers.dense({ ...config, ...(stack.length === 0 ? { inputShape: [inputs] } : {}) }));
  for (let k = 0; k < depth; k++) {
    dense({
      units,
      ...(norm ? {} : { activation }),
      ...(r.uniform() < 0.3 ? { kernelInitializer: 'heNormal' } : {}),
    });
    if (norm) stack.push(layers.batchNormalization(), layers.activation({ activation }));
    if (rate > 0) stack.push(layers.dropout({ rate }));
  }
  dense({ units: out.units, ...(out.activation ? { activation: out.activation } : {}) });
  const [optimizer, config] = pick(trainers);
  const batchSize = pick(tiny ? [1, 4] : [8, 16, 32, 64, 128]);
  const net = sequential({ layers: stack, seed });
  net.compile({ optimizer: optimizers[optimizer](config), loss: out.loss });
  const before = diagnose(net, x, y, { batchSize, epochs });
  const { history, diagnoses = [] } = await net.fit(x, y, { epochs, batchSize, verbose: 0 });
  const told = [...before, ...diagnoses].filter(({ severity }) => severity !== 'note');
  const end = history.loss.at(-1);
  const what = `${seed} ${name}, ${depth} × ${units} ${activation}${norm ? ' bn' : ''}${rate ? ` dropout ${rate}` : ''}, ${out.loss.name}, ${optimizer} ${JSON.stringify(config)}, batch ${batchSize}: ${end.toPrecision(3)} of ${out.base.toPrecision(3)}`;
  return { told, learned: end < LEARNED * out.base, what };
}

const [runs, from] = [Number(options.runs), Number(options.from)];
let [learned, alarms, failed, silent] = [0, 0, 0, 0];
for (let seed = from; seed < from + runs; seed++) {
  const run = await wild(seed);
  const text = run.told
    .map(
      ({ problem, layer, severity, epoch }) =>
        `${problem}${layer ? ` in ${layer}` : ''} (${severity}, epoch ${epoch})`,
    )
    .join(', ');
  if (run.learned) learned++;
  else failed++;
  if (run.learned && text !== '') {
    alarms++;
    console.log(`false alarm  ${run.what}\n             ${text}`);
  }
  if (!run.learned && text === '') {
    silent++;
    if (options.missed) console.log(`silent       ${run.what}`);
  }
}
console.log(
  `${runs} random set-ups: ${learned} learned well, ${alarms} of these with an alarm; ${failed} did not, ${silent} of these in silence`,
);
