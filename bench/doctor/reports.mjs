/**
 * Faults as people report them, each put into random set-ups that learn well without it. What counts is the
 * outcome: a run that ends within two points of its twin is not ill, whatever was put into it.
 *   node bench/doctor/reports.mjs --runs 6 --from 0 --only dropout --missed
 */
import { parseArgs } from 'node:util';
import { diagnose, initializers, losses } from 'chainrule';
import { randomOf } from './data.mjs';
import { build, describe, draw, fitOf, parts, rect, target, twin, worth } from './worlds.mjs';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '6' },
    from: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    missed: { type: 'boolean', default: false },
  },
});
const NEAR = 0.02;
const EARLY = 0.2;

const sane = [
  ['sgd', { learningRate: 0.05, momentum: 0.9 }],
  ['sgd', { learningRate: 0.1 }],
  ['adam', {}],
  ['adam', { learningRate: 0.005 }],
  ['rmsprop', {}],
];
const numbers = ['unit', 'table', 'noisy', 'oneHot', 'mixed', 'wave'];
const kinds = ['flowers', 'wine', 'blobs', 'digits'];
const yesNo = ['spiral', 'moons', 'overlap', 'rare', 'words'];
const all = [...numbers, ...kinds, ...yesNo];
const scale = [
  'unscaled-inputs',
  'learning-rate-too-high',
  'diverging-loss',
  'exploding-gradient',
  'non-finite',
  'dead-relu',
  'saturated-activation',
];
const high = [
  'learning-rate-too-high',
  'diverging-loss',
  'oscillating-loss',
  'exploding-gradient',
  'non-finite',
  'dead-relu',
  'saturated-activation',
];
const low = ['learning-rate-too-low', 'slow-convergence'];
const last = ({ hidden, norm, dropout }) => {
  void norm;
  void dropout;
  return hidden.length === 0 ? 'dense' : `dense_${hidden.length}`;
};
const sparse = (config) => () => losses.sparseCategoricalCrossentropy(config);
const bce = (config) => () => losses.binaryCrossentropy(config);
const mapX = (plan, f) => ({ ...plan, x: plan.x.map((row) => Array.from(row, f)) });

