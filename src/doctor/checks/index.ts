import type { Check } from './check.js';
import { dropout } from './dropout.js';
import { initialization } from './initialization.js';
import { inputs } from './inputs.js';
import { labels } from './labels.js';
import { learningRate } from './learningRate.js';
import { output } from './output.js';
import { signal } from './signal.js';
import { targets } from './targets.js';

/** All families of checks, causes before what they lead to. */
export const checks: readonly Check[] = [
  inputs,
  labels,
  output,
  targets,
  initialization,
  dropout,
  signal,
  learningRate,
];
