import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import type { Value } from './leaf.js';

/** 1 where a ≥ b, else 0. */
export const greaterEqualOp = binaryOp({
  name: 'greaterEqual',
  fn: BinaryFn.GreaterEqual,
  value: (a, b) => (a >= b ? 1 : 0),
  gradient: () => [null, null],
});

export const greaterEqual = (a: Value, b: Value): Node => applyBinary(greaterEqualOp, a, b);
