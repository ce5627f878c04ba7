/** Initializers whose spread follows from the shape, so that signals keep their size through the layers. */
import { ConfigError, show, suggest } from '../errors.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import { made } from '../recipe.js';
import { checkConfig, positive } from '../settings.js';
import { fill, inverseNormal, truncatedNormal, uniform } from './draw.js';
import { checkSeed, type Initializer, type RandomWords, type SeedConfig } from './initializer.js';

/** The n in scale / n, from a weight's inputs and outputs. */
const modes = {
  fanIn: (fanIn: number, _: number) => fanIn,
  fanOut: (_: number, fanOut: number) => fanOut,
  fanAvg: (fanIn: number, fanOut: number) => (fanIn + fanOut) / 2,
};

/** The standard deviation of a normal distribution cut off at ±2, as Keras writes it. */
const TRUNCATED_DEVIATION = 0.8796256610342398;

/** Draws with a standard deviation. */
const distributions = {
  truncatedNormal: (shape: Shape, random: RandomWords, deviation: number) =>
    fill(shape, random, (u) => deviation * (truncatedNormal(u) / TRUNCATED_DEVIATION)),
  untruncatedNormal: (shape: Shape, random: RandomWords, deviation: number) =>
    fill(shape, random, (u) => deviation * inverseNormal(u)),
  uniform: (shape: Shape, random: RandomWords, deviation: number) =>
    uniform(shape, random, -Math.sqrt(3) * deviation, Math.sqrt(3) * deviation),
};

export interface VarianceScalingConfig extends SeedConfig {
  scale?: number;
  /** What n counts: a weight's inputs, its outputs, or their mean. */
  mode?: keyof typeof modes;
  distribution?: keyof typeof distributions;
}

/** How many values meet in one output of a weight, and how many outputs one value reaches. */
export function fansOf(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  const [inputs, outputs] = shape.slice(-2);
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: field * inputs, fanOut: field * outputs };
}

function oneOf<K extends string>(what: string, value: K, table: Record<K, unknown>): K {
  if (typeof value === 'string' && Object.hasOwn(table, value)) return value;
  throw new ConfigError(`${what} is ${show(value)}. ${suggest(value, Object.keys(table))}`);
}

/**
 * Mean 0 and variance scale / n, n = max(1, fan): uniform in ±√(3·scale/n), normal, or normal cut off at two
 * standard deviations (widened first, so that the variance is right afterwards). For a kernel [..., inputs, outputs],
 * fanIn is inputs times the axes before, and fanOut likewise.
 * Defaults: scale 1, mode 'fanIn', distribution 'truncatedNormal'.
 */
export function varianceScaling(config: VarianceScalingConfig = {}): Initializer {
  const what = 'initializers.varianceScaling';
  checkConfig(what, config, ['scale', 'mode', 'distribution', 'seed']);
  const scale = positive(`${what}: scale`, config.scale ?? 1);
  const count = modes[oneOf(`${what}: mode`, config.mode ?? 'fanIn', modes)];
  const draw =
    distributions[oneOf(`${what}: distribution`, config.distribution ?? 'truncatedNormal', distributions)];
  return made(what, config, {
    name: 'varianceScaling',
    seed: checkSeed(what, config),
    values(shape, random) {
      const { fanIn, fanOut } = fansOf(shape);
      return draw(shape, random, Math.sqrt(scale / Math.max(1, count(fanIn, fanOut))));
    },
  });
}

function preset(name: string, settings: VarianceScalingConfig) {
  return (config: SeedConfig = {}): Initializer => {
    checkConfig(`initializers.${name}`, config, ['seed']);
    const seed = checkSeed(`initializers.${name}`, config);
    return made(`initializers.${name}`, config, { ...varianceScaling(settings), name, seed });
  };
}

/** Uniform in ±√(6 / (fanIn + fanOut)): Glorot & Bengio 2010, for tanh and sigmoid. */
export const glorotUniform = preset('glorotUniform', { scale: 1, mode: 'fanAvg', distribution: 'uniform' });

/** Truncated normal of variance 2 / (fanIn + fanOut): Glorot & Bengio 2010, for tanh and sigmoid. */
export const glorotNormal = preset('glorotNormal', {
  scale: 1,
  mode: 'fanAvg',
  distribution: 'truncatedNormal',
});

/** Uniform in ±√(6 / fanIn): He et al. 2015, for ReLU and its relatives. */
export const heUniform = preset('heUniform', { scale: 2, mode: 'fanIn', distribution: 'uniform' });

/** Truncated normal of variance 2 / fanIn: He et al. 2015, for ReLU and its relatives. */
export const heNormal = preset('heNormal', { scale: 2, mode: 'fanIn', distribution: 'truncatedNormal' });

/** Uniform in ±√(3 / fanIn): LeCun et al. 1998, for SELU. */
export const lecunUniform = preset('lecunUniform', { scale: 1, mode: 'fanIn', distribution: 'uniform' });

/** Truncated normal of variance 1 / fanIn: LeCun et al. 1998, for SELU. */
export const lecunNormal = preset('lecunNormal', {
  scale: 1,
  mode: 'fanIn',
  distribution: 'truncatedNormal',
});
