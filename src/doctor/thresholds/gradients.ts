/** Gradients on their way back, while a model trains. */
export const gradients = {
  /**
   * Gradient before a layer’s activation over that of the last layer, where the loss stands still too.
   * Source: AutoTrainer: 1e-3 without looking at the loss.
   */
  vanishedSignal: 1e-2,
  /**
   * The same without a squashing activation: narrow ReLU layers lose a lot by chance and recover.
   * Source: AutoTrainer: 1e-3.
   */
  vanishedReluSignal: 1e-3,
  /**
   * Share of the planned updates that a plateau is given time for.
   * Source: AutoTrainer waits for 30 % of the epochs.
   */
  vanishingWait: 1 / 6,
  /**
   * The same without a squashing activation.
   * Source: AutoTrainer waits for 30 % of the epochs.
   */
  vanishingReluWait: 0.3,
  /**
   * Share of the gradient that arrives in the first steps, below which units die of that.
   * Source: a tenth of vanishedSignal.
   */
  starvedSignal: 0.001,
  /**
   * Gradient of a layer over the smallest one behind it, where the loss is far above a constant guess too.
   * Source: AutoTrainer: 70 without looking at the loss.
   */
  explodedSignal: 100,
  /**
   * The same, in a training that ends in NaN.
   * Source: AutoTrainer: 70 without looking at the loss.
   */
  explodedBefore: 30,
  /**
   * Sampled steps in a row that must show it.
   * Source: one step may be a bad batch.
   */
  explosionSamples: 4,
};
