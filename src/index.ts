/** The public names, nothing else. */

export type { Activation, ActivationName } from './activations/index.js';
export { readIdx } from './data/idx.js';
export type { Dataset } from './data/index.js';
export * as data from './data/index.js';
export type { Place } from './data/places.js';
export type { Source } from './data/sources.js';
export { type Tensor, type TensorLike, tensor } from './data/tensor.js';
export { type DiagnoseOptions, diagnose } from './doctor/diagnose.js';
export type { Diagnosis, Problem, Remedy, RemedyKind, Severity } from './doctor/diagnosis.js';
export type { Outcome, Repair } from './doctor/repair/record.js';
export { type FigureOptions, type Reported, type ReportOptions, report } from './doctor/report.js';
export {
  ChainruleError,
  ConfigError,
  DataError,
  MemoryError,
  ShapeError,
  StateError,
  ThreadError,
} from './errors.js';
export { safetensors } from './formats/index.js';
export type { Safetensors } from './formats/safetensors.js';
export type { Node as SymbolicValue } from './graph/node.js';
export type { Shape } from './graph/shape.js';
export { initializers } from './initializers/index.js';
export type { Initializer } from './initializers/initializer.js';
export * as layers from './layers/index.js';
export { type CallContext, Layer, type LayerConfig, type Weight } from './layers/layer.js';
export { losses } from './losses/index.js';
export type { Loss, LossFunction } from './losses/loss.js';
export { metrics } from './metrics/index.js';
export type { Metric, MetricFunction } from './metrics/metric.js';
export { ops } from './ops/symbolic.js';
export { optimizers } from './optimizers/index.js';
export type { Optimizer } from './optimizers/optimizer.js';
export { type Engine, type InitOptions, init, type Numerics } from './runtime/engine.js';
export type { FitState, Resumable } from './train/backup.js';
export { type Callback, callbacks, type FitParams, type Progress } from './train/callbacks.js';
export type { CompileOptions } from './train/compiled.js';
export type { EvaluateOptions } from './train/evaluate.js';
export type { EvaluateDatasetOptions, FitDatasetOptions } from './train/fitDataset.js';
export type { FitOptions } from './train/fitOptions.js';
export type { History, Logs } from './train/history.js';
export { type LoadOptions, loadModel } from './train/loading.js';
export { type PredictOptions, Sequential, type SequentialConfig } from './train/model.js';
export type { SaveOptions } from './train/saving.js';
export { sequential } from './train/sequential.js';
export { type ToCodeOptions, toCode } from './train/toCode.js';
