import { Opcode, Select } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { broadcastShapes, sizeOf } from '../graph/shape.js';
import { broadcastTo } from './broadcastTo.js';
import { constant, toNode, type Value } from './leaf.js';

/** condition ≠ 0 ? a : b, element by element; all three of one shape. */
export const selectOp: Op<Record<string, never>> = {
  name: 'select',
  shape: ([, a]) => a.shape,
  gradient(dy, { inputs: [condition] }) {
    const zero = broadcastTo(constant(0), dy.shape);
    return [null, apply(selectOp, [condition, dy, zero], {}), apply(selectOp, [condition, zero, dy], {})];
  },
  reference: ([condition, a, b]) => condition.map((c, i) => (c !== 0 ? a[i] : b[i])),
  lower(node, { address, emit }) {
    const [condition, a, b] = node.inputs.map(address);
    emit(Opcode.Select, Select, { condition, a, b, out: address(node), n: sizeOf(node.shape) });
  },
  inPlace: [1, 2, 0],
  print: () => '',
};

export function select(condition: Node, a: Value, b: Value): Node {
  const [x, y] = [toNode(a), toNode(b)];
  const shape = broadcastShapes(broadcastShapes(condition.shape, x.shape, 'select'), y.shape, 'select');
  return apply(
    selectOp,
    [condition, x, y].map((node) => broadcastTo(node, shape)),
    {},
  );
}
