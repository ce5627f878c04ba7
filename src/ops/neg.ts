import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** −x. */
export const negOp = unaryOp(
  {
    name: 'neg',
    fn: Fn.Neg,
    value: (x) => -x,
    slopeOf: 'input',
    slope: () => -1,
  },
  (dy) => [neg(dy)],
);

export const neg = (x: Node): Node => applyUnary(negOp, x);
