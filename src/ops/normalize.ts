/** Batch and layer normalization: the same formula, per column or per row of [rows, columns]. */
import {
  Moments,
  Normalize,
  NormalizeGradInput,
  NormalizeGradParams,
  Opcode,
} from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { add } from './add.js';
import { mul } from './mul.js';
import { reshape } from './reshape.js';
import { row } from './row.js';
import { rsqrt } from './rsqrt.js';
import { rowsOf } from './softmax.js';
import { square } from './square.js';
import { sub } from './sub.js';
import { mean } from './sum.js';

/** Whether each row has its own mean and variance (layer norm) or each column (batch norm). */
export interface PerRow {
  readonly perRow: boolean;
}

/** x [rows, columns] → [2, groups]: the means, then the biased variances. Differentiated through `normalize`. */
export const momentsOp: Op<PerRow> = {
  name: 'moments',
  shape([x], { perRow }) {
    const { rows, columns } = rowsOf(x);
    return [2, perRow ? rows : columns];
  },
  gradient: () => [null],
  reference([x], { inputs, shape: [, groups], attributes: { perRow } }) {
    const { columns } = rowsOf(inputs[0]);
    const group = (i: number) => (perRow ? Math.floor(i / columns) : i % columns);
    const out = new Float64Array(2 * groups);
    const count = x.length / groups;
    x.forEach((v, i) => {
      out[group(i)] += v / count;
    });
    x.forEach((v, i) => {
      out[groups + group(i)] += (v - out[group(i)]) ** 2 / count;
    });
    return out;
  },
  lower(node, { address, emit }) {
    const [x] = node.inputs;
    const perRow = Number(node.attributes.perRow);
    emit(Opcode.Moments, Moments, { x: address(x), out: address(node), ...rowsOf(x), perRow });
  },
};

export const moments = (x: Node, perRow: boolean): Node => apply(momentsOp, [x], { perRow });

export interface NormalizeAttributes extends PerRow {
  readonly epsilon: number;
  /** Mean and variance are x's own (training), so that the gradient flows through them too. */
  readonly ownMoments: boolean;
  readonly scale: boolean;
  readonly center: boolean;
}

/** Inputs of `normalize` by name; gamma and beta are there or not. */
function named(inputs: readonly Node[], { scale, center }: NormalizeAttributes) {
  const [x, mu, variance, ...rest] = inputs;
  return {
    x,
    mu,
    variance,
    gamma: scale ? rest[0] : undefined,
    beta: center ? rest[rest.length - 1] : undefined,
  };
}

/** y = gamma·(x − mean)/√(variance + epsilon) + beta. Inputs x, mean, variance [, gamma] [, beta]. */
export const normalizeOp: Op<NormalizeAttributes> = {
  name: 'normalize',
  shape: ([x]) => x.shape,
  gradient(dy, { inputs, attributes }) {
    const { perRow, epsilon, ownMoments, scale, center } = attributes;
    const { x, mu, variance, gamma } = named(inputs, attributes);
    const sums = apply(normalizeGradParamsOp, [dy, x, mu, variance], { perRow, epsilon });
    // One number a column, or one a row.
    const inverse = () =>
      reshape(rsqrt(add(variance, epsilon)), perRow ? [...x.shape.slice(0, -1), 1] : variance.shape);
    const dx = ownMoments
      ? apply(
          normalizeGradInputOp,
          [dy, x, mu, variance, ...(perRow ? [] : [sums]), ...(gamma ? [gamma] : [])],
          { perRow, epsilon },
        )
      : mul(dy, gamma ? mul(gamma, inverse()) : inverse());
    return [dx, null, null, ...(scale ? [row(sums, 0)] : []), ...(center ? [row(sums, 1)] : [])];
  },
  reference([x, mu, variance, ...rest], node) {
    const { perRow, epsilon, scale, center } = node.attributes;
    const { columns } = rowsOf(node);
    const gamma = scale ? rest[0] : undefined;
    const beta = center ? rest[rest.length - 1] : undefined;
    return x.map((v, i) => {
      const g = perRow ? Math.floor(i / columns) : i % columns;
      const normal = (v - mu[g]) / Math.sqrt(variance[g] + epsilon);
      return normal * (gamma?.[i % columns] ?? 1) + (beta?.[i % columns] ?? 0);
    });
  },
  lower(node, { address, emit }) {
    const { x, mu, variance, gamma, beta } = named(node.inputs, node.attributes);
    emit(Opcode.Normalize, Normalize, {
      x: address(x),
      mean: address(mu),
      variance: address(variance),
      gamma: gamma ? address(gamma) : 0,
      beta: beta ? address(beta) : 0,
      out: address(node),
      ...rowsOf(node),
      perRow: Number(node.attributes.perRow),
      epsilon: node.attributes.epsilon,
    });
  },
  inPlace: [0],
};

