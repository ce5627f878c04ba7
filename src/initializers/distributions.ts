/** Initializers with settings of their own, whatever the shape. */
import { ConfigError } from '../errors.js';
import { made } from '../recipe.js';
import { checkConfig, finite } from '../settings.js';
import { fill, normal, truncatedNormal as truncated, unit } from './draw.js';
import { checkSeed, type Initializer, type RandomWords, type SeedConfig } from './initializer.js';

export interface NormalConfig extends SeedConfig {
  mean?: number;
  stddev?: number;
}

function normalWith(name: string, config: NormalConfig, draw: (random: RandomWords) => number): Initializer {
  const what = `initializers.${name}`;
  checkConfig(what, config, ['mean', 'stddev', 'seed']);
  const mean = finite(`${what}: mean`, config.mean ?? 0);
  const stddev = finite(`${what}: stddev`, config.stddev ?? 0.05, 0);
  const seed = checkSeed(what, config);
  return made(what, config, {
    name,
    seed,
    values: (shape, random) => fill(shape, () => mean + stddev * draw(random)),
  });
}

/** Normal with the given mean and standard deviation. Defaults 0 and 0.05. */
export const randomNormal = (config: NormalConfig = {}): Initializer =>
  normalWith('randomNormal', config, normal);

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
    values: (shape, random) => fill(shape, () => from + (to - from) * unit(random)),
  });
}
