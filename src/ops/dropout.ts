import { Dropout, DropoutMask, Opcode } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';
import { words } from './philox.js';

export interface DropoutAttributes {
  /** The share of elements dropped, 0 … 1. */
  readonly rate: number;
  /** Tells the masks of different layers apart. */
  readonly stream: number;
}

/** Elements to a word of a mask. */
const BITS = 32;

/**
 * Which of n elements are kept, a bit for each: a function of seed, stream, step and element. Drawn once
 * for the values and their gradient. Inputs seed, step.
 */
export const dropoutMaskOp: Op<DropoutAttributes & { readonly n: number }> = {
  name: 'dropoutMask',
  shape: (_, { n }) => [Math.ceil(n / BITS)],
  dtype: () => 'u32',
  inputTypes: ['u32', 'u32'],
  reference([[seed], [step]], { attributes: { rate, stream, n } }) {
    // Instructions hold the rate as f32, and it decides the mask.
    const threshold = Math.round(Math.fround(rate) * 2 ** 32);
    const random = words(seed, stream, { step });
    const mask = new Float64Array(Math.ceil(n / BITS));
    for (let i = 0; i < n; i++)
      if (random.next().value >= threshold) mask[Math.floor(i / BITS)] += 2 ** (i % BITS);
    return mask;
  },
  lower(node, { address, emit }) {
    const [seed, step] = node.inputs.map(address);
    const { n, rate, stream } = node.attributes;
    emit(Opcode.DropoutMask, DropoutMask, { out: address(node), n, rate, seed, step, stream });
  },
};

/** Inverted dropout: y = bit of mask ? x / (1 − rate) : 0. The gradient is the same op on dy. Inputs x, mask. */
export const dropoutOp: Op<Pick<DropoutAttributes, 'rate'>> = {
  name: 'dropout',
  shape: ([x]) => x.shape,
  inputTypes: ['f32', 'u32'],
  gradient: (dy, { inputs: [, mask], attributes }) => [apply(dropoutOp, [dy, mask], attributes), null],
  reference: ([x, mask], { attributes: { rate } }) =>
    x.map((v, i) => (Math.floor(mask[Math.floor(i / BITS)] / 2 ** (i % BITS)) % 2 ? v / (1 - rate) : 0)),
  lower(node, { address, emit }) {
    const [x, mask] = node.inputs.map(address);
    emit(Opcode.Dropout, Dropout, {
      x,
      mask,
      out: address(node),
      n: sizeOf(node.shape),
      ...node.attributes,
    });
  },
  inPlace: [0],
};

export function dropout(x: Node, seed: Node, step: Node, { rate, stream }: DropoutAttributes): Node {
  const mask = apply(dropoutMaskOp, [seed, step], { rate, stream, n: sizeOf(x.shape) });
  return apply(dropoutOp, [x, mask], { rate });
}
