/** The makers of layers: `layers` in the public names, of which bundlers keep those in use. Every kind also takes inputShape, name and trainable: see LayerConfig. */
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

export const activation = (config: ActivationConfig) => new Activation(config);
export const batchNormalization = (config?: BatchNormalizationConfig) => new BatchNormalization(config);
export const dense = (config: DenseConfig) => new Dense(config);
export const dropout = (config: DropoutConfig) => new Dropout(config);
export const elu = (config?: ELUConfig) => new ELU(config);
export const flatten = (config?: LayerConfig) => new Flatten(config);
export const layerNormalization = (config?: LayerNormalizationConfig) => new LayerNormalization(config);
export const leakyReLU = (config?: LeakyReLUConfig) => new LeakyReLU(config);
export const normalization = (config?: NormalizationConfig) => new Normalization(config);
export const reLU = (config?: ReLUConfig) => new ReLU(config);
export const rescaling = (config: RescalingConfig) => new Rescaling(config);
export const reshape = (config: ReshapeConfig) => new Reshape(config);
export const softmax = (config?: SoftmaxConfig) => new Softmax(config);
