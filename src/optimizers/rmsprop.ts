import { rmsprop } from '../ops/rmsprop.js';
import { flag, numberIn, positive } from '../settings.js';
import { Optimizer, type OptimizerConfig, type UpdateTarget } from './optimizer.js';

export interface RmspropConfig extends OptimizerConfig {
  rho?: number;
  momentum?: number;
  epsilon?: number;
  centered?: boolean;
}

/**
 * s = rho·s + (1 − rho)·g²; w −= learningRate·g/√(s + epsilon). centered subtracts the square of the mean
 * gradient from s; momentum m sums the steps as v = m·v + step. Defaults: learningRate 0.001, rho 0.9,
 * momentum 0, epsilon 1e-7, not centered.
 */
export class Rmsprop extends Optimizer<RmspropConfig> {
  readonly name = 'rmsprop';
  readonly slots: readonly string[];
  readonly #settings: { rho: number; momentum: number; epsilon: number; centered: boolean };

  constructor(config: RmspropConfig = {}) {
    super('optimizers.rmsprop', config, { learningRate: 0.001 }, ['rho', 'momentum', 'epsilon', 'centered']);
    const { rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = config;
    numberIn('optimizers.rmsprop: rho', rho, 0, 1);
    numberIn('optimizers.rmsprop: momentum', momentum, 0, 1);
    // With 0, a weight whose gradients are all 0 would be moved by 0/0.
    positive('optimizers.rmsprop: epsilon', epsilon);
    flag('optimizers.rmsprop: centered', centered);
    this.#settings = { rho, momentum, epsilon, centered };
    this.slots = ['square', ...(momentum > 0 ? ['velocity'] : []), ...(centered ? ['average'] : [])];
  }

  update({ parameters, gradients, learningRate, slots: { square, velocity, average } }: UpdateTarget) {
    const { weightDecay } = this;
    return rmsprop(
      parameters,
      gradients,
      learningRate,
      { square, velocity, average },
      { ...this.#settings, weightDecay },
    );
  }
}