export interface NormalizeGradAttributes extends PerRow {
  readonly epsilon: number;
}

/** [2, columns]: dgamma = Σ dy·x̂ and dbeta = Σ dy over the rows. Inputs dy, x, mean, variance. */
export const normalizeGradParamsOp: Op<NormalizeGradAttributes> = {
  name: 'normalizeGradParams',
  shape: ([, x]) => [2, rowsOf(x).columns],
  reference([dy, x, mu, variance], { shape: [, columns], attributes: { perRow, epsilon } }) {
    const out = new Float64Array(2 * columns);
    x.forEach((v, i) => {
      const g = perRow ? Math.floor(i / columns) : i % columns;
      out[i % columns] += (dy[i] * (v - mu[g])) / Math.sqrt(variance[g] + epsilon);
      out[columns + (i % columns)] += dy[i];
    });
    return out;
  },
  lower(node, { address, emit }) {
    const [dy, x, mu, variance] = node.inputs.map(address);
    const { perRow, epsilon } = node.attributes;
    const operands = {
      dy,
      x,
      mean: mu,
      variance,
      out: address(node),
      ...rowsOf(node.inputs[1]),
      perRow: Number(perRow),
      epsilon,
    };
    emit(Opcode.NormalizeGradParams, NormalizeGradParams, operands);
  },
};

/**
 * dx when mean and variance are x's own, over a group of N elements, with g = dy·gamma:
 * dx = (g − mean(g) − x̂·mean(g·x̂)) / √(variance + epsilon).
 * Inputs dy, x, mean, variance [, sums of normalizeGradParams if per column] [, gamma].
 */
export const normalizeGradInputOp: Op<NormalizeGradAttributes> = {
  name: 'normalizeGradInput',
  shape: ([, x]) => x.shape,
  reference(inputs, node) {
    const [dy, x, mu, variance] = inputs;
    const { perRow, epsilon } = node.attributes;
    const gamma: Float64Array | undefined = inputs[perRow ? 4 : 5];
    const { columns } = rowsOf(node);
    const group = (i: number) => (perRow ? Math.floor(i / columns) : i % columns);
    const normal = x.map((v, i) => (v - mu[group(i)]) / Math.sqrt(variance[group(i)] + epsilon));
    const g = dy.map((d, i) => d * (gamma?.[i % columns] ?? 1));
    const count = x.length / mu.length;
    const meanG = new Float64Array(mu.length);
    const meanGX = new Float64Array(mu.length);
    g.forEach((v, i) => {
      meanG[group(i)] += v / count;
      meanGX[group(i)] += (v * normal[i]) / count;
    });
    return g.map(
      (v, i) =>
        (v - meanG[group(i)] - normal[i] * meanGX[group(i)]) / Math.sqrt(variance[group(i)] + epsilon),
    );
  },
  lower(node, { address, emit }) {
    const { perRow, epsilon } = node.attributes;
    const [dy, x, mu, variance, fourth = 0, fifth = 0] = node.inputs.map(address);
    const [sums, gamma] = perRow ? [0, fourth] : [fourth, fifth];
    const operands = {
      dy,
      x,
      mean: mu,
      variance,
      gamma,
      sums,
      out: address(node),
      ...rowsOf(node),
      perRow: Number(perRow),
      epsilon,
    };
    emit(Opcode.NormalizeGradInput, NormalizeGradInput, operands);
  },
  inPlace: [0],
};

/** What a normalization layer gives: statistics, and the learned scale and offset where it has them. */
export interface NormalizeInputs {
  readonly mean: Node;
  readonly variance: Node;
  readonly gamma?: Node | undefined;
  readonly beta?: Node | undefined;
}

export function normalize(
  x: Node,
  { mean: mu, variance, gamma, beta }: NormalizeInputs,
  attributes: NormalizeGradAttributes & { ownMoments: boolean },
): Node {
  const inputs = [x, mu, variance, gamma, beta].filter((node) => node !== undefined);
  return apply(normalizeOp, inputs, {
    ...attributes,
    scale: gamma !== undefined,
    center: beta !== undefined,
  });
}

/** Normalization of x [rows, columns] by its own moments from plain ops, for tests to hold the kernels against. */
export function normalizeDecomposed(
  x: Node,
  perRow: boolean,
  epsilon: number,
  gamma?: Node,
  beta?: Node,
): Node {
  const axis = perRow ? 1 : 0;
  const centered = sub(x, mean(x, axis, true));
  const variance = mean(square(centered), axis, true);
  let y = mul(centered, rsqrt(add(variance, epsilon)));
  if (gamma) y = mul(y, gamma);
  return beta ? add(y, beta) : y;
}
