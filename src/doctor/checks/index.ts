import type { Check } from './check.js';
import { dropout } from './dropout.js';
import { initialization } from './initialization.js';
import { inputs } from './inputs.js';
import { labels } from './labels.js';
import { learningRate, zeroRate } from './learningRate.js';
import { output } from './output.js';
import { signal } from './signal.js';
import { reach, targetScale } from './targets.js';

/** What data, graph and first weights show by themselves; a batch is run only where they look odd. Causes first. */
export const quickChecks: readonly Check[] = [
  inputs,
  labels,
  output,
  reach,
  initialization,
  dropout,
  zeroRate,
];

/** What takes batches through the model, and tries updates. */
export const triedChecks: readonly Check[] = [targetScale, signal, learningRate];
