/** What a case of an op is, and seeded inputs for it. */
import type { DType, Node } from '../../../src/graph/node.js';
import { type Shape, sizeOf } from '../../../src/graph/shape.js';

/** An input of a case: numbers of f32 (or u32) in a shape. */
export interface Input {
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
  readonly dtype?: DType;
}

/** One way to use an op, checked in three ways: reference against formula, gradient, kernel. */
export interface Case {
  readonly title: string;
  readonly inputs: readonly Input[];
  /** The node under test. */
  build(...inputs: Node[]): Node;
  /** The same from a formula that shares nothing with the op. */
  expected?(...inputs: Float64Array[]): ArrayLike<number>;
  /** The inputs that a gradient flows to; all of them when absent. */
  readonly flows?: readonly number[];
  /** How far the kernel may be off, relative to the element and to the mean size of all elements. Default 2e-6. */
  readonly tolerance?: number;
}

/** Random numbers that are the same every time (SplitMix32, Steele et al. 2014 cut to 32 bits). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

const random = generator(2024);

/** Uniform f32 in [from, to), none closer than 0.01 to one of `kinks`. */
export function real(shape: Shape, from = -2, to = 2, kinks: readonly number[] = []): Input {
  const values = Float32Array.from({ length: sizeOf(shape) }, () => {
    for (;;) {
      const value = from + (to - from) * random();
      if (kinks.every((kink) => Math.abs(value - kink) > 0.01)) return value;
    }
  });
  return { shape, values };
}

/** Numbers that differ by at least 0.001 from one another, in no order. */
export function distinct(shape: Shape): Input {
  const size = sizeOf(shape);
  const order = Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return { shape, values: Float32Array.from(order, (i) => (4 * i) / Math.max(size, 400) - 2) };
}

/** Class indices. */
export const labels = (shape: Shape, classes: number): Input => ({
  shape,
  values: Float32Array.from({ length: sizeOf(shape) }, () => Math.floor(random() * classes)),
});

/** A u32 cell. */
export const cell = (value: number): Input => ({ shape: [], values: [value], dtype: 'u32' });

/** Rows of probabilities. */
export function probabilities(rows: number, columns: number): Input {
  const { shape, values } = real([rows, columns], 0.05, 1);
  const totals = Array.from({ length: rows }, (_, r) => {
    let total = 0;
    for (let j = 0; j < columns; j++) total += values[r * columns + j];
    return total;
  });
  return { shape, values: Float32Array.from(values, (v, i) => v / totals[Math.floor(i / columns)]) };
}
