/** One yardstick for models whose losses differ: how much of what there is to learn they have learned. */
import { sizeOf } from '../../graph/shape.js';
import type { Loss } from '../../losses/loss.js';
import { column, median, moments } from '../measure.js';
import type { Examples } from '../patient.js';
import type { Outcome } from './record.js';

/** What the targets ask for: one of several classes, yes or no for each unit, or numbers. */
export type Task = 'classes' | 'answers' | 'numbers';

export const isOneHot = ({ data, count }: Examples): boolean => {
  const width = data.length / count;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0 && data[i] !== 1) return false;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let j = 0; j < width; j++) sum += data[i * width + j];
    if (sum !== 1) return false;
  }
  return width > 1;
};

const isYesOrNo = ({ data }: Examples): boolean => data.every((value: number) => value === 0 || value === 1);

/** Told from targets and loss; undefined for a loss of the user's, whose meaning is unknown. */
export function taskOf(y: Examples, loss: Loss | undefined): Task | undefined {
  if (!loss) return undefined;
  if (loss.name === 'sparseCategoricalCrossentropy') return 'classes';
  if (isOneHot(y)) return 'classes';
  if (loss.name === 'categoricalCrossentropy') return 'classes';
  if (isYesOrNo(y)) return 'answers';
  return 'numbers';
}

/** How predictions are to be read. */
export interface Reading {
  readonly task: Task;
  readonly fromLogits: boolean;
  /** The name of the loss: absolute errors are measured by their own measure. */
  readonly loss: string;
}

const clamp = (p: number) => Math.min(1 - 1e-6, Math.max(1e-6, p));

/** Below this a model counts as broken, however bad it is: infinitely bad is no worse than useless. */
export const WORST = -1;

/** `predictions` holds a row of units for each example. Predictions that are not numbers have learned WORST. */
export function scoreOf(
  predictions: Float32Array,
  y: Examples,
  reading: Reading,
): Pick<Outcome, 'learned' | 'accuracy'> {
  const score =
    reading.task === 'numbers'
      ? { learned: numbers(predictions, y, reading.loss) }
      : reading.task === 'answers'
        ? answers(predictions, y, reading)
        : classes(predictions, y, reading);
  const finite = predictions.every(Number.isFinite) && Number.isFinite(score.learned);
  return { ...score, learned: finite ? Math.max(WORST, score.learned) : WORST };
}

/** 1 − error / error of the best constant. */
function numbers(predictions: Float32Array, { data, count }: Examples, loss: string): number {
  const width = data.length / count;
  const absolute = loss === 'meanAbsoluteError' || loss === 'huber';
  let [error, base] = [0, 0];
  for (let j = 0; j < width; j++) {
    const [t, p] = [column(data, width, j), column(predictions, width, j)];
    const guess = absolute ? median([...t]) : moments(t).mean;
    for (let i = 0; i < count; i++) {
      error += absolute ? Math.abs(p[i] - t[i]) : (p[i] - t[i]) ** 2;
      base += absolute ? Math.abs(guess - t[i]) : (guess - t[i]) ** 2;
    }
  }
  return base === 0 ? -error : 1 - error / base;
}

/** Half for right answers, half for the certainty with which they are given. */
const blend = (accuracy: number, guess: number, loss: number, base: number) => ({
  accuracy,
  learned:
    ((accuracy - guess) / Math.max(1e-6, 1 - guess) + Math.max(WORST, 1 - loss / Math.max(1e-6, base))) / 2,
});

function answers(predictions: Float32Array, { data, count }: Examples, { fromLogits }: Reading) {
  const width = data.length / count;
  let [right, loss, guess, base] = [0, 0, 0, 0];
  for (let j = 0; j < width; j++) {
    const [t, p] = [column(data, width, j), column(predictions, width, j)];
    const share = clamp(moments(t).mean);
    guess += Math.max(share, 1 - share);
    base -= share * Math.log(share) + (1 - share) * Math.log(1 - share);
    for (let i = 0; i < count; i++) {
      const q = clamp(fromLogits ? 1 / (1 + Math.exp(-p[i])) : p[i]);
      if (q > 0.5 === t[i] > 0.5) right++;
      loss -= t[i] * Math.log(q) + (1 - t[i]) * Math.log(1 - q);
    }
  }
  return blend(right / data.length, guess / width, loss / data.length, base / width);
}

function classes(predictions: Float32Array, y: Examples, { fromLogits }: Reading) {
  const { data, count } = y;
  const units = predictions.length / count;
  const sparse = data.length === count && sizeOf(y.shape) === 1;
  const counts = new Map<number, number>();
  let [right, loss] = [0, 0];
  for (let i = 0; i < count; i++) {
    const at = i * units;
    const label = sparse ? data[i] : largest(data, at, units);
    counts.set(label, (counts.get(label) ?? 0) + 1);
    const answer = largest(predictions, at, units);
    const most = predictions[at + answer];
    let [sum, own, lower] = [0, 0, 0];
    for (let j = 0; j < units; j++) {
      const value = predictions[at + j];
      const weight = fromLogits ? Math.exp(value - most) : Math.max(value, 1e-6);
      sum += weight;
      if (j === label) own = weight;
      if (value < most) lower++;
    }
    // Where all units say the same, nothing was answered.
    if (answer === label && lower > 0) right++;
    loss -= Math.log(clamp(own / sum));
  }
  const shares = [...counts.values()].map((n) => n / count);
  const base = shares.reduce((sum, p) => sum - p * Math.log(p), 0);
  return blend(right / count, Math.max(...shares), loss / count, base);
}

/** The place of the (first) largest of some values in a row. */
function largest(values: ArrayLike<number>, from: number, count: number): number {
  let at = 0;
  for (let j = 1; j < count; j++) if (values[from + j] > values[from + at]) at = j;
  return at;
}
