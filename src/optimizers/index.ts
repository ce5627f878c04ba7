import { ConfigError, show, suggest } from '../errors.js';
import { Adam, type AdamConfig } from './adam.js';
import { AdamW } from './adamW.js';
import { Optimizer } from './optimizer.js';
import { Rmsprop, type RmspropConfig } from './rmsprop.js';
import { Sgd, type SgdConfig } from './sgd.js';

export const optimizers = {
  sgd: (config?: SgdConfig) => new Sgd(config),
  rmsprop: (config?: RmspropConfig) => new Rmsprop(config),
  adam: (config?: AdamConfig) => new Adam(config),
  adamW: (config?: AdamConfig) => new AdamW(config),
};

export type OptimizerName = keyof typeof optimizers;

/** The optimizer that a setting means: an object of `optimizers`, or the name of one at its defaults. */
export function resolveOptimizer(like: OptimizerName | Optimizer): Optimizer {
  if (like instanceof Optimizer) return like;
  if (typeof like === 'string' && Object.hasOwn(optimizers, like)) return optimizers[like]();
  const called = Object.entries(optimizers).find(([, make]) => make === (like as unknown));
  if (called)
    throw new ConfigError(
      `compile: the optimizer is the function ${called[0]}; call it: optimizers.${called[0]}().`,
    );
  throw new ConfigError(
    `compile: there is no optimizer ${show(like)}. ${suggest(like, Object.keys(optimizers))}`,
  );
}
