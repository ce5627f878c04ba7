import { Sequential, type SequentialConfig } from './model.js';

/** A model of layers one after the other: sequential({ layers: [layers.dense({ ... }), ...] }). */
export const sequential = (config?: SequentialConfig): Sequential => new Sequential(config);
