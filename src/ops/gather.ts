import { Gather, Opcode, type Storage } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { type Shape, sizeOf } from '../graph/shape.js';

export interface GatherAttributes {
  readonly batch: number;
  /** The shape of one example. */
  readonly shape: Shape;
  /** How the table's elements are stored; they come out as f32. */
  readonly storage: Storage;
}

/**
 * A batch from a data set: out[b] = table[index[cursor + b]]. The inputs are cells that hold the
 * addresses of table and index list, and the position in the list.
 */
export const gatherOp: Op<GatherAttributes> = {
  name: 'gather',
  shape: (_, { batch, shape }) => [batch, ...shape],
  inputTypes: ['u32', 'u32', 'u32'],
  gradient: () => [null, null, null],
  reference() {
    throw new Error('gather reads addresses; the interpreter must be given its result');
  },
  lower(node, { address, emit }) {
    const [table, index, cursor] = node.inputs.map(address);
    const { batch, shape, storage } = node.attributes;
    emit(Opcode.Gather, Gather, {
      table,
      index,
      cursor,
      out: address(node),
      batch,
      size: sizeOf(shape),
      storage,
    });
  },
};

export const gather = (table: Node, index: Node, cursor: Node, attributes: GatherAttributes): Node =>
  apply(gatherOp, [table, index, cursor], attributes);
