/** Gradients on their way back, while a model trains. */
import type { Threshold } from './threshold.js';

export const gradients = {
  vanishedSignal: {
    value: 1e-2,
    reason:
      'Gradient before a layer’s activation over that of the last layer, where the loss stands still too.',
    source: 'AutoTrainer: 1e-3 without looking at the loss',
  },
  vanishedReluSignal: {
    value: 1e-3,
    reason: 'The same without a squashing activation: narrow ReLU layers lose a lot by chance and recover.',
    source: 'AutoTrainer: 1e-3',
  },
  vanishingWait: {
    value: 1 / 6,
    reason: 'Share of the planned updates that a plateau is given time for.',
    source: 'AutoTrainer waits for 30 % of the epochs',
  },
  vanishingReluWait: {
    value: 0.3,
    reason: 'The same without a squashing activation.',
    source: 'AutoTrainer waits for 30 % of the epochs',
  },
  starvedSignal: {
    value: 0.001,
    reason: 'Share of the gradient that arrives in the first steps, below which units die of that.',
    source: 'a tenth of vanishedSignal',
  },
  explodedSignal: {
    value: 100,
    reason:
      'Gradient of a layer over the smallest one behind it, where the loss is far above a constant guess too.',
    source: 'AutoTrainer: 70 without looking at the loss',
  },
  explodedBefore: {
    value: 30,
    reason: 'The same, in a training that ends in NaN.',
    source: 'AutoTrainer: 70 without looking at the loss',
  },
  explosionSamples: {
    value: 4,
    reason: 'Sampled steps in a row that must show it.',
    source: 'one step may be a bad batch',
  },
} as const satisfies Record<string, Threshold>;
