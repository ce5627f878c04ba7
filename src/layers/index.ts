import { Activation, type ActivationConfig } from './activation.js';
import { BatchNormalization, type BatchNormalizationConfig } from './batchNormalization.js';
import { Dense, type DenseConfig } from './dense.js';
import { Dropout, type DropoutConfig } from './dropout.js';
import { ELU, type ELUConfig } from './elu.js';
import { Flatten } from './flatten.js';
import type { LayerConfig } from './layer.js';
import { LayerNormalization, type LayerNormalizationConfig } from './layerNormalization.js';
import { LeakyReLU, type LeakyReLUConfig } from './leakyReLU.js';
import { Normalization, type NormalizationConfig } from './normalization.js';
import { ReLU, type ReLUConfig } from './reLU.js';
import { Rescaling, type RescalingConfig } from './rescaling.js';
import { Reshape, type ReshapeConfig } from './reshape.js';
import { Softmax, type SoftmaxConfig } from './softmax.js';

/** Makes layers. Every kind also takes inputShape, name and trainable: see LayerConfig. */
export const layers = {
  activation: (config: ActivationConfig) => new Activation(config),
  batchNormalization: (config?: BatchNormalizationConfig) => new BatchNormalization(config),
  dense: (config: DenseConfig) => new Dense(config),
  dropout: (config: DropoutConfig) => new Dropout(config),
  elu: (config?: ELUConfig) => new ELU(config),
  flatten: (config?: LayerConfig) => new Flatten(config),
  layerNormalization: (config?: LayerNormalizationConfig) => new LayerNormalization(config),
  leakyReLU: (config?: LeakyReLUConfig) => new LeakyReLU(config),
  normalization: (config?: NormalizationConfig) => new Normalization(config),
  reLU: (config?: ReLUConfig) => new ReLU(config),
  rescaling: (config: RescalingConfig) => new Rescaling(config),
  reshape: (config: ReshapeConfig) => new Reshape(config),
  softmax: (config?: SoftmaxConfig) => new Softmax(config),
};
