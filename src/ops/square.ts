import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** x². */
export const squareOp = unaryOp({
  name: 'square',
  fn: Fn.Square,
  value: (x) => x * x,
  slopeOf: 'input',
  slope: (x) => 2 * x,
});

export const square = (x: Node): Node => applyUnary(squareOp, x);
