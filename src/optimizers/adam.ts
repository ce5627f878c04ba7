import { adam } from '../ops/adam.js';
import { positive } from '../settings.js';
import { keptShare, Optimizer, type OptimizerConfig, type UpdateTarget } from './optimizer.js';

export interface AdamConfig extends OptimizerConfig {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/**
 * m += (g − m)·(1 − beta1); v += (g² − v)·(1 − beta2);
 * w −= learningRate·√(1 − beta2ᵗ)/(1 − beta1ᵗ)·m/(√v + epsilon), at update t = 1, 2, ...
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7.
 */
export class Adam extends Optimizer<AdamConfig> {
  readonly name: string = 'adam';
  readonly slots = ['mean', 'square'] as const;
  readonly #settings: { beta1: number; beta2: number; epsilon: number };

  constructor(config: AdamConfig = {}, what = 'optimizers.adam', weightDecay = 0) {
    super(what, config, { learningRate: 0.001, weightDecay }, ['beta1', 'beta2', 'epsilon']);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = config;
    keptShare(`${what}: beta1`, beta1);
    keptShare(`${what}: beta2`, beta2);
    // With 0, a weight whose gradients are all 0 would be moved by 0/0.
    positive(`${what}: epsilon`, epsilon);
    this.#settings = { beta1, beta2, epsilon };
  }

  update({ parameters, gradients, learningRate, iterations, slots: { mean, square } }: UpdateTarget) {
    const { weightDecay } = this;
    return adam(parameters, gradients, learningRate, mean, square, iterations, {
      ...this.#settings,
      weightDecay,
    });
  }
}
