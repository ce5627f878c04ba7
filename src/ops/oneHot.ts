import { OneHot, Opcode } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';

/** Class indices [...] → [..., columns] of zeros with a one at the index, where it is below columns; no gradient flows. */
export const oneHotOp: Op<{ columns: number }> = {
  name: 'oneHot',
  shape: ([labels], { columns }) => [...labels.shape, columns],
  gradient: () => [null],
  reference([labels], { attributes: { columns } }) {
    const out = new Float64Array(labels.length * columns);
    labels.forEach((label, r) => {
      if (label >= 0 && label < columns) out[r * columns + Math.floor(label)] = 1;
    });
    return out;
  },
  lower(node, { address, emit }) {
    const [labels] = node.inputs;
    const { columns } = node.attributes;
    emit(Opcode.OneHot, OneHot, {
      labels: address(labels),
      out: address(node),
      rows: sizeOf(labels.shape),
      columns,
    });
  },
};

export const oneHot = (labels: Node, columns: number): Node => apply(oneHotOp, [labels], { columns });
