import { Adam, type AdamConfig } from './adam.js';

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019): w −= learningRate·weightDecay·w first.
 * Defaults: weightDecay 0.004, the others as Adam's.
 */
export class AdamW extends Adam {
  override readonly name = 'adamW';

  constructor(config: AdamConfig = {}) {
    super(config, 'optimizers.adamW', 0.004);
  }
}
