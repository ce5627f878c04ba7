import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** −1, 0 or 1; no gradient flows. */
export const signOp = unaryOp(
  {
    name: 'sign',
    fn: Fn.Sign,
    value: (x) => Math.sign(x),
    slopeOf: 'input',
    slope: () => 0,
  },
  () => [null],
);

export const sign = (x: Node): Node => applyUnary(signOp, x);
