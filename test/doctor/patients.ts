/** Small data and models for the doctor's tests, other than those of its corpus. */

import type { ActivationName } from '../../src/activations/index.js';
import { diagnose, layers, optimizers, type Sequential, sequential } from '../../src/index.js';
import type { DenseConfig } from '../../src/layers/dense.js';

export function random(seed: number) {
  let state = (seed * 7919 + 17) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

export interface Rows {
  readonly x: number[][];
  readonly y: number[][];
}

/** Four standardized features, and a target of mean 0 and spread about 1. */
export function plane(seed: number, count = 300): Rows {
  const { normal } = random(seed);
  const x = Array.from({ length: count }, () => Array.from({ length: 4 }, normal));
  return { x, y: x.map(([a, b, c, d]) => [0.6 * a - 0.5 * b + 0.4 * Math.abs(c) - 0.3 + 0.3 * d * a]) };
}

/** Two spirals in ±1; targets 0 and 1. */
export function spirals(seed: number, count = 400): Rows {
  const { uniform, normal } = random(seed);
  const rows = Array.from({ length: count }, (_, i) => {
    const turn = 4 * Math.sqrt(uniform()) + (i % 2) * Math.PI;
    const radius = (turn - (i % 2) * Math.PI) / 4;
    return [radius * Math.cos(turn) + 0.02 * normal(), radius * Math.sin(turn) + 0.02 * normal()];
  });
  return { x: rows, y: rows.map((_, i) => [i % 2]) };
}

/** Flowers of three kinds, four lengths in centimetres (as they are: up to 8). */
export function flowers(seed: number, count = 300): { x: number[][]; y: number[] } {
  const { normal } = random(seed);
  const kinds = [
    [5, 3.4, 1.5, 0.2],
    [5.9, 2.8, 4.3, 1.3],
    [6.6, 3, 5.6, 2],
  ];
  const y = Array.from({ length: count }, (_, i) => i % 3);
  return { x: y.map((kind) => kinds[kind].map((length) => length + 0.25 * normal())), y };
}

/** Pictures of 8 × 8 bytes, bright on the left or on the right. */
export function pictures(seed: number, count = 200): { x: Uint8Array; y: number[][] } {
  const { uniform } = random(seed);
  const x = new Uint8Array(count * 64);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < 64; p++)
      x[i * 64 + p] = Math.floor(uniform() * (p % 8 < 4 === (i % 2 === 0) ? 255 : 60));
  }
  return { x, y: Array.from({ length: count }, (_, i) => [i % 2]) };
}

export const oneHot = (labels: readonly number[], classes: number): number[][] =>
  labels.map((label) => Array.from({ length: classes }, (_, k) => Number(k === label)));

/** inputs → hidden layers → units. */
export function mlp(
  inputs: number,
  hidden: readonly number[],
  units: number,
  settings: {
    activation?: ActivationName;
    output?: ActivationName;
    seed?: number;
    dense?: Partial<DenseConfig>;
  } = {},
) {
  const { activation = 'relu', output = 'linear', seed = 0, dense = {} } = settings;
  return sequential({
    seed,
    layers: [...hidden, units].map((width, i) =>
      layers.dense({
        units: width,
        activation: i < hidden.length ? activation : output,
        ...(i === 0 ? { inputShape: [inputs] } : {}),
        ...(i < hidden.length ? dense : {}),
      }),
    ),
  });
}

export const seeds = [1, 2, 3, 4, 5];

/** Problems in the order told; notes are left out. */
export const told = (...given: Parameters<typeof diagnose>): string[] =>
  diagnose(...given)
    .filter(({ severity }) => severity !== 'note')
    .map(({ problem }) => problem);

/** Compiled for squared errors and Adam. */
export const regression = (net: Sequential, learningRate = 1e-3): Sequential =>
  net.compile({ optimizer: optimizers.adam({ learningRate }), loss: 'meanSquaredError' });
