/** Random graphs: networks that make no sense, for holding every pass and kernel against the interpreter. */
import fc from 'fast-check';
import { MatmulKind } from '../../assembly/opcodes.js';
import { differentiate } from '../../src/compile/differentiate.js';
import { apply, type Node, rootOf } from '../../src/graph/node.js';
import { type Shape, sizeOf } from '../../src/graph/shape.js';
import { Variable } from '../../src/graph/variable.js';
import { abs } from '../../src/ops/abs.js';
import { adam } from '../../src/ops/adam.js';
import { add } from '../../src/ops/add.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { crossEntropy } from '../../src/ops/crossEntropy.js';
import { div } from '../../src/ops/div.js';
import { dropout } from '../../src/ops/dropout.js';
import { elu } from '../../src/ops/elu.js';
import { erf } from '../../src/ops/erf.js';
import { exp } from '../../src/ops/exp.js';
import { gelu } from '../../src/ops/gelu.js';
import { greater } from '../../src/ops/greater.js';
import { hardSigmoid } from '../../src/ops/hardSigmoid.js';
import { table } from '../../src/ops/index.js';
import { variable } from '../../src/ops/leaf.js';
import { leakyRelu } from '../../src/ops/leakyRelu.js';
import { log } from '../../src/ops/log.js';
import { matmul } from '../../src/ops/matmul.js';
import { maximum } from '../../src/ops/maximum.js';
import { minimum } from '../../src/ops/minimum.js';
import { mish } from '../../src/ops/mish.js';
import { mul } from '../../src/ops/mul.js';
import { neg } from '../../src/ops/neg.js';
import { moments, normalize } from '../../src/ops/normalize.js';
import { pow } from '../../src/ops/pow.js';
import { reciprocal } from '../../src/ops/reciprocal.js';
import { relu } from '../../src/ops/relu.js';
import { relu6 } from '../../src/ops/relu6.js';
import { reshape } from '../../src/ops/reshape.js';
import { row } from '../../src/ops/row.js';
import { rsqrt } from '../../src/ops/rsqrt.js';
import { select } from '../../src/ops/select.js';
import { selu } from '../../src/ops/selu.js';
import { sgd } from '../../src/ops/sgd.js';
import { sigmoid } from '../../src/ops/sigmoid.js';
import { sigmoidCrossEntropy } from '../../src/ops/sigmoidCrossEntropy.js';
import { silu } from '../../src/ops/silu.js';
import { logSoftmax, softmax } from '../../src/ops/softmax.js';
import { softplus } from '../../src/ops/softplus.js';
import { softsign } from '../../src/ops/softsign.js';
import { sqrt } from '../../src/ops/sqrt.js';
import { square } from '../../src/ops/square.js';
import { sub } from '../../src/ops/sub.js';
import { max, mean, min, sum } from '../../src/ops/sum.js';
import { tanh } from '../../src/ops/tanh.js';
import { transpose } from '../../src/ops/transpose.js';
import { accumulate, advance, clipNorm, clipValue, movingAverage, store } from '../../src/ops/updates.js';
import { generator } from '../ops/cases/case.js';

/** How one node is made: which builder, and which of the nodes so far it takes. */
export interface Choice {
  readonly what: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Everything that decides a graph. */
export interface Recipe {
  readonly seed: number;
  readonly leaves: readonly number[];
  readonly choices: readonly Choice[];
  readonly effects: readonly Choice[];
}

const word = fc.nat(1_000_000);
const choice = fc.record({ what: word, a: word, b: word, c: word });
export const recipe: fc.Arbitrary<Recipe> = fc.record({
  seed: word,
  leaves: fc.array(word, { minLength: 1, maxLength: 4, size: 'max' }),
  choices: fc.array(choice, { minLength: 1, maxLength: 24, size: 'max' }),
  effects: fc.array(choice, { maxLength: 6, size: 'max' }),
});

const shapes: readonly Shape[] = [
  [],
  [1],
  [5],
  [17],
  [3, 1],
  [3, 5],
  [5, 3],
  [5, 17],
  [17, 33],
  [1, 33],
  [2, 3, 5],
  [4, 1, 3],
];

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length];

/** Functions that keep numbers within a few units. */
const unaries: readonly ((x: Node) => Node)[] = [
  tanh,
  sigmoid,
  relu,
  softplus,
  softsign,
  silu,
  gelu,
  mish,
  neg,
  hardSigmoid,
  selu,
  erf,
  abs,
  relu6,
  leakyRelu,
  elu,
  (x) => gelu(x, true),
  (x) => reciprocal(add(softplus(x), 1)),
  (x) => rsqrt(add(square(x), 0.5)),
  (x) => mul(x, 0.5),
  (x) => add(x, 0.75),
  (x) => square(tanh(x)),
  (x) => exp(tanh(x)),
  (x) => log(add(softplus(x), 0.5)),
  (x) => sqrt(add(square(x), 0.25)),
  (x) => div(1, add(square(x), 1)),
];

