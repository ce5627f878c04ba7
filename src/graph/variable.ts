import type { DType } from './node.js';
import type { Shape } from './shape.js';

/**
 * Storage that outlives a step: a weight, an optimizer slot, a counter. Programs read and write it
 * in place; `address` is set when the runtime has found room for it in the arena.
 */
export class Variable {
  address = -1;

  constructor(
    readonly name: string,
    readonly shape: Shape,
    readonly dtype: DType = 'f32',
  ) {}
}
