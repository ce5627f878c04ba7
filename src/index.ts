/** The public names, nothing else. */
export { readIdx } from './data/idx.js';
export { tensor, type Tensor, type TensorLike } from './data/tensor.js';
export * from './errors.js';
export { initializers } from './initializers/index.js';
export { layers } from './layers/index.js';
export { losses } from './losses/index.js';
export { metrics } from './metrics/index.js';
export { optimizers } from './optimizers/index.js';
export { init } from './runtime/engine.js';
export { type Callback, callbacks, type FitParams, type Progress } from './train/callbacks.js';
export type { History, Logs } from './train/history.js';
export { Sequential } from './train/model.js';
export { sequential } from './train/sequential.js';
