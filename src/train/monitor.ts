/** A number of the logs that a callback watches, and whether less or more of it is better. */
import { ConfigError, show, suggest } from '../errors.js';

export type Mode = 'auto' | 'min' | 'max';

/** Names of Keras' losses and metrics, without underscores. */
const lessIsBetter =
  /loss|error|crossentropy|divergence|poisson|hinge|logcosh|^false|^(mae|mse|msle|mape|rmse|kld)$/i;
const moreIsBetter =
  /acc|auc|precision|recall|^f\d|score|iou|^true|similarity|correlation|sensitivity|specificity/i;

export class Monitor {
  /** What messages begin with, such as 'callbacks.earlyStopping'. */
  readonly what: string;
  readonly name: string;
  readonly #mode: Mode;

  constructor(what: string, { monitor = 'val_loss', mode = 'auto' }: { monitor?: string; mode?: Mode }) {
    if (typeof monitor !== 'string') {
      throw new ConfigError(`${what}: monitor is ${show(monitor)}; expected a name such as 'val_loss'.`);
    }
    if (!['auto', 'min', 'max'].includes(mode)) {
      throw new ConfigError(`${what}: mode is ${show(mode)}; expected 'auto', 'min' or 'max'.`);
    }
    this.what = what;
    this.name = monitor;
    this.#mode = mode;
  }

  /** Refuses a name that the logs will not have, and one that does not tell what is better. */
  check(names: readonly string[]): void {
    if (!names.includes(this.name)) {
      const validation = this.name.startsWith('val_') && !names.some((name) => name.startsWith('val_'));
      const hint = validation ? 'Give fit validationData or a validationSplit.' : suggest(this.name, names);
      throw new ConfigError(
        `${this.what}: there is no '${this.name}' to monitor; this fit reports ${names.join(', ')}. ${hint}`,
      );
    }
    void this.#sign;
  }

  /** 1 where more is better, −1 where less is; by the name, unless the mode says it. */
  get #sign(): 1 | -1 {
    if (this.#mode !== 'auto') return this.#mode === 'max' ? 1 : -1;
    const name = this.name.replace(/^val_/, '').replace(/_/g, '');
    if (lessIsBetter.test(name)) return -1;
    if (moreIsBetter.test(name)) return 1;
    throw new ConfigError(
      `${this.what}: it cannot be told from the name '${this.name}' whether more or less of it is better; set mode to 'max' or 'min'.`,
    );
  }

  /** Whether a value beats another by more than `minDelta`. NaN improves on nothing. */
  improves(value: number, reference: number | undefined, minDelta = 0): boolean {
    if (reference === undefined) return !Number.isNaN(value);
    return this.#sign * (value - reference) > minDelta;
  }
}