const binaries: readonly ((a: Node, b: Node) => Node)[] = [
  add,
  sub,
  maximum,
  minimum,
  (a, b) => mul(a, tanh(b)),
  (a, b) => div(a, add(square(b), 1)),
  (a, b) => pow(add(sigmoid(a), 0.5), tanh(b)),
  (a, b) => sigmoidCrossEntropy(a, sigmoid(b)),
  (a, b) => select(greater(a, 0.1), a, b),
];

/** A node of the pool that goes together with `a`, if there is one. */
const partner = (pool: readonly Node[], n: number, fits: (shape: Shape) => boolean): Node | undefined => {
  const candidates = pool.filter(({ shape }) => fits(shape));
  return candidates.length > 0 ? pick(candidates, n) : undefined;
};

const broadcasts =
  (a: Shape) =>
  (b: Shape): boolean => {
    const size = Math.max(a.length, b.length);
    for (let i = 1; i <= size; i++) {
      const [x, y] = [a[a.length - i] ?? 1, b[b.length - i] ?? 1];
      if (x !== y && x !== 1 && y !== 1) return false;
    }
    // Keeps the graph small.
    return true;
  };

/** Builds one graph from a recipe. Its variables have values, and addresses once they are placed. */
export class RandomGraph {
  readonly values = new Map<Variable, Float64Array>();
  readonly outputs: Node[];
  readonly effects: Node[];
  /** All that was built, for picking. */
  readonly #pool: Node[] = [];
  readonly #weights: Node[] = [];
  readonly #random: () => number;
  readonly #seed: Node;
  readonly #step: Node;

