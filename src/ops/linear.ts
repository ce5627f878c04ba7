import { Fn } from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import type { UnaryFunction } from './unary.js';

/** x itself: what an epilogue applies where there is a bias only. */
export const linearFunction: UnaryFunction = {
  name: 'linear',
  fn: Fn.Linear,
  value: (x) => x,
  slopeOf: 'output',
  slope: () => 1,
};

/** The identity needs no node. */
export const linear = (x: Node): Node => x;
