import { Dropout, Opcode } from '../../assembly/opcodes.js';
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

/**
 * Inverted dropout: y = keep ? x / (1 − rate) : 0, the mask a function of seed, stream, step and
 * element. The gradient is the same op on dy: the mask is drawn again rather than stored. Inputs x,
 * seed, step.
 */
export const dropoutOp: Op<DropoutAttributes> = {
  name: 'dropout',
  shape: ([x]) => x.shape,
  inputTypes: ['f32', 'u32', 'u32'],
  gradient: (dy, { inputs: [, seed, step], attributes }) => [
    apply(dropoutOp, [dy, seed, step], attributes),
    null,
    null,
  ],
  reference([x, [seed], [step]], { attributes: { rate, stream } }) {
    // Instructions hold the rate as f32, and it decides the mask.
    const threshold = Math.round(Math.fround(rate) * 2 ** 32);
    const random = words(seed, stream, { step });
    return x.map((v) => (random.next().value >= threshold ? v / (1 - rate) : 0));
  },
  lower(node, { address, emit }) {
    const [x, seed, step] = node.inputs.map(address);
    emit(Opcode.Dropout, Dropout, {
      x,
      out: address(node),
      n: sizeOf(node.shape),
      seed,
      step,
      ...node.attributes,
    });
  },
  inPlace: [0],
};

export const dropout = (x: Node, seed: Node, step: Node, attributes: DropoutAttributes): Node =>
  apply(dropoutOp, [x, seed, step], attributes);
