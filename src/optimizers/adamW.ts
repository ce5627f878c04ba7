import { Adam, type AdamConfig } from './adam.js';

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019): w −= learningRate·weightDecay·w first. Default weightDecay 0.004. */
export class AdamW extends Adam {
  override readonly name = 'adamW';

  constructor(config: AdamConfig = {}) {
    super({ weightDecay: 0.004, ...config }, 'optimizers.adamW');
  }
}
