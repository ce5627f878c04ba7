import { BinaryFn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyBinary, binaryOp } from './binary.js';
import type { Value } from './leaf.js';

/** 1 where a > b, else 0. */
export const greaterOp = binaryOp({
  name: 'greater',
  fn: BinaryFn.Greater,
  value: (a, b) => (a > b ? 1 : 0),
  gradient: () => [null, null],
});

export const greater = (a: Value, b: Value): Node => applyBinary(greaterOp, a, b);
