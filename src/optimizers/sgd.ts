import { sgd } from '../ops/sgd.js';
import { flag, numberIn } from '../settings.js';
import { Optimizer, type OptimizerConfig, type UpdateTarget } from './optimizer.js';

export interface SgdConfig extends OptimizerConfig {
  momentum?: number;
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent: w −= learningRate·g. With momentum, v = momentum·v − learningRate·g and
 * w += v; with nesterov, w += momentum·v − learningRate·g. Defaults: learningRate 0.01, momentum 0.
 */
export class Sgd extends Optimizer<SgdConfig> {
  readonly name = 'sgd';
  readonly slots: readonly string[];
  readonly momentum: number;
  readonly nesterov: boolean;

  constructor(config: SgdConfig = {}) {
    super('optimizers.sgd', config, { learningRate: 0.01 }, ['momentum', 'nesterov']);
    this.momentum = numberIn('optimizers.sgd: momentum', config.momentum ?? 0, 0, 1);
    this.nesterov = flag('optimizers.sgd: nesterov', config.nesterov ?? false);
    this.slots = this.momentum > 0 ? ['velocity'] : [];
  }

  update({ parameters, gradients, learningRate, slots }: UpdateTarget) {
    const { momentum, nesterov, weightDecay } = this;
    return sgd(parameters, gradients, learningRate, slots.velocity, { momentum, nesterov, weightDecay });
  }
}
