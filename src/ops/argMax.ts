import { ArgMax, Opcode } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';

/** The index of the first largest element along the last axis, as a number; no gradient flows. */
export const argMaxOp: Op<Record<string, never>> = {
  name: 'argMax',
  shape: ([x]) => x.shape.slice(0, -1),
  gradient: () => [null],
  reference([x], { shape }) {
    const rows = sizeOf(shape);
    const columns = x.length / rows;
    return Float64Array.from({ length: rows }, (_, r) => {
      const values = x.subarray(r * columns, (r + 1) * columns);
      return values.reduce((best, v, j) => (v > values[best] ? j : best), 0);
    });
  },
  lower(node, { address, emit }) {
    const [x] = node.inputs;
    const columns = x.shape[x.shape.length - 1];
    emit(Opcode.ArgMax, ArgMax, { x: address(x), out: address(node), rows: sizeOf(node.shape), columns });
  },
  print: () => '',
};

export const argMax = (x: Node): Node => apply(argMaxOp, [x], {});
