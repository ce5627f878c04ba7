/** Small problems to train on: the same numbers in every run. */
import { layers, optimizers, type Sequential, sequential } from '../../src/index.js';

/** Numbers in [−1, 1) that look random. */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed * 2654435761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

/** y = x₀ − 2·x₁ + 0.5·x₂ as nested arrays. */
export function line(count: number, seed = 1): { x: number[][]; y: number[][] } {
  const values = noise(count * 3, seed);
  const x = Array.from({ length: count }, (_, i) => [...values.subarray(3 * i, 3 * i + 3)]);
  return { x, y: x.map(([a, b, c]) => [a - 2 * b + 0.5 * c]) };
}

/** A small network with three inputs and one output, compiled. */
export function network({ seed = 0, learningRate = 0.05 } = {}): Sequential {
  const net = sequential({
    seed,
    layers: [layers.dense({ units: 5, activation: 'tanh', inputShape: [3] }), layers.dense({ units: 1 })],
  });
  return net.compile({ optimizer: optimizers.sgd({ learningRate }), loss: 'meanSquaredError' });
}

export const weightsOf = (net: Sequential): number[][] => net.getWeights().map(({ data }) => [...data]);
