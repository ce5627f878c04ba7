import { ConfigError, show } from '../errors.js';
import type { Shape } from '../graph/shape.js';

/** Random words: an endless supply of whole numbers below 2³². */
export interface RandomWords extends Iterator<number, never> {
  /** As many values uniform in (from, to), where they are sooner made than one by one from the next words. */
  uniform?(count: number, from: number, to: number): Float32Array | undefined;
}

/** The first values of a weight, as a function of its shape and random words. */
export interface Initializer {
  readonly name: string;
  /** Fixes the draw, whatever the model's seed. */
  readonly seed?: number | undefined;
  values(shape: Shape, random: RandomWords): Float32Array;
}

/** What every random initializer can be told. */
export interface SeedConfig {
  /** Fixes the draw, whatever the model's seed. Default: the model's seed and the weight's place in the model. */
  seed?: number;
}

export function checkSeed(what: string, { seed }: SeedConfig): number | undefined {
  if (seed === undefined || Number.isSafeInteger(seed)) return seed;
  throw new ConfigError(`${what}: seed is ${show(seed)}; expected a whole number.`);
}
