import { checkConfig } from '../settings.js';
import type { Callback, Progress } from './callbacks.js';
import type { Sequential } from './model.js';

/**
 * Ends training at once when the loss is NaN or infinite. It looks at the running loss after every time
 * slice rather than every batch, so it costs no speed: a loss that has become NaN stays NaN.
 */
export class TerminateOnNaN implements Callback {
  #model: Sequential | undefined;

  constructor(config: Record<string, never> = {}) {
    checkConfig('callbacks.terminateOnNaN', config, []);
  }

  setModel(model: Sequential): void {
    this.#model = model;
  }

  onProgress({ batch, logs }: Progress): void {
    if (Number.isFinite(logs.loss) || !this.#model) return;
    console.log(`Batch ${batch}: the loss is ${logs.loss}; training ends.`);
    this.#model.stopTraining = true;
  }
}
