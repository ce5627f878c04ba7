/** Faults as people make them: small dense networks on small data, each with the same set-up as it should have been. */
import { initializers, losses } from 'chainrule';
import { adam, sgd, stack } from './build.mjs';
import { HELD, mnist, randomOf } from './data.mjs';
import { faulty } from './families.mjs';

const parts = (draw, train) => {
  const part = (count) => {
    const rows = Array.from({ length: count }, draw);
    return { x: rows.map(({ x }) => x), y: rows.map(({ y }) => y) };
  };
  return { train: part(train), test: part(Math.round(train / 3)), held: part(HELD) };
};
const mse = () => losses.meanSquaredError();
const bce = () => losses.binaryCrossentropy();
const sparse = () => losses.sparseCategoricalCrossentropy();
const categorical = () => losses.categoricalCrossentropy();

/** Three kinds of flowers by four measures, in centimetres. */
const flowers =
  (label = (k) => k) =>
  (seed) => {
    const { uniform, normal } = randomOf(seed + 100);
    const middles = [
      [5.0, 3.4, 1.5, 0.25],
      [5.9, 2.8, 4.3, 1.3],
      [6.6, 3.0, 5.5, 2.0],
    ];
    return parts(() => {
      const kind = Math.floor(uniform() * 3);
      return { x: middles[kind].map((v, j) => v + [0.4, 0.35, 0.4, 0.2][j] * normal()), y: label(kind) };
    }, 120);
  };
const oneHot = (k) => [0, 1, 2].map((i) => Number(i === k));

/** Houses: rooms, area, age, income of the district, distance; and their prices. */
const houses =
  (priceOf = (price) => price, scaled = false) =>
  (seed) => {
    const { uniform, normal } = randomOf(seed + 200);
    return parts(() => {
      const [rooms, age] = [1 + Math.floor(uniform() * 7), uniform() * 80];
      const area = 25 * rooms * (0.7 + 0.6 * uniform());
      const [income, distance] = [20_000 + 60_000 * uniform(), 30 * uniform()];
      const price = 1500 * area + 2 * income - 800 * age - 3000 * distance + 30_000 + 15_000 * normal();
      const x = scaled
        ? [
            (rooms - 4) / 2,
            (area - 100) / 55,
            (age - 40) / 23,
            (income - 50_000) / 17_000,
            (distance - 15) / 8.7,
          ]
        : [rooms, area, age, income, distance];
      return { x, y: [priceOf(price)] };
    }, 400);
  };

/** Two arms of a spiral. */
const spirals = (seed) => {
  const { uniform, normal } = randomOf(seed + 300);
  return parts(() => {
    const arm = Number(uniform() < 0.5);
    const t = 4 * Math.sqrt(uniform());
    const angle = t + arm * Math.PI;
    return { x: [t * Math.cos(angle), t * Math.sin(angle)].map((v) => v / 2 + 0.05 * normal()), y: [arm] };
  }, 500);
};
/** Yes where a sum of standardized features is above 0. */
const plane =
  (label = (yes) => [Number(yes)], unit = 1) =>
  (seed) => {
    const { normal } = randomOf(seed + 400);
    return parts(() => {
      const x = Array.from({ length: 8 }, normal);
      const yes = x[0] - 0.8 * x[1] + 0.5 * x[2] * x[3] + 0.2 * normal() > 0;
      return { x: x.map((v) => v * unit), y: label(yes) };
    }, 400);
  };
/** A curve over an interval. */
const curve =
  (f, from, to, { x: xOf = (v) => v, y: yOf = (v) => v, noise = 0.05 } = {}) =>
  (seed) => {
    const { uniform, normal } = randomOf(seed + 500);
    return parts(() => {
      const v = from + (to - from) * uniform();
      return { x: [xOf(v)], y: [yOf(f(v) + noise * normal())] };
    }, 300);
  };
const net =
  (inputs, text, options = {}) =>
  (seed) =>
    stack(inputs, text, { seed, ...options });
const all = (kernelInitializer) => ({ all: { kernelInitializer } });
const normal = (stddev) => all(initializers.randomNormal({ stddev }));

