/** Initializers with settings of their own, whatever the shape. */
import { ConfigError } from '../errors.js';
import { made } from '../recipe.js';
import { checkConfig, finite } from '../settings.js';
import { fill, inverseNormal, truncatedNormal as truncated, uniform } from './draw.js';
import { checkSeed, type Initializer, type SeedConfig } from './initializer.js';

export interface NormalConfig extends SeedConfig {
  mean?: number;
  stddev?: number;
}

function normalWith(name: string, config: NormalConfig, draw: (u: number) => number): Initializer {
  const what = `initializers.${name}`;
  checkConfig(what, config, ['mean', 'stddev', 'seed']);
  const mean = finite(`${what}: mean`, config.mean ?? 0);
  const stddev = finite(`${what}: stddev`, config.stddev ?? 0.05, 0);
  const seed = checkSeed(what, config);
  return made(what, config, {
    name,
    seed,
    values: (shape, random) => fill(shape, random, (u) => mean + stddev * draw(u)),
  });
}

/** Normal with the given mean and standard deviation. Defaults 0 and 0.05. */
export const randomNormal = (config: NormalConfig = {}): Initializer =>
  normalWith('randomNormal', config, inverseNormal);

/**
 * Normal, but only values within two standard deviations of the mean; `stddev` is the deviation before the rest is
 * left out. Defaults: mean 0, stddev 0.05.
 */
export const truncatedNormal = (config: NormalConfig = {}): Initializer =>
  normalWith('truncatedNormal', config, truncated);

export interface UniformConfig extends SeedConfig {
  minval?: number;
  maxval?: number;
}

/** Uniform from minval to maxval. Defaults −0.05 and 0.05. */
export function randomUniform(config: UniformConfig = {}): Initializer {
  const what = 'initializers.randomUniform';
  checkConfig(what, config, ['minval', 'maxval', 'seed']);
  const from = finite(`${what}: minval`, config.minval ?? -0.05);
  const to = finite(`${what}: maxval`, config.maxval ?? 0.05);
  if (from > to)
    throw new ConfigError(
      `${what}: minval ${from} is more than maxval ${to}; give the smaller one as minval.`,
    );
  const seed = checkSeed(what, config);
  return made(what, config, {
    name: 'randomUniform',
    seed,
    values: (shape, random) => uniform(shape, random, from, to),
  });
}