/** name: [worlds, the fault, what may be told, what should come first, the layer]. */
const faults = {
  'inputs in thousands': [
    all,
    (p, r) => mapX({ ...p, norm: false }, (v) => v * (200 + 2000 * r.uniform())),
    scale,
    scale.slice(0, 1),
    () => 'dense',
  ],
  'inputs with a large offset': [
    numbers,
    (p) => mapX({ ...p, norm: false }, (v) => 50 * v + 2000),
    scale,
    scale.slice(0, 1),
    () => 'dense',
  ],
  'one feature in millions': [
    [...numbers.filter((n) => n !== 'wave'), 'wine', 'blobs', 'overlap'],
    (p) => mapX(p, (v, j) => (j === 1 ? v * 1e6 : v)),
    scale,
    scale.slice(0, 1),
    () => 'dense',
  ],
  'inputs in millionths': [
    ['unit', 'table', 'wine', 'blobs', 'moons', 'overlap'],
    (p) => mapX({ ...p, norm: false }, (v) => v * 1e-6),
    ['unscaled-inputs', ...low, 'vanishing-gradient'],
    ['unscaled-inputs'],
    () => 'dense',
  ],
  'bytes of images': [
    ['digits'],
    (p) => mapX({ ...p, norm: false }, (v) => Math.round(v * 255)),
    scale,
    scale.slice(0, 1),
    () => 'dense',
  ],
  'targets in thousands': [
    numbers,
    (p, r) => {
      const f = 300 + 3000 * r.uniform();
      return { ...p, y: p.y.map(([t]) => [t * f]), out: { ...p.out, loss: losses.meanSquaredError } };
    },
    [
      'target-range-mismatch',
      'learning-rate-too-high',
      'diverging-loss',
      'non-finite',
      'exploding-gradient',
      ...low,
    ],
    ['target-range-mismatch', 'learning-rate-too-high'],
    undefined,
  ],
  'sigmoid on numbers': [
    numbers,
    (p) => ({ ...p, out: { ...p.out, activation: 'sigmoid' } }),
    ['target-range-mismatch', 'loss-activation-mismatch'],
    ['target-range-mismatch', 'loss-activation-mismatch'],
    last,
  ],
  'ReLU on numbers': [
    ['table', 'noisy', 'oneHot', 'wave', 'unit'],
    (p) => ({ ...p, out: { ...p.out, activation: 'relu' } }),
    ['target-range-mismatch', 'loss-activation-mismatch'],
    ['target-range-mismatch', 'loss-activation-mismatch'],
    last,
  ],
  'tanh on numbers beyond 1': [
    ['mixed'],
    (p) => ({ ...p, out: { ...p.out, activation: 'tanh' } }),
    ['target-range-mismatch', 'loss-activation-mismatch'],
    ['target-range-mismatch', 'loss-activation-mismatch'],
    last,
  ],
  'softmax on a number': [
    numbers,
    (p) => ({ ...p, out: { ...p.out, activation: 'softmax' } }),
    ['loss-activation-mismatch', 'target-range-mismatch'],
    ['loss-activation-mismatch', 'target-range-mismatch'],
    last,
  ],
  'softmax of one unit for two classes': [
    yesNo,
    (p) => ({ ...p, out: { units: 1, activation: 'softmax', loss: bce() } }),
    ['loss-activation-mismatch'],
    ['loss-activation-mismatch'],
    last,
  ],
  'probabilities from a linear layer': [
    [...kinds, ...yesNo],
    (p) => ({
      ...p,
      out: { ...p.out, activation: undefined, loss: p.task === 'classes' ? sparse() : bce() },
    }),
    ['loss-activation-mismatch'],
    ['loss-activation-mismatch'],
    last,
  ],
  'ReLU before cross-entropy': [
    [...kinds, ...yesNo],
    (p) => ({ ...p, out: { ...p.out, activation: 'relu', loss: p.task === 'classes' ? sparse() : bce() } }),
    ['loss-activation-mismatch', 'non-finite'],
    ['loss-activation-mismatch'],
    last,
  ],
  'tanh before cross-entropy': [
    yesNo,
    (p) => ({ ...p, out: { ...p.out, activation: 'tanh', loss: bce() } }),
    ['loss-activation-mismatch', 'target-range-mismatch'],
    ['loss-activation-mismatch', 'target-range-mismatch'],
    last,
  ],
  'softmax twice': [
    kinds,
    (p) => ({ ...p, out: { ...p.out, activation: 'softmax', loss: sparse({ fromLogits: true }) } }),
    ['loss-activation-mismatch'],
    ['loss-activation-mismatch'],
    last,
  ],
  'sigmoid twice': [
    yesNo,
    (p) => ({ ...p, out: { ...p.out, activation: 'sigmoid', loss: bce({ fromLogits: true }) } }),
    ['loss-activation-mismatch'],
    ['loss-activation-mismatch'],
    last,
  ],
  'sigmoid for one of many': [
    kinds,
    (p) => ({ ...p, out: { ...p.out, activation: 'sigmoid', loss: sparse() } }),
    ['loss-activation-mismatch'],
    ['loss-activation-mismatch'],
    last,
  ],
  'ReLU on logits': [
    kinds,
    (p) => ({ ...p, out: { ...p.out, activation: 'relu', loss: sparse({ fromLogits: true }) } }),
    ['loss-activation-mismatch'],
    ['loss-activation-mismatch'],
    last,
  ],
  'squared errors of class numbers': [
    ['flowers', 'wine', 'blobs'],
    (p) => ({
      ...p,
      task: 'numbers',
      y: p.y.map((t) => [t]),
      out: { units: 1, activation: 'softmax', loss: losses.meanSquaredError },
    }),
    ['loss-activation-mismatch', 'target-range-mismatch'],
    ['loss-activation-mismatch', 'target-range-mismatch'],
    last,
  ],
  'kernels of zeros': [
    all,
    (p) => ({ ...p, norm: false, initializer: 'zeros', hidden: p.hidden.length ? p.hidden : [16] }),
    ['poor-initialization', 'vanishing-gradient', 'dead-relu'],
    ['poor-initialization'],
    () => 'dense',
  ],
  'kernels of ones': [
    all,
    (p) => ({ ...p, norm: false, initializer: 'ones', hidden: p.hidden.length ? p.hidden : [16] }),
    ['poor-initialization', 'exploding-gradient', 'learning-rate-too-high', 'saturated-activation'],
    ['poor-initialization'],
    () => 'dense',
  ],
  'kernels from N(0, 3)': [
    all,
    (p) => ({
      ...p,
      norm: false,
      hidden: [64, 64, 64],
      activation: 'relu',
      initializer: () => initializers.randomNormal({ stddev: 3 }),
      all: { kernelInitializer: initializers.randomNormal({ stddev: 3 }) },
    }),
    ['poor-initialization', 'exploding-gradient', 'learning-rate-too-high', 'diverging-loss', 'non-finite'],
    ['poor-initialization'],
    undefined,
  ],
  'kernels from N(0, 1e-4)': [
    all,
    (p) => ({
      ...p,
      norm: false,
      hidden: [32, 32, 32],
      initializer: () => initializers.randomNormal({ stddev: 1e-4 }),
    }),
    ['poor-initialization', 'vanishing-gradient', ...low],
    ['poor-initialization'],
    undefined,
  ],
  'biases far below 0': [
    all,
    (p) => ({
      ...p,
      norm: false,
      hidden: [32, 32],
      activation: 'relu',
      bias: () => initializers.constant({ value: -20 }),
    }),
    ['poor-initialization', 'dead-relu'],
    ['poor-initialization', 'dead-relu'],
    () => 'dense',
  ],
  'a stack of sigmoids': [
    yesNo,
    (p, r) => ({
      ...p,
      norm: false,
      dropout: 0,
      hidden: Array(7 + Math.floor(4 * r.uniform())).fill(8),
      activation: 'sigmoid',
      epochs: 80,
    }),
    ['vanishing-gradient', 'saturated-activation', 'slow-convergence'],
    ['vanishing-gradient'],
    undefined,
  ],
  'a narrow tower of ReLUs': [
    yesNo,
    (p) => ({
      ...p,
      norm: false,
      dropout: 0,
      initializer: undefined,
      hidden: Array(25).fill(4),
      activation: 'relu',
      epochs: 60,
    }),
    ['dead-relu', 'vanishing-gradient', 'poor-initialization'],
    ['dead-relu', 'vanishing-gradient', 'poor-initialization'],
    undefined,
  ],
  'Adam at 0.5': [
    all,
    (p) => ({ ...p, norm: false, hidden: [32, 32], trainer: ['adam', { learningRate: 0.5 }] }),
    high,
    ['learning-rate-too-high', 'oscillating-loss', 'dead-relu', 'diverging-loss'],
    undefined,
  ],
  'SGD at 10': [
    all,
    (p) => ({ ...p, norm: false, hidden: [32, 32], trainer: ['sgd', { learningRate: 10 }] }),
    high,
    ['learning-rate-too-high', 'diverging-loss', 'exploding-gradient', 'non-finite'],
    undefined,
  ],
  'SGD at 1 with momentum': [
    numbers,
    (p) => ({
      ...p,
      norm: false,
      trainer: ['sgd', { learningRate: 1, momentum: 0.9 }],
      out: { ...p.out, loss: losses.meanSquaredError },
    }),
    high,
    ['learning-rate-too-high', 'diverging-loss', 'non-finite'],
    undefined,
  ],
  'Adam at 1e-6': [
    all,
    (p) => ({ ...p, epochs: Math.min(p.epochs, 40), trainer: ['adam', { learningRate: 1e-6 }], dropout: 0 }),
    low,
    low,
    undefined,
  ],
  'SGD at 1e-5': [
    all,
    (p) => ({ ...p, epochs: Math.min(p.epochs, 40), trainer: ['sgd', { learningRate: 1e-5 }], dropout: 0 }),
    low,
    low,
    undefined,
  ],
  'whole data a batch, SGD at 1e-3': [
    all,
    (p) => ({
      ...p,
      norm: false,
      epochs: 100,
      batchSize: 2000,
      trainer: ['sgd', { learningRate: 1e-3 }],
      dropout: 0,
    }),
    low,
    low,
    undefined,
  ],
  'learning rate 0': [all, (p) => ({ ...p, trainer: ['sgd', { learningRate: 0 }] }), low, low, undefined],
  'dropout 0.95': [
    all,
    (p) => ({ ...p, hidden: [32, 32], dropout: 0.95 }),
    ['too-much-dropout', ...low],
    ['too-much-dropout'],
    undefined,
  ],
  'all labels the same': [
    [...kinds, ...yesNo],
    (p) => ({ ...p, y: p.y.map(() => (p.task === 'classes' ? 1 : [1])) }),
    ['degenerate-labels'],
    ['degenerate-labels'],
    undefined,
    true,
  ],
  'all examples the same': [
    all,
    (p) => ({ ...p, x: p.x.map(() => p.x[0]) }),
    ['constant-inputs'],
    ['constant-inputs'],
    () => 'dense',
    true,
  ],
  'one in a hundred': [
    ['moons', 'overlap', 'spiral'],
    (p) => {
      const rest = p.y
        .map((t, i) => [t[0], i])
        .filter(([t], k) => t === 0 || k % 50 === 1)
        .map(([, i]) => i);
      return { ...p, batchSize: 32, x: rest.map((i) => p.x[i]), y: rest.map((i) => p.y[i]) };
    },
    ['class-imbalance'],
    ['class-imbalance'],
    undefined,
    true,
  ],
  'shuffled targets': [
    ['table', 'unit', 'mixed', 'wine', 'blobs'],
    (p, r) => ({
      ...p,
      validation: true,
      epochs: 150,
      dropout: 0,
      norm: false,
      activation: 'relu',
      hidden: [64, 64],
      trainer: ['adam', { learningRate: 3e-3 }],
      batchSize: 16,
      y: p.y
        .map((t) => [r.uniform(), t])
        .sort(([a], [b]) => a - b)
        .map(([, t]) => t),
    }),
    ['overfitting', 'degenerate-labels', 'slow-convergence'],
    ['overfitting', 'degenerate-labels'],
    undefined,
  ],
  'labels from 1': [
    ['flowers', 'wine', 'blobs'],
    (p) => ({ ...p, y: p.y.map((t) => t + 1) }),
    ['degenerate-labels', 'target-range-mismatch'],
    ['degenerate-labels', 'target-range-mismatch'],
    last,
  ],
};

