import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import { applyUnary, unaryOp } from './unary.js';

/** x·factor, the factor a number of the program. */
export const scaleOp = unaryOp(
  {
    name: 'scale',
    fn: Fn.Scale,
    value: (x, alpha) => x * alpha,
    slopeOf: 'input',
    slope: (_, alpha) => alpha,
  },
  (dy, { attributes: { alpha } }) => [scale(dy, alpha)],
);

export const scale = (x: Node, factor: number): Node => (factor === 1 ? x : applyUnary(scaleOp, x, factor));

/** x + amount. */
export const offsetOp = unaryOp(
  {
    name: 'offset',
    fn: Fn.Offset,
    value: (x, alpha) => x + alpha,
    slopeOf: 'input',
    slope: () => 1,
  },
  (dy) => [dy],
);

export const offset = (x: Node, amount: number): Node => (amount === 0 ? x : applyUnary(offsetOp, x, amount));
