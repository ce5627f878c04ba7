import type { Place } from '../data/places.js';
import type { Diagnosis } from '../doctor/diagnosis.js';
import type { Repair } from '../doctor/repair/record.js';
import type { Resumable } from './backup.js';
import { BackupAndRestore, type BackupAndRestoreConfig } from './backupAndRestore.js';
import { EarlyStopping, type EarlyStoppingConfig } from './earlyStopping.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';
import { ModelCheckpoint, type ModelCheckpointConfig } from './modelCheckpoint.js';
import { TerminateOnNaN } from './terminateOnNaN.js';

/** How far fit has come, told once a time slice. */
export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly batch: number;
  /** Batches of the epoch; undefined in the first epoch on data that stream and don't tell how many they are. */
  readonly batches: number | undefined;
  readonly logs: Logs;
  readonly examplesPerSecond: number;
  /** Seconds until the end of the epoch; undefined where `batches` is. */
  readonly eta: number | undefined;
}

/** What fit is about to do. */
export interface FitParams {
  readonly epochs: number;
  /** Batches an epoch; undefined where only reading the data will tell. */
  readonly steps: number | undefined;
  /** The names that the logs of an epoch's end will have. */
  readonly monitors: readonly string[];
}

/**
 * Keras' hooks; all optional, may be async and are awaited. `setModel` and `setParams` come first, so
 * that a callback can read or change the model; an error that one of them throws ends fit before
 * anything has changed. A hook for every batch costs speed: fit then stops after each batch.
 */
export interface Callback {
  setModel?(model: Sequential): void;
  setParams?(params: FitParams): void;
  onTrainBegin?(logs: Logs): void | Promise<void>;
  onTrainEnd?(logs: Logs): void | Promise<void>;
  onEpochBegin?(epoch: number, logs: Logs): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs): void | Promise<void>;
  onTrainBatchBegin?(batch: number, logs: Logs): void | Promise<void>;
  onTrainBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
  /** As onTrainBatchBegin. */
  onBatchBegin?(batch: number, logs: Logs): void | Promise<void>;
  /** As onTrainBatchEnd. */
  onBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
  onTestBegin?(logs: Logs): void | Promise<void>;
  onTestEnd?(logs: Logs): void | Promise<void>;
  onTestBatchBegin?(batch: number, logs: Logs): void | Promise<void>;
  onTestBatchEnd?(batch: number, logs: Logs): void | Promise<void>;
  onProgress?(progress: Progress): void | Promise<void>;
  /** Something is wrong with the training: told once, as soon as the doctor is sure. */
  onDiagnosis?(diagnosis: Diagnosis): void | Promise<void>;
  /**
   * A repair was tried. If it was kept, the model is another from here on, and epochs from `repair.backTo` on, which
   * were reported before, are done again.
   */
  onRepair?(repair: Repair): void | Promise<void>;
  /** What the callback has learnt so far, for backups: plain data and tensors. */
  getState?(): unknown;
  /** Takes a state back, after onTrainBegin. */
  setState?(state: never): void;
  /** After onTrainBegin of all callbacks: the moment to put a saved state back. */
  onResume?(training: Resumable): void | Promise<void>;
  /** After a time slice, and after the end of an epoch of which all have heard: a state from here is whole. */
  onSafePoint?(training: Resumable): void | Promise<void>;
}

export type Hook = Exclude<keyof Callback, 'setModel' | 'setParams' | 'getState' | 'setState'>;

/** Callbacks for fit; any object with some of the hooks is one as well. */
export const callbacks = {
  backupAndRestore: (config: Place | BackupAndRestoreConfig) => new BackupAndRestore(config),
  earlyStopping: (config?: EarlyStoppingConfig) => new EarlyStopping(config),
  modelCheckpoint: (config: ModelCheckpointConfig) => new ModelCheckpoint(config),
  terminateOnNaN: () => new TerminateOnNaN(),
};