  constructor({ seed, leaves, choices, effects }: Recipe) {
    this.#random = generator(seed);
    this.#seed = this.#variable('seed', [], 'u32', [seed]);
    this.#step = this.#variable('step', [], 'u32', [3]);
    for (const n of leaves) this.#leaf(pick(shapes, n));
    for (const each of choices) {
      const node = this.#build(each);
      if (node) this.#pool.push(node);
    }
    const used = new Set(this.#pool.flatMap(({ inputs }) => inputs.map(({ id }) => id)));
    const ends = this.#pool.filter(({ id }) => !used.has(id));
    const loss = ends.map((node) => mean(softplus(node))).reduce(add);
    const gradients = differentiate(loss, this.#weights);
    this.effects = this.#effects(effects, loss, gradients);
    // Variables themselves are no outputs: the host would find them as the effects have left them.
    const end = pick(ends, seed);
    // Gradients that the host does not ask for may be computed where they are stored.
    this.outputs = [loss, ...(seed % 2 ? gradients : []), rootOf(end).op === table.variable ? neg(end) : end];
  }

  #variable(name: string, shape: Shape, dtype: 'f32' | 'u32' | 'f64', values: ArrayLike<number>): Node {
    const storage = new Variable(name, shape, dtype);
    this.values.set(storage, Float64Array.from(values));
    return variable(storage);
  }

  #leaf(shape: Shape): Node {
    const values = Float32Array.from({ length: sizeOf(shape) }, () => 4 * this.#random() - 2);
    const node = this.#variable(`x${this.#weights.length}`, shape, 'f32', values);
    this.#weights.push(node);
    this.#pool.push(node);
    return node;
  }

  #build({ what, a, b, c }: Choice): Node | undefined {
    const x = pick(this.#pool, a);
    const rank = x.shape.length;
    const kinds: readonly (() => Node | undefined)[] = [
      () => pick(unaries, b)(x),
      () => pick(unaries, b)(x),
      () => this.#binary(x, b, c),
      () => this.#binary(x, b, c),
      () => this.#product(x, b, c),
      () => this.#dense(x, b, c),
      () =>
        pick([sum, mean, max, min], b)(
          rank === 0 || sizeOf(x.shape) < 40 ? x : scaledDown(x),
          axesOf(c, rank),
          c % 2 === 0,
        ),
      () => (rank > 0 ? pick([softmax, logSoftmax], b)(x) : undefined),
      () =>
        rank > 1
          ? crossEntropy(x, softmax(pick([neg(x), tanh(x)], b)), { smoothing: pick([0, 0.1], c) })
          : undefined,
      () => this.#normalize(x, c),
      () => this.#view(x, b, c),
      () => dropout(x, this.#seed, this.#step, { rate: pick([0, 0.25, 0.5, 1], b), stream: c }),
    ];
    return pick(kinds, what)();
  }

  #binary(x: Node, b: number, c: number): Node | undefined {
    const y = partner(this.#pool, b, broadcasts(x.shape));
    if (!y || sizeOf(x.shape) * sizeOf(y.shape) > 50_000) return undefined;
    return c % 2 ? pick(binaries, c)(x, y) : pick(binaries, c)(y, x);
  }

  /** A product with whatever fits, in one of the three kinds; else with a new matrix. */
  #product(x: Node, b: number, c: number): Node | undefined {
    if (x.shape.length !== 2) return undefined;
    const [rows, columns] = x.shape;
    const kind = pick([MatmulKind.NN, MatmulKind.TN, MatmulKind.NT], c);
    const inner = kind === MatmulKind.TN ? rows : columns;
    const axis = kind === MatmulKind.NT ? 1 : 0;
    const y =
      partner(this.#pool, b, (shape) => shape.length === 2 && shape[axis] === inner) ??
      this.#leaf(axis ? [7, inner] : [inner, 7]);
    return mul(apply(table.matmul, [x, y], { kind }), 1 / Math.sqrt(inner));
  }

  /** activation(x · w + b), as layers build it. */
  #dense(x: Node, b: number, c: number): Node | undefined {
    if (x.shape.length < 2) return undefined;
    const units = pick([1, 5, 9], b);
    const inputs = x.shape[x.shape.length - 1];
    const product = matmul(x, mul(this.#leaf([inputs, units]), 1 / Math.sqrt(inputs)));
    return pick(unaries, c)(b % 4 ? add(product, this.#leaf([units])) : product);
  }

  #normalize(x: Node, c: number): Node | undefined {
    if (x.shape.length !== 2 || Math.min(...x.shape) < 3) return undefined;
    const perRow = c % 2 === 0;
    const both = moments(x, perRow);
    const gamma = c % 3 ? this.#leaf([x.shape[1]]) : undefined;
    const beta = c % 5 ? this.#leaf([x.shape[1]]) : undefined;
    const statistics = { mean: row(both, 0), variance: row(both, 1) };
    return normalize(x, { ...statistics, gamma, beta }, { perRow, epsilon: 0.05, ownMoments: true });
  }

  #view(x: Node, b: number, c: number): Node | undefined {
    const rank = x.shape.length;
    const size = sizeOf(x.shape);
    const factor = pick([1, 2, 3, 5], c);
    const order = x.shape.map((_, i) => (i + c) % rank);
    return pick<() => Node | undefined>(
      [
        () => reshape(x, [size]),
        () => (size % factor === 0 ? reshape(x, [factor, -1]) : undefined),
        () => (rank > 1 ? transpose(x, order) : undefined),
        () => (size * factor < 2000 ? broadcastTo(x, [factor, ...x.shape]) : undefined),
      ],
      b,
    )();
  }

  /** Stores, averages, clips and updates in some order, on variables of their own and on leaves. */
  #effects(choices: readonly Choice[], loss: Node, gradients: readonly Node[]): Node[] {
    const total = this.#variable('total', [], 'f64', [0.5]);
    const rate = this.#variable('rate', [], 'f32', [Math.fround(0.05)]);
    const stored = gradients.map((g, i) =>
      this.#variable(`g${i}`, g.shape, 'f32', new Float32Array(sizeOf(g.shape)).fill(0.25)),
    );
    const like = (x: Node, name: string, value: number) =>
      this.#variable(name, x.shape, 'f32', new Float32Array(sizeOf(x.shape)).fill(value));
    const effects: Node[] = [];
    for (const { what, a, b, c } of choices) {
      const i = a % gradients.length;
      const kinds: readonly (() => Node[])[] = [
        () => [store(gradients[i], stored[i])],
        () => [
          store(gradients[i], stored[i]),
          clipNorm(stored[i], 0.5),
          sgd(this.#weights[i], stored[i], rate, undefined, {
            momentum: 0,
            nesterov: false,
            weightDecay: 0.1,
          }),
        ],
        () => [accumulate(loss, total, 2)],
        () => [accumulate(pick(this.#pool, b), total, 1)],
        () => [clipValue(pick([stored[i], this.#weights[i]], b), 0.5)],
        () => {
          const value = pick(this.#pool, b);
          return [movingAverage(like(value, 'average', 1), value, 0.75)];
        },
        () => {
          const value = pick(this.#pool, b);
          return [store(value, like(value, 'copy', 1))];
        },
        () => {
          const value = partner(this.#pool, c, (shape) => shape.join() === this.#weights[i].shape.join());
          return value ? [store(value, this.#weights[i])] : [];
        },
        () => [advance(this.#step, 1)],
        () => [
          store(gradients[i], stored[i]),
          adam(
            this.#weights[i],
            stored[i],
            rate,
            like(stored[i], 'm', 0),
            like(stored[i], 'v', 0),
            this.#step,
            {
              beta1: 0.875,
              beta2: 0.96875,
              epsilon: 2 ** -10,
              weightDecay: 0,
            },
          ),
        ],
      ];
      effects.push(...pick(kinds, what)());
    }
    return effects;
  }
}

const axesOf = (c: number, rank: number): number[] | undefined => {
  const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => (c >> i) & 1);
  return axes.length > 0 ? axes : undefined;
};

/** Keeps sums of many elements within a few units. */
const scaledDown = (x: Node): Node => mul(x, 4 / sizeOf(x.shape));
