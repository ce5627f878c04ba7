/** Which values an output can take at all, read off the ops that make it. */
import type { Node } from '../graph/node.js';
import { uniformValue } from '../ops/leaf.js';

export interface Range {
  readonly low: number;
  readonly high: number;
}

const inf = Number.POSITIVE_INFINITY;
const everything: Range = { low: -inf, high: inf };

/** Ranges of the functions that bound their result; the others can give any number. */
const bounded: Readonly<Record<string, Range>> = {
  elu: { low: -1, high: inf },
  exp: { low: 0, high: inf },
  gelu: { low: -0.17, high: inf },
  hardSigmoid: { low: 0, high: 1 },
  logSoftmax: { low: -inf, high: 0 },
  mish: { low: -0.31, high: inf },
  relu: { low: 0, high: inf },
  relu6: { low: 0, high: 6 },
  selu: { low: -1.76, high: inf },
  sigmoid: { low: 0, high: 1 },
  silu: { low: -0.28, high: inf },
  softmax: { low: 0, high: 1 },
  softplus: { low: 0, high: inf },
  softsign: { low: -1, high: 1 },
  square: { low: 0, high: inf },
  tanh: { low: -1, high: 1 },
};

/** Interval arithmetic over the last few ops: exact for an activation, and for one that is scaled or shifted. */
export function rangeOf(node: Node): Range {
  const { name } = node.op;
  if (name in bounded) return bounded[name];
  const [a, b] = node.inputs;
  const { alpha } = node.attributes as { alpha?: number };
  if (name === 'reshape') return rangeOf(a);
  if (name === 'scale' && alpha !== undefined) return times(rangeOf(a), alpha);
  if (name === 'offset' && alpha !== undefined) return plus(rangeOf(a), alpha);
  if (!b) return everything;
  const [constantA, constantB] = [uniformValue(a), uniformValue(b)];
  const amount = constantB ?? constantA;
  if (amount === undefined) return everything;
  const range = rangeOf(constantB === undefined ? b : a);
  if (name === 'mul') return times(range, amount);
  if (name === 'add') return plus(range, amount);
  if (name === 'sub') return constantB === undefined ? plus(times(range, -1), amount) : plus(range, -amount);
  if (name === 'div' && constantB !== undefined) return times(range, 1 / amount);
  if (name === 'maximum') return { low: Math.max(range.low, amount), high: Math.max(range.high, amount) };
  if (name === 'minimum') return { low: Math.min(range.low, amount), high: Math.min(range.high, amount) };
  return everything;
}

const plus = ({ low, high }: Range, amount: number): Range => ({ low: low + amount, high: high + amount });

function times({ low, high }: Range, factor: number): Range {
  if (factor === 0) return { low: 0, high: 0 };
  return factor > 0 ? { low: low * factor, high: high * factor } : { low: high * factor, high: low * factor };
}

/** "from 0 to 1", "0 or more", "any number". */
export function showRange({ low, high }: Range): string {
  if (low === -inf && high === inf) return 'any number';
  if (high === inf) return `${low} or more`;
  return low === -inf ? `${high} or less` : `from ${low} to ${high}`;
}