const [runs, from] = [Number(options.runs), Number(options.from)];
const sums = { ill: 0, detected: 0, first: 0, layered: 0, layer: 0, early: 0 };
const width = Math.max(...Object.keys(faults).map((name) => name.length));
console.log(`${''.padEnd(width)}  ill  told first layer early`);
for (const [name, [worlds, spoil, accept, cause, layerOf, always]] of Object.entries(faults)) {
  if (!name.includes(options.only)) continue;
  const tally = { ill: 0, detected: 0, first: 0, layered: 0, layer: 0, early: 0 };
  const counts = {};
  const missed = [];
  for (let seed = from; seed < from + runs; seed++) {
    const r = randomOf(seed * 31 + 7);
    const drawn = draw(seed, worlds);
    const healthy = {
      ...drawn,
      trainer: sane[Math.floor(sane.length * r.uniform())],
      batchSize: Math.max(8, drawn.batchSize),
      epochs: Math.max(20, drawn.epochs),
      hidden: drawn.hidden.slice(0, 3),
      dropout: Math.min(drawn.dropout, 0.3),
    };
    const plan = spoil(healthy, r);
    const { train, test } = parts(plan);
    const net = build(plan);
    let told;
    let value = 0;
    try {
      const { diagnoses } = await net.fit(rect(train.x), target(train.y), fitOf(plan, test));
      told = diagnoses;
      value = worth(net, plan, test);
    } catch (error) {
      if (error.constructor.name === 'TypeError') throw error;
      told = diagnose(net, rect(train.x), target(train.y), {
        epochs: plan.epochs,
        batchSize: plan.batchSize,
      });
    }
    const best = await twin(healthy);
    if (!always && name !== 'labels from 1' && value >= best - NEAR) continue;
    tally.ill++;
    const alarms = told.filter(({ severity }) => severity !== 'note');
    const right = alarms.filter(({ problem }) => accept.includes(problem));
    const layer = layerOf?.(plan);
    if (right.length > 0) tally.detected++;
    if (cause.includes(alarms[0]?.problem)) tally.first++;
    if (layer) {
      tally.layered++;
      if (right.some((d) => d.layer === layer)) tally.layer++;
    }
    if (right.some(({ epoch }) => epoch <= EARLY * plan.epochs)) tally.early++;
    for (const { problem } of alarms) counts[problem] = (counts[problem] ?? 0) + 1;
    if (
      right.length === 0 ||
      !cause.includes(alarms[0].problem) ||
      (layer && !right.some((d) => d.layer === layer))
    )
      missed.push(
        `${describe(plan)}: ${value.toFixed(3)} of ${best.toFixed(3)}: ${told.map((d) => `${d.problem} ${d.layer ?? ''} ${d.severity} @${d.epoch}`).join(', ')}`,
      );
  }
  for (const key of Object.keys(sums)) sums[key] += tally[key];
  const cells = [tally.ill, tally.detected, tally.first, layerOf ? tally.layer : '–', tally.early];
  console.log(
    `${name.padEnd(width)} ${cells.map((cell) => String(cell).padStart(5)).join('')}  ${Object.entries(counts)
      .map(([p, n]) => `${p} ${n}`)
      .join(', ')}`,
  );
  if (options.missed) for (const text of missed) console.log(`      ${text}`);
}
const share = (n, of) => `${((100 * n) / Math.max(of, 1)).toFixed(1)} % (${n} of ${of})`;
console.log(
  `\nfaults detected ${share(sums.detected, sums.ill)}, right cause first ${share(sums.first, sums.ill)}, right layer ${share(sums.layer, sums.layered)}, within a fifth of the epochs ${share(sums.early, sums.ill)}`,
);
