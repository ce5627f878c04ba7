import type { Tensor } from '../data/tensor.js';
import type { Repair } from '../doctor/repair/record.js';
import { checkConfig, flag, numberIn, wholeNumber } from '../settings.js';
import type { Callback, FitParams } from './callbacks.js';
import type { Logs } from './history.js';
import type { Sequential } from './model.js';
import { type Mode, Monitor } from './monitor.js';

export interface EarlyStoppingConfig {
  /** The number to watch, as it is named in the history. Default 'val_loss'. */
  monitor?: string;
  /** A smaller change than this is no improvement. Default 0. */
  minDelta?: number;
  /** Epochs without improvement after which training stops. Default 0. */
  patience?: number;
  /** Whether less is better ('min') or more ('max'). Default 'auto': by the name of the number. */
  mode?: Mode;
  /** A value that must be beaten; epochs that do not count as epochs without improvement. */
  baseline?: number;
  /** Whether the weights of the best epoch come back at the end. Default false: the last ones stay. */
  restoreBestWeights?: boolean;
  /** Epochs before this one are not looked at. Default 0. */
  startFromEpoch?: number;
  /** 1 prints a line when it stops training or restores weights. Default 0. */
  verbose?: 0 | 1;
}

const known = [
  'monitor',
  'minDelta',
  'patience',
  'mode',
  'baseline',
  'restoreBestWeights',
  'startFromEpoch',
  'verbose',
] as const satisfies (keyof EarlyStoppingConfig)[];

interface EarlyStoppingState {
  readonly callback: 'earlyStopping';
  readonly wait: number;
  readonly best: number | undefined;
  readonly bestWeights: Tensor[] | undefined;
  readonly bestEpoch: number;
  readonly stoppedEpoch: number | undefined;
}

/**
 * Stops training when a number has not improved by more than minDelta for `patience` epochs, and puts
 * the best epoch's weights back where restoreBestWeights says so: Keras' EarlyStopping.
 */
export class EarlyStopping implements Callback {
  readonly monitor: string;
  readonly #settings: Required<Omit<EarlyStoppingConfig, 'monitor' | 'mode' | 'baseline'>>;
  readonly #monitor: Monitor;
  readonly #baseline: number | undefined;
  #model: Sequential | undefined;
  #wait = 0;
  #best: number | undefined;
  #bestWeights: Tensor[] | undefined;
  /** The epoch whose number was the best so far, counted from 0. */
  bestEpoch = 0;
  /** The epoch after which training was stopped, counted from 0; undefined while it was not. */
  stoppedEpoch: number | undefined;

  constructor(config: EarlyStoppingConfig = {}) {
    const what = 'callbacks.earlyStopping';
    checkConfig(what, config, known);
    const { minDelta = 0, baseline } = config;
    this.#monitor = new Monitor(what, config);
    if (baseline !== undefined)
      numberIn(`${what}: baseline`, baseline, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    this.monitor = this.#monitor.name;
    this.#baseline = baseline;
    this.#settings = {
      minDelta: Math.abs(
        numberIn(`${what}: minDelta`, minDelta, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
      ),
      patience: wholeNumber(`${what}: patience`, config.patience ?? 0, 0),
      restoreBestWeights: flag('earlyStopping: restoreBestWeights', config.restoreBestWeights ?? false),
      startFromEpoch: wholeNumber(`${what}: startFromEpoch`, config.startFromEpoch ?? 0, 0),
      verbose: config.verbose ?? 0,
    };
  }

  setModel(model: Sequential): void {
    this.#model = model;
  }

  setParams({ monitors }: FitParams): void {
    this.#monitor.check(monitors);
  }

  onTrainBegin(): void {
    this.#wait = 0;
    this.#best = undefined;
    this.#bestWeights = undefined;
    this.bestEpoch = 0;
    this.stoppedEpoch = undefined;
  }

  /** A repaired model has other weights, and perhaps another loss: nothing from before compares. */
  onRepair({ kept }: Repair): void {
    if (kept) this.onTrainBegin();
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const { patience, restoreBestWeights, startFromEpoch } = this.#settings;
    const model = this.#model as Sequential;
    if (epoch < startFromEpoch) return;
    if (restoreBestWeights && this.#bestWeights === undefined) {
      // Should nothing ever improve, the first epoch's weights come back.
      this.#bestWeights = model.getWeights();
      this.bestEpoch = epoch;
    }
    this.#wait++;
    const current = logs[this.monitor];
    if (this.#improves(current, this.#best)) {
      this.#best = current;
      this.bestEpoch = epoch;
      if (restoreBestWeights) this.#bestWeights = model.getWeights();
      // An epoch below the baseline may be the best so far, but patience goes on running out.
      if (this.#improves(current, this.#baseline)) this.#wait = 0;
      return;
    }
    if (this.#wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      model.stopTraining = true;
    }
  }

  onTrainEnd(): void {
    const { verbose } = this.#settings;
    if (verbose && this.stoppedEpoch !== undefined)
      console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping`);
    if (this.#bestWeights) {
      if (verbose)
        console.log(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.`);
      this.#model?.setWeights(this.#bestWeights);
      this.#bestWeights = undefined;
    }
  }

  #improves(value: number, reference: number | undefined): boolean {
    return this.#monitor.improves(value, reference, this.#settings.minDelta);
  }

  getState(): EarlyStoppingState {
    return {
      callback: 'earlyStopping',
      wait: this.#wait,
      best: this.#best,
      bestWeights: this.#bestWeights,
      bestEpoch: this.bestEpoch,
      stoppedEpoch: this.stoppedEpoch,
    };
  }

  setState(state: EarlyStoppingState): void {
    this.#wait = state.wait;
    this.#best = state.best;
    this.#bestWeights = state.bestWeights;
    this.bestEpoch = state.bestEpoch;
    this.stoppedEpoch = state.stoppedEpoch;
  }
}
