/** Healthy set-ups, which the doctor must leave alone. */
import { initializers, layers } from 'chainrule';
import { adam, sgd, stack } from './build.mjs';
import { mnist, table } from './data.mjs';
import { clouds, he, healthy, images, numbers, rings, ringsNet, tableNet } from './families.mjs';

export const controls = [
  ...[2, 5, 8].flatMap((depth) => [
    healthy(`circles, 5t×${depth}`, { ...rings, net: ringsNet(`5tx${depth}`) }),
    healthy(`circles, 5r×${depth}`, { ...rings, net: ringsNet(`5rx${depth}`) }),
    healthy(`blobs, 5t×${depth}`, {
      ...clouds,
      net: (seed) => stack(2, `5tx${depth} 3sm`, { hidden: he, seed }),
    }),
    healthy(`blobs, 5r×${depth}`, {
      ...clouds,
      net: (seed) => stack(2, `5rx${depth} 3sm`, { hidden: he, seed }),
    }),
  ]),
  healthy('MNIST 784-128r-10', { ...images, net: (seed) => stack(784, '128r 10L', { seed }) }),
  healthy('MNIST 784-128r-10, SGD 0.1 with momentum', {
    ...images,
    net: (seed) => stack(784, '128r 10L', { seed }),
    optimizer: () => sgd(0.1, { momentum: 0.9 }),
  }),
  healthy('MNIST 784-512r-512r-10, dropout 0.2', {
    ...images,
    batchSize: 128,
    epochs: 3,
    net: (seed) => stack(784, '512r d0.2 512r d0.2 10L', { seed }),
  }),
  healthy('MNIST 784-128-10 with batch normalization', {
    ...images,
    net: (seed) => stack(784, '128L bn 128r bn 10L', { seed }),
  }),
  healthy('MNIST in bytes, rescaled first', {
    ...images,
    data: (seed) => mnist(seed, { bytes: true }),
    net: (seed) =>
      stack(784, '128r 10L', { seed, first: [layers.rescaling({ scale: 1 / 255, inputShape: [784] })] }),
  }),
  healthy('wide, sparse ReLU', {
    ...numbers,
    net: tableNet('1024r 1L', {
      hidden: { kernelInitializer: 'heNormal', biasInitializer: initializers.constant({ value: -1.5 }) },
    }),
  }),
  healthy('regression, 9-64r-64r-1', { ...numbers, net: tableNet('64r 64r 1L') }),
  healthy('regression, 9-64r-64r-1, SGD 0.05', {
    ...numbers,
    net: tableNet('64r 64r 1L'),
    optimizer: () => sgd(0.05),
  }),
  healthy('regression, noisy validation', {
    ...numbers,
    data: (seed) => table(seed, { count: 320, noise: 0.3 }),
    net: tableNet('16t 1L'),
    optimizer: () => adam(3e-3),
    batchSize: 8,
    epochs: 30,
  }),
  healthy('regression, 9-64r-64r-1, N(0, 0.25)', {
    ...numbers,
    net: tableNet('64r 64r 1L', { all: { kernelInitializer: initializers.randomNormal({ stddev: 0.25 }) } }),
  }),
];