const accept = [
  'vanishing-gradient',
  'exploding-gradient',
  'dead-relu',
  'saturated-activation',
  'non-finite',
  'diverging-loss',
  'oscillating-loss',
  'unscaled-inputs',
  'target-range-mismatch',
  'loss-activation-mismatch',
  'poor-initialization',
  'learning-rate-too-high',
  'learning-rate-too-low',
  'too-much-dropout',
];
const one = (name, settings) => faulty(name, { accept, cause: accept, ...settings });
const asFlowers = { data: flowers(), loss: sparse, epochs: 100, batchSize: 16, net: net(4, '16r 3sm') };
const asHouses = { data: houses(), loss: mse, metrics: [], epochs: 100, net: net(5, '32r 32r 1L') };
const asPlane = { data: plane(), loss: bce, epochs: 60, net: net(8, '32r 16r 1s') };
const asDigits = {
  data: (seed) => mnist(seed),
  loss: sparse,
  epochs: 8,
  batchSize: 64,
  net: net(784, '64r 10sm'),
};
const asCurve = {
  data: curve(Math.sin, -3, 3),
  loss: mse,
  metrics: [],
  epochs: 150,
  net: net(1, '32t 32t 1L'),
  optimizer: () => adam(3e-3),
};

export const usual = [
  one('flowers, ReLU outputs', { ...asFlowers, net: net(4, '16r 3r'), fixed: { net: net(4, '16r 3sm') } }),
  one('flowers, sigmoid outputs', {
    ...asFlowers,
    data: flowers(oneHot),
    loss: categorical,
    net: net(4, '16r 3s'),
    fixed: { net: net(4, '16r 3sm') },
  }),
  one('flowers, logits as probabilities, one-hot', {
    ...asFlowers,
    data: flowers(oneHot),
    loss: categorical,
    net: net(4, '16r 3L'),
    fixed: { net: net(4, '16r 3sm') },
  }),
  one('flowers, squared errors of a softmax, SGD', {
    ...asFlowers,
    data: flowers(oneHot),
    loss: mse,
    optimizer: () => sgd(0.01),
    fixed: { loss: categorical, optimizer: () => sgd(0.05) },
  }),
  one('flowers, SGD 1e-5', {
    ...asFlowers,
    optimizer: () => sgd(1e-5),
    fixed: { optimizer: () => sgd(0.05) },
  }),
  one('flowers, Adam 1.0', {
    ...asFlowers,
    optimizer: () => adam(1),
    fixed: { optimizer: () => adam(0.01) },
  }),
  one('flowers, kernels of zeros', {
    ...asFlowers,
    net: net(4, '16r 3sm', all('zeros')),
    fixed: { net: net(4, '16r 3sm') },
  }),
  one('flowers, kernels N(0, 10)', {
    ...asFlowers,
    net: net(4, '16r 16r 3sm', normal(10)),
    fixed: { net: net(4, '16r 16r 3sm') },
  }),
  one('flowers, dropout 0.95', {
    ...asFlowers,
    net: net(4, '32r d0.95 3sm'),
    fixed: { net: net(4, '32r d0.2 3sm') },
  }),
  one('flowers, 12 sigmoid layers of 16', {
    ...asFlowers,
    net: net(4, '16sx12 3sm'),
    fixed: { net: net(4, '16rx2 3sm') },
  }),

  one('houses as they are', { ...asHouses, fixed: { data: houses((p) => (p - 150_000) / 80_000, true) } }),
  one('houses as they are, SGD 0.01', {
    ...asHouses,
    optimizer: () => sgd(0.01),
    fixed: { data: houses((p) => (p - 150_000) / 80_000, true) },
  }),
  one('houses, sigmoid output', {
    ...asHouses,
    data: houses((p) => p / 1e5, true),
    net: net(5, '32r 32r 1s'),
    fixed: { net: net(5, '32r 32r 1L') },
  }),
  one('houses, ReLU output, prices in units of spread', {
    ...asHouses,
    data: houses((p) => (p - 150_000) / 80_000, true),
    net: net(5, '32r 32r 1r'),
    fixed: { net: net(5, '32r 32r 1L') },
  }),
  one('houses, inputs scaled, prices as they are', {
    ...asHouses,
    data: houses((p) => p, true),
    fixed: { data: houses((p) => (p - 150_000) / 80_000, true) },
  }),
  one('houses, raw inputs, prices scaled', {
    ...asHouses,
    data: houses((p) => (p - 150_000) / 80_000),
    fixed: { data: houses((p) => (p - 150_000) / 80_000, true) },
  }),
  one('houses, absolute errors, prices as they are', {
    ...asHouses,
    loss: () => losses.meanAbsoluteError(),
    data: houses((p) => p, true),
    fixed: { data: houses((p) => (p - 150_000) / 80_000, true) },
  }),

  one('spirals, 6 sigmoid layers, SGD', {
    data: spirals,
    loss: bce,
    epochs: 200,
    net: net(2, '16sx6 1s'),
    optimizer: () => sgd(0.01),
    fixed: { net: net(2, '32rx2 1s'), optimizer: () => adam(5e-3) },
  }),
  one('spirals, SGD 5', {
    data: spirals,
    loss: bce,
    epochs: 200,
    net: net(2, '32rx2 1s'),
    optimizer: () => sgd(5),
    fixed: { optimizer: () => sgd(0.1) },
  }),

  one('yes or no, softmax of one unit', {
    ...asPlane,
    net: net(8, '32r 16r 1sm'),
    fixed: { net: net(8, '32r 16r 1s') },
  }),
  one('yes or no, no activation', {
    ...asPlane,
    net: net(8, '32r 16r 1L'),
    fixed: { net: net(8, '32r 16r 1s') },
  }),
  one('yes or no, tanh output', {
    ...asPlane,
    net: net(8, '32r 16r 1t'),
    fixed: { net: net(8, '32r 16r 1s') },
  }),
  one('yes or no, ReLU output', {
    ...asPlane,
    net: net(8, '32r 16r 1r'),
    fixed: { net: net(8, '32r 16r 1s') },
  }),
  one('yes or no, two sigmoids with class numbers', {
    ...asPlane,
    data: plane((yes) => Number(yes)),
    loss: sparse,
    net: net(8, '32r 16r 2s'),
    fixed: { net: net(8, '32r 16r 2sm') },
  }),
  one('yes or no, inputs × 1000, SGD 0.1', {
    ...asPlane,
    data: plane(undefined, 1000),
    optimizer: () => sgd(0.1),
    fixed: { data: plane() },
  }),
  one('yes or no, Adam 1e-6', {
    ...asPlane,
    optimizer: () => adam(1e-6),
    fixed: { optimizer: () => adam(1e-3) },
  }),
  one('yes or no, biases at −20', {
    ...asPlane,
    net: net(8, '32r 16r 1s', { hidden: { biasInitializer: initializers.constant({ value: -20 }) } }),
    fixed: { net: net(8, '32r 16r 1s') },
  }),
  one('yes or no, 10 tanh layers, N(0, 2)', {
    ...asPlane,
    net: net(8, '32tx10 1s', normal(2)),
    fixed: { net: net(8, '32tx3 1s') },
  }),
  one('yes or no, dropout 1.0', {
    ...asPlane,
    net: net(8, '32r d1 16r 1s'),
    fixed: { net: net(8, '32r d0.2 16r 1s') },
  }),

  one('a parabola over ±100', {
    ...asCurve,
    data: curve((v) => v * v, -100, 100, { noise: 50 }),
    fixed: {
      data: curve((v) => v * v, -100, 100, { noise: 50, x: (v) => v / 58, y: (v) => (v - 3333) / 2981 }),
    },
  }),
  one('a sine over 0 … 1000 in steps', {
    ...asCurve,
    data: curve((v) => Math.sin(v / 160), 0, 1000),
    fixed: { data: curve((v) => Math.sin(v / 160), 0, 1000, { x: (v) => (v - 500) / 289 }) },
  }),
  one('a line over 0 … 50, SGD 0.1', {
    ...asCurve,
    data: curve((v) => 3 * v + 7, 0, 50, { noise: 1 }),
    net: net(1, '1L'),
    optimizer: () => sgd(0.1),
    fixed: {
      data: curve((v) => 3 * v + 7, 0, 50, { noise: 1, x: (v) => (v - 25) / 14.4 }),
      optimizer: () => sgd(0.01),
    },
  }),
  one('a sine, SGD 1 with momentum 0.9', {
    ...asCurve,
    optimizer: () => sgd(1, { momentum: 0.9 }),
    fixed: { optimizer: () => adam(3e-3) },
  }),
  one('a sine, 15 ReLU layers of 8', {
    ...asCurve,
    net: net(1, '8rx15 1L'),
    fixed: { net: net(1, '32t 32t 1L') },
  }),
  one('a sine, exponential layers', {
    ...asCurve,
    net: net(1, '16ex4 1L', normal(1)),
    fixed: { net: net(1, '32t 32t 1L') },
  }),

  one('digits in bytes, Adam', {
    ...asDigits,
    data: (seed) => mnist(seed, { bytes: true }),
    net: net(784, '64s 10sm'),
    fixed: { data: (seed) => mnist(seed) },
  }),
  one('digits, SGD 10', { ...asDigits, optimizer: () => sgd(10), fixed: { optimizer: () => sgd(0.1) } }),
  one('digits, SGD 1e-4', { ...asDigits, optimizer: () => sgd(1e-4), fixed: { optimizer: () => sgd(0.1) } }),
  one('digits, softmax twice', {
    ...asDigits,
    loss: () => losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    fixed: { loss: sparse },
  }),
  one('digits, 10 sigmoid layers of 32', {
    ...asDigits,
    net: net(784, '32sx10 10sm'),
    fixed: { net: net(784, '32rx2 10sm') },
  }),
];
