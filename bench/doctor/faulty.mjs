/** Faulty set-ups whose cause is known. */
import { initializers, layers, losses } from 'chainrule';
import { adam, sgd, stack } from './build.mjs';
import { circles, line, mapped, misplaced, mnist, randomOf, table } from './data.mjs';
import {
  classes,
  clouds,
  faulty,
  he,
  images,
  logits,
  numbers,
  rings,
  ringsNet,
  tableNet,
} from './families.mjs';

const vanishing = {
  accept: ['vanishing-gradient', 'saturated-activation', 'slow-convergence'],
  cause: ['vanishing-gradient'],
  layer: 'dense',
};
const exploding = ['exploding-gradient', 'non-finite', 'diverging-loss'];
const dead = ['dead-relu', 'vanishing-gradient'];
const scale = [
  'unscaled-inputs',
  'learning-rate-too-high',
  'diverging-loss',
  'exploding-gradient',
  'non-finite',
  'target-range-mismatch',
];
const rate = [
  'learning-rate-too-high',
  'diverging-loss',
  'oscillating-loss',
  'exploding-gradient',
  'non-finite',
  'dead-relu',
];
const xs = (from, to, count) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

export const faults = [
  // Vanishing gradients
  ...[8, 11, 13].map((depth) =>
    faulty(`${depth} hidden sigmoid layers of 5`, {
      ...rings,
      net: ringsNet(`5sx${depth}`),
      ...vanishing,
      fixed: { net: ringsNet('5tx4') },
    }),
  ),
  faulty('34 hidden ReLU layers of 128 on MNIST', {
    ...images,
    net: (seed) => stack(784, '128rx34 10L', { seed }),
    accept: [...vanishing.accept, 'dead-relu', 'poor-initialization'],
    cause: ['vanishing-gradient', 'poor-initialization'],
    epochs: 3,
    fixed: { net: (seed) => stack(784, '128rx2 10L', { seed }) },
  }),

  // Exploding gradients
  ...[8, 11].map((depth) =>
    faulty(`${depth} hidden exponential layers of 5`, {
      ...rings,
      net: ringsNet(`5ex${depth}`, {}),
      accept: [...exploding, 'vanishing-gradient', 'learning-rate-too-high', 'saturated-activation'],
      cause: exploding,
      fixed: { net: ringsNet('5tx4') },
    }),
  ),
  faulty('784-500r×3-10, weights and biases N(0, 1)', {
    ...images,
    epochs: 3,
    net: (seed) =>
      stack(784, '500rx3 10L', {
        seed,
        all: {
          kernelInitializer: initializers.randomNormal({ stddev: 1 }),
          biasInitializer: initializers.randomNormal({ stddev: 1 }),
        },
      }),
    accept: ['poor-initialization', ...exploding],
    cause: ['poor-initialization'],
    layer: 'dense',
    fixed: { net: (seed) => stack(784, '500rx3 10L', { seed }) },
  }),
  faulty('SGD 3.0 on an unscaled regression', {
    ...numbers,
    data: (seed) => mapped(table(seed), { x: (row) => row.map((v) => v * 50 + 100) }),
    net: tableNet('64r 64r 1L'),
    optimizer: () => sgd(3),
    accept: scale,
    cause: ['unscaled-inputs', 'learning-rate-too-high'],
    fixed: { data: (seed) => table(seed), optimizer: () => sgd(0.01) },
  }),

  // Dying ReLU
  ...[15, 34].map((depth) =>
    faulty(`${depth} hidden ReLU layers of 5`, {
      ...rings,
      net: ringsNet(`5rx${depth}`, {}),
      accept: [...dead, 'poor-initialization'],
      cause: dead,
      fixed: { net: ringsNet('5tx4') },
    }),
  ),
  faulty('ReLU of two layers, SGD 1.0, on MNIST', {
    ...images,
    loss: classes,
    net: (seed) => stack(784, '128r 64r 10sm', { seed }),
    optimizer: () => sgd(1),
    accept: rate,
    cause: ['learning-rate-too-high', 'dead-relu'],
    fixed: { optimizer: () => sgd(0.05) },
  }),
  faulty('biases that begin at −10', {
    ...numbers,
    net: tableNet('64r 64r 1L', { hidden: { biasInitializer: initializers.constant({ value: -10 }) } }),
    accept: ['dead-relu', 'poor-initialization'],
    cause: ['dead-relu', 'poor-initialization'],
    layer: 'dense',
    fixed: { net: tableNet('64r 64r 1L') },
  }),

  // Oscillation
  faulty('batches of one, SGD 0.01 with momentum 0.9', {
    ...clouds,
    net: (seed) => stack(2, '50r 3sm', { hidden: he, seed }),
    optimizer: () => sgd(0.01, { momentum: 0.9 }),
    batchSize: 1,
    epochs: 200,
    accept: ['oscillating-loss', 'learning-rate-too-high', 'dead-relu', 'unscaled-inputs'],
    cause: ['oscillating-loss', 'learning-rate-too-high'],
    fixed: { optimizer: () => sgd(0.001) },
  }),

  // Output and loss
  faulty('ReLU outputs with cross-entropy', {
    ...clouds,
    net: (seed) => stack(2, '50rx4 3r', { seed }),
    accept: ['loss-activation-mismatch'],
    cause: ['loss-activation-mismatch'],
    layer: 'dense_4',
    fixed: { net: (seed) => stack(2, '50rx4 3sm', { seed }) },
  }),
  faulty('ReLU on logits', {
    ...clouds,
    loss: logits,
    net: (seed) => stack(2, '50rx2 3r', { seed }),
    accept: ['loss-activation-mismatch'],
    cause: ['loss-activation-mismatch'],
    layer: 'dense_2',
    fixed: { net: (seed) => stack(2, '50rx2 3L', { seed }) },
  }),
  faulty('softmax of one unit', {
    ...rings,
    net: (seed) => stack(2, '16r 16r 1sm', { seed }),
    accept: ['loss-activation-mismatch'],
    cause: ['loss-activation-mismatch'],
    layer: 'dense_2',
    epochs: 100,
    fixed: { net: (seed) => stack(2, '16r 16r 1s', { seed }) },
  }),
  faulty('softmax with two columns and squared errors', {
    data: (seed) => mapped(circles(seed), { y: ([t]) => [1 - t, t] }),
    loss: () => losses.meanSquaredError(),
    net: (seed) => stack(2, '16r 2sm', { seed }),
    batchSize: 128,
    epochs: 100,
    accept: ['loss-activation-mismatch', 'slow-convergence'],
    cause: ['loss-activation-mismatch'],
    layer: 'dense_1',
    fixed: { loss: () => losses.categoricalCrossentropy() },
  }),
  faulty('softmax twice (fromLogits)', {
    ...clouds,
    loss: logits,
    net: (seed) => stack(2, '50r 3sm', { seed }),
    accept: ['loss-activation-mismatch'],
    cause: ['loss-activation-mismatch'],
    layer: 'dense_1',
    fixed: { loss: classes },
  }),
  faulty('logits read as probabilities', {
    ...clouds,
    net: (seed) => stack(2, '50r 3L', { seed }),
    accept: ['loss-activation-mismatch'],
    cause: ['loss-activation-mismatch'],
    layer: 'dense_1',
    fixed: { loss: logits },
  }),
  faulty('sigmoid output, targets in −1 … 1', {
    ...numbers,
    data: (seed) => mapped(table(seed), { y: ([t]) => [Math.tanh(t)] }),
    net: tableNet('64r 64r 1s'),
    accept: ['target-range-mismatch'],
    cause: ['target-range-mismatch'],
    layer: 'dense_2',
    fixed: { net: tableNet('64r 64r 1t') },
  }),

  // Learning rate
  faulty('a line over x = ±8, SGD 0.1', {
    ...numbers,
    data: () => line(xs(-8, 8, 100), 2, 1),
    net: (seed) => stack(1, '1L', { seed }),
    optimizer: () => sgd(0.1),
    accept: scale,
    cause: ['learning-rate-too-high', 'unscaled-inputs'],
    fixed: { optimizer: () => sgd(0.01) },
  }),
  faulty('a line over x = 0 … 99, SGD 0.5', {
    ...numbers,
    data: (seed) => {
      const { normal } = randomOf(seed);
      return mapped(line(xs(0, 99, 100), 2, 4), { y: ([t]) => [t + normal()] });
    },
    net: (seed) => stack(1, '1L', { seed }),
    optimizer: () => sgd(0.5),
    accept: scale,
    cause: ['unscaled-inputs', 'learning-rate-too-high'],
    fixed: {
      data: (seed) => {
        const { normal } = randomOf(seed);
        return mapped(line(xs(0, 99, 100), 2, 4), {
          x: ([v]) => [(v - 49.5) / 28.9],
          y: ([t]) => [t + normal()],
        });
      },
      optimizer: () => sgd(0.05),
    },
  }),
  faulty('y = x + 2 over x = 1 … 24', {
    ...numbers,
    data: () => line(xs(1, 24, 24), 1, 2),
    net: (seed) => stack(1, '1L', { seed }),
    optimizer: () => sgd(0.01),
    accept: scale,
    cause: ['unscaled-inputs', 'learning-rate-too-high'],
    fixed: {
      data: () => mapped(line(xs(1, 24, 24), 1, 2), { x: ([v]) => [(v - 12.5) / 6.92] }),
      optimizer: () => sgd(0.05),
    },
  }),
  faulty('9-64r-64r-1, SGD 0.3 with momentum 0.9', {
    ...numbers,
    net: tableNet('64r 64r 1L'),
    optimizer: () => sgd(0.3, { momentum: 0.9 }),
    accept: rate,
    cause: ['learning-rate-too-high', 'dead-relu'],
    fixed: { optimizer: () => sgd(0.01, { momentum: 0.9 }) },
  }),
  faulty('9-64r-64r-1, Adam 0.1', {
    ...numbers,
    net: tableNet('64r 64r 1L'),
    optimizer: () => adam(0.1),
    accept: rate,
    cause: ['learning-rate-too-high', 'dead-relu', 'oscillating-loss'],
    fixed: { optimizer: () => adam() },
  }),
  faulty('9-64r-64r-1, Adam 1e-5', {
    ...numbers,
    net: tableNet('64r 64r 1L'),
    optimizer: () => adam(1e-5),
    accept: ['learning-rate-too-low', 'slow-convergence'],
    cause: ['learning-rate-too-low', 'slow-convergence'],
    fixed: { optimizer: () => adam() },
  }),
  faulty('logistic regression on raw features, Adam 0.5', {
    data: (seed) =>
      mapped(table(seed), {
        x: (row) => row.map((v, j) => 10 ** (j % 4) * (v + 3)),
        y: ([t]) => [Number(t > 0)],
      }),
    loss: () => losses.binaryCrossentropy(),
    net: tableNet('1s'),
    optimizer: () => adam(0.5),
    accept: scale,
    cause: ['unscaled-inputs'],
    layer: 'dense',
    fixed: {
      data: (seed) => mapped(table(seed), { y: ([t]) => [Number(t > 0)] }),
      optimizer: () => adam(0.01),
    },
  }),

  // Data, initialization, dropout
  faulty('features on scales from 1e-3 to 1e6', {
    ...numbers,
    data: (seed) => mapped(table(seed), { x: (row) => row.map((v, j) => v * 10 ** (j - 2.5)) }),
    net: tableNet('64r 64r 1L'),
    accept: scale,
    cause: ['unscaled-inputs'],
    layer: 'dense',
    fixed: { data: (seed) => table(seed) },
  }),
  faulty('images in bytes, SGD 0.1', {
    ...images,
    data: (seed) => mnist(seed, { bytes: true }),
    net: (seed) => stack(784, '128r 10L', { seed }),
    optimizer: () => sgd(0.1),
    accept: [...scale, 'dead-relu'],
    cause: ['unscaled-inputs'],
    layer: 'dense',
    fixed: {
      net: (seed) =>
        stack(784, '128r 10L', { seed, first: [layers.rescaling({ scale: 1 / 255, inputShape: [784] })] }),
    },
  }),
  faulty('targets × 10', {
    ...numbers,
    data: (seed) => mapped(table(seed), { y: ([t]) => [t * 10] }),
    net: tableNet('64r 64r 1L'),
    accept: ['target-range-mismatch', 'slow-convergence', 'learning-rate-too-low'],
    cause: ['target-range-mismatch', 'slow-convergence'],
    fixed: { data: (seed) => table(seed) },
  }),
  faulty('targets of other examples', {
    ...numbers,
    data: (seed) => misplaced(table(seed), seed),
    net: tableNet('64r 64r 1L'),
    accept: ['overfitting', 'degenerate-labels', 'slow-convergence'],
    cause: ['overfitting', 'degenerate-labels'],
    // Nothing but other targets helps.
  }),
  faulty('kernels that begin at 0.01', {
    ...numbers,
    net: tableNet('64r 64r 1L', { all: { kernelInitializer: initializers.constant({ value: 0.01 }) } }),
    accept: ['poor-initialization'],
    cause: ['poor-initialization'],
    layer: 'dense',
    fixed: { net: tableNet('64r 64r 1L') },
  }),
  faulty('dropout 0.9 everywhere', {
    ...numbers,
    net: tableNet('64r d0.9 64r d0.9 1L'),
    accept: ['too-much-dropout', 'slow-convergence'],
    cause: ['too-much-dropout'],
    fixed: { net: tableNet('64r d0.1 64r 1L') },
  }),
  faulty('dropout 1.0', {
    ...numbers,
    net: tableNet('64r d1 64r 1L'),
    accept: ['too-much-dropout'],
    cause: ['too-much-dropout'],
    layer: 'dropout',
    fixed: { net: tableNet('64r 64r 1L') },
  }),
];
