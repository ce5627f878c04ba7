import type { Shape } from '../graph/shape.js';

/** The first values of a weight, as a function of its shape and random words. */
export interface Initializer {
  readonly name: string;
  /** Fixes the draw, whatever the model's seed. */
  readonly seed?: number | undefined;
  values(shape: Shape, random: Iterator<number, never>): Float32Array;
}
