import { Dense, type DenseConfig } from './dense.js';

export const layers = {
  dense: (config: DenseConfig) => new Dense(config),
};
