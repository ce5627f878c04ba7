import { Adam, Opcode } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';

export interface AdamAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * Keras' Adam and AdamW, t = iterations + 1: m += (g − m)·(1 − β1); v += (g² − v)·(1 − β2);
 * p −= lr·√(1 − β2ᵗ)/(1 − β1ᵗ) · m/(√v + ε). Weight decay first: p −= lr·weightDecay·p.
 * Inputs parameters, gradients, learning rate, m, v, iterations.
 */
export const adamOp: Op<AdamAttributes> = {
  name: 'adam',
  shape: () => [0],
  inputTypes: ['f32', 'f32', 'f32', 'f32', 'f32', 'u32'],
  writes: [0, 3, 4],
  reference([p, g, [lr], m, v, [iterations]], { attributes: { beta1, beta2, epsilon, weightDecay } }) {
    const t = iterations + 1;
    const rate = (lr * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    p.forEach((before, i) => {
      m[i] += (g[i] - m[i]) * (1 - beta1);
      v[i] += (g[i] * g[i] - v[i]) * (1 - beta2);
      p[i] = before - lr * weightDecay * before - (rate * m[i]) / (Math.sqrt(v[i]) + epsilon);
    });
    return new Float64Array(0);
  },
  lower({ inputs, attributes }, { address, emit }) {
    const [parameters, gradients, rate, mean, square, iterations] = inputs.map(address);
    const n = sizeOf(inputs[0].shape);
    emit(Opcode.Adam, Adam, { parameters, gradients, mean, square, n, rate, iterations, ...attributes });
  },
};

export const adam = (
  p: Node,
  g: Node,
  rate: Node,
  m: Node,
  v: Node,
  iterations: Node,
  attributes: AdamAttributes,
): Node => apply(adamOp, [p, g, rate, m, v, iterations], attributes);
