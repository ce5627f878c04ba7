/** Every number that a diagnosis hangs on, in one table: its value, why this one, and where it comes from. */
import { data } from './data.js';
import { gradients } from './gradients.js';
import { losses } from './losses.js';
import { progress } from './progress.js';
import { start } from './start.js';
import { steps } from './steps.js';
import { trials } from './trials.js';
import { units } from './units.js';

export const thresholds = {
  ...data,
  ...start,
  ...trials,
  ...progress,
  ...gradients,
  ...units,
  ...steps,
  ...losses,
};

export type ThresholdName = keyof typeof thresholds;

/** The value alone. */
export const limit = (name: ThresholdName): number => thresholds[name];
