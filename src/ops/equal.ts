import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import type { Value } from './leaf.js';

/** 1 where a = b, else 0. */
export const equalOp = binaryOp({
  name: 'equal',
  fn: BinaryFn.Equal,
  value: (a, b) => (a === b ? 1 : 0),
  gradient: () => [null, null],
});

export const equal = (a: Value, b: Value): Node => applyBinary(equalOp, a, b);
