/** Effects: ops that write variables. */
import type { Node } from '../../../src/graph/node.js';
import { adam } from '../../../src/ops/adam.js';
import { neg } from '../../../src/ops/neg.js';
import { rmsprop } from '../../../src/ops/rmsprop.js';
import { sgd } from '../../../src/ops/sgd.js';
import { change, fired, statistics } from '../../../src/ops/statistics.js';
import {
  accumulate,
  advance,
  clipNorm,
  clipValue,
  lap,
  movingAverage,
  store,
} from '../../../src/ops/updates.js';
import { cell, type Input, real } from './case.js';

/** Variables, an effect on them, and what it makes of them in one step. */
export interface UpdateCase {
  readonly title: string;
  readonly variables: readonly Input[];
  build(...variables: Node[]): Node;
  /** The variables after one step; those left out stay as they are. */
  expected(...variables: Float64Array[]): readonly (ArrayLike<number> | undefined)[];
}

const sizes = [1, 3, 5, 17, 33, 130];
const zeros = (n: number): Input => ({ shape: [n], values: new Float32Array(n) });
const total: Input = { shape: [], values: [2.5], dtype: 'f64' };
const rate: Input = { shape: [], values: [Math.fround(0.05)] };

/** Eight f64 cells with something in them. */
const cells: Input = { shape: [8], values: [1, 2, 3, 4, 5, 6, 7, 8], dtype: 'f64' };
/** Numbers among which there are some that are none. */
const odd = (n: number): Input => {
  const { values } = real([n]);
  const others = [0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return { shape: [n], values: Float32Array.from(values, (v, i) => (i % 3 === 2 ? others[(i / 3) & 3] : v)) };
};
/** Sum, squares, least, most, not finite, beyond, zeros, count. */
const measured = (x: Float64Array, beyond: (v: number) => boolean): number[] => {
  const finite = [...x].filter((v) => v - v === 0);
  const sum = (f: (v: number) => number) => finite.reduceRight((total, v) => total + f(v), 0);
  const none = x.length - finite.length;
  return [
    sum((v) => v),
    sum((v) => v * v),
    Math.min(...finite),
    Math.max(...finite),
    none,
    finite.filter(beyond).length,
    finite.filter((v) => v === 0).length,
    x.length,
  ];
};

const norm = (x: Float64Array) => Math.hypot(...x);

const sgdCases = [
  { momentum: 0, nesterov: false, weightDecay: 0 },
  { momentum: 0, nesterov: false, weightDecay: 0.25 },
  { momentum: 0.75, nesterov: false, weightDecay: 0.25 },
  { momentum: 0.75, nesterov: true, weightDecay: 0 },
].flatMap((attributes) =>
  sizes.map((n): UpdateCase => {
    const { momentum, nesterov, weightDecay } = attributes;
    return {
      title: `[${n}] ${JSON.stringify(attributes)}`,
      variables: [real([n]), real([n]), rate, ...(momentum > 0 ? [real([n])] : [])],
      build: (p, g, lr, v) => sgd(p, g, lr, v, attributes),
      expected(p, g, [lr], v = new Float64Array(n)) {
        const velocity = v.map((old, i) => momentum * old - lr * g[i]);
        const step = velocity.map((now, i) => (nesterov ? momentum * now - lr * g[i] : now));
        return [p.map((w, i) => w * (1 - lr * weightDecay) + step[i]), undefined, undefined, velocity];
      },
    };
  }),
);

const rmspropCases = [
  { momentum: 0, centered: false },
  { momentum: 0.75, centered: false },
  { momentum: 0, centered: true },
  { momentum: 0.75, centered: true },
].flatMap(({ momentum, centered }) =>
  sizes.map((n): UpdateCase => {
    const attributes = { rho: 0.875, momentum, centered, epsilon: 2 ** -20, weightDecay: 0.25 };
    return {
      title: `[${n}] momentum ${momentum}${centered ? ' centered' : ''}`,
      variables: [
        real([n]),
        real([n], 0.5, 2),
        rate,
        real([n], 1, 2),
        ...(momentum > 0 ? [real([n])] : []),
        ...(centered ? [real([n], -0.5, 0.5)] : []),
      ],
      build(p, g, lr, square, ...rest) {
        const slots = {
          square,
          velocity: momentum > 0 ? rest[0] : undefined,
          average: centered ? rest.at(-1) : undefined,
        };
        return rmsprop(p, g, lr, slots, attributes);
      },
      expected(p, g, [lr], square, ...rest) {
        const { rho, epsilon, weightDecay } = attributes;
        const mix = (old: Float64Array, now: Float64Array) => old.map((o, i) => rho * o + (1 - rho) * now[i]);
        const s = mix(
          square,
          g.map((v) => v * v),
        );
        const a = centered ? mix(rest[rest.length - 1], g) : undefined;
        const step = g.map((v, i) => (lr * v) / Math.sqrt(s[i] - (a?.[i] ?? 0) ** 2 + epsilon));
        const v = momentum > 0 ? rest[0].map((old, i) => momentum * old + step[i]) : undefined;
        const moved = p.map((w, i) => w * (1 - lr * weightDecay) - (v ?? step)[i]);
        return [moved, undefined, undefined, s, ...(v ? [v] : []), ...(a ? [a] : [])];
      },
    };
  }),
);

const adamCases = [0, 3, 100_000].flatMap((iterations) =>
  sizes.map((n): UpdateCase => {
    const attributes = {
      beta1: 0.875,
      beta2: 0.9921875,
      epsilon: 2 ** -20,
      weightDecay: iterations === 3 ? 0.25 : 0,
    };
    return {
      title: `[${n}] after ${iterations} updates`,
      variables: [
        real([n]),
        real([n]),
        rate,
        iterations ? real([n]) : zeros(n),
        iterations ? real([n], 0.1, 2) : zeros(n),
        cell(iterations),
      ],
      build: (p, g, lr, m, v, t) => adam(p, g, lr, m, v, t, attributes),
      expected(p, g, [lr], mean, square, [before]) {
        const { beta1, beta2, epsilon, weightDecay } = attributes;
        const m = mean.map((old, i) => beta1 * old + (1 - beta1) * g[i]);
        const v = square.map((old, i) => beta2 * old + (1 - beta2) * g[i] ** 2);
        // Kingma & Ba's bias correction folded into the rate, and epsilon outside of it, as Keras does.
        const alpha = (lr * Math.sqrt(1 - beta2 ** (before + 1))) / (1 - beta1 ** (before + 1));
        return [
          p.map((w, i) => w * (1 - lr * weightDecay) - (alpha * m[i]) / (Math.sqrt(v[i]) + epsilon)),
          undefined,
          undefined,
          m,
          v,
        ];
      },
    };
  }),
);

export const updateCases = {
  store: [
    ...sizes.map(
      (n): UpdateCase => ({
        title: `[${n}] of a variable`,
        variables: [real([n]), real([n])],
        build: store,
        expected: (value) => [undefined, value],
      }),
    ),
    {
      title: 'of a computed value',
      variables: [real([3, 5]), real([3, 5])],
      build: (value, target) => store(neg(value), target),
      expected: (value) => [undefined, value.map((v) => -v)],
    },
    {
      title: 'of a value computed from the variable itself',
      variables: [real([17])],
      build: (x) => store(neg(x), x),
      expected: (x) => [x.map((v) => -v)],
    },
  ] satisfies UpdateCase[],
  accumulate: [...sizes, 3000].map(
    (n): UpdateCase => ({
      title: `[${n}]`,
      variables: [real([n], 0, 2), total],
      build: (x, sum) => accumulate(x, sum, 0.25),
      expected: (x, [before]) => [undefined, [before + x.reduce((a, b) => a + b, 0) / 4]],
    }),
  ),
  lap: [
    { title: 'in the middle of a lap', state: [1, 4, 1] },
    { title: 'at the end of a lap', state: [3, 4, 1] },
    { title: 'a lap of one step', state: [0, 1, 0] },
  ].map(
    ({ title, state }): UpdateCase => ({
      title,
      variables: [
        { shape: [3], values: state, dtype: 'u32' },
        { shape: [2], values: [1.5, -2.5], dtype: 'f64' },
        // As many rows as three steps can fill.
        { shape: [4, 2], values: [9, 8, 7, 6, 5, 4, 3, 2], dtype: 'f64' },
      ],
      build: lap,
      expected([step, length, row], totals, log) {
        if (step + 1 < length) return [[step + 1, length, row]];
        return [[0, length, row + 1], [0, 0], log.map((v, i) => (i >> 1 === row ? totals[i & 1] : v))];
      },
    }),
  ),
  advance: [1, 128].map(
    (amount): UpdateCase => ({
      title: `by ${amount}`,
      variables: [cell(70_000)],
      build: (counter) => advance(counter, amount),
      expected: ([before]) => [[before + amount]],
    }),
  ),
  movingAverage: sizes.map(
    (n): UpdateCase => ({
      title: `[${n}]`,
      variables: [real([n]), real([n])],
      build: (average, value) => movingAverage(average, value, 0.875),
      expected: (average, value) => [average.map((old, i) => old + (value[i] - old) / 8)],
    }),
  ),
  clipValue: sizes.map(
    (n): UpdateCase => ({
      title: `[${n}]`,
      variables: [real([n])],
      build: (x) => clipValue(x, 0.75),
      expected: (x) => [x.map((v) => (Math.abs(v) <= 0.75 ? v : 0.75 * Math.sign(v)))],
    }),
  ),
  clipNorm: sizes.flatMap((n): UpdateCase[] => [
    {
      title: `[${n}] too long`,
      variables: [real([n], 1, 2)],
      build: (x) => clipNorm(x, 0.5),
      expected: (x) => [x.map((v) => v / (2 * norm(x)))],
    },
    {
      title: `[${n}] short enough`,
      variables: [real([n], -0.01, 0.01)],
      build: (x) => clipNorm(x, 0.5),
      expected: (x) => [x],
    },
  ]),
  statistics: sizes.flatMap((n): UpdateCase[] => [
    {
      title: `[${n}]`,
      variables: [real([n]), cells],
      build: (x, out) => statistics(x, out, 0.5, 0.75),
      expected: (x) => [undefined, measured(x, (v) => Math.abs(v - 0.5) > 0.75)],
    },
    {
      title: `[${n}] with zeros, infinities and NaN`,
      variables: [odd(n), cells],
      build: (x, out) => statistics(x, out),
      expected: (x) => [undefined, measured(x, () => false)],
    },
  ]),
  change: sizes.map(
    (n): UpdateCase => ({
      title: `[${n}]`,
      variables: [real([n]), real([n]), cells],
      build: change,
      expected(after, before, old) {
        const way = after.map((v, i) => v - before[i]);
        const most = (x: Float64Array) => Math.max(...x.map(Math.abs));
        return [
          undefined,
          undefined,
          [norm(way) ** 2, most(way), norm(before) ** 2, most(before), 0, n, old[6], old[7]],
        ];
      },
    }),
  ),
  fired: [
    [1, 1],
    [5, 3],
    [17, 33],
  ].map(
    ([rows, units]): UpdateCase => ({
      title: `[${rows}, ${units}]`,
      variables: [
        real([rows, units]),
        { shape: [units], values: new Array<number>(units).fill(7), dtype: 'u32' },
      ],
      build: fired,
      expected: (x, before) => [
        undefined,
        before.map((old, j) => old + x.filter((v, i) => i % units === j && v > 0).length),
      ],
    }),
  ),
  sgd: sgdCases,
  rmsprop: rmspropCases,
  adam: adamCases,
};
