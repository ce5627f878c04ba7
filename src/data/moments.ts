import { DataError } from '../errors.js';
import type { TensorData } from './tensor.js';

/**
 * Means and biased variances of groups of numbers, from any number of parts, in one pass over the data and
 * in f64. Each part's mean m and sum of squared deviations s are taken first and then merged (Chan, Golub
 * and LeVeque, 1979): with d = m₂ − m₁, n = n₁ + n₂,
 *
 *     m = m₁ + d·n₂/n        s = s₁ + s₂ + d²·n₁·n₂/n
 *
 * so that nothing cancels, however far the data lie from 0.
 */
export class RunningMoments {
  readonly mean: Float64Array;
  /** Sums of squared deviations from the mean. */
  readonly #squares: Float64Array;
  /** Numbers that each group has seen. */
  #count = 0;

  constructor(readonly groups: number) {
    this.mean = new Float64Array(groups);
    this.#squares = new Float64Array(groups);
  }

  get count(): number {
    return this.#count;
  }

  /** Takes in more numbers, `data[i]` into group `groupOf[i % groupOf.length]`; each group is met equally often. */
  add(what: string, data: TensorData, groupOf: Uint32Array): void {
    const n = data.length / this.groups;
    if (n === 0) return;
    const mean = new Float64Array(this.groups);
    const squares = new Float64Array(this.groups);
    const period = groupOf.length;
    for (let start = 0; start < data.length; start += period)
      for (let j = 0; j < period; j++) mean[groupOf[j]] += data[start + j];
    for (let g = 0; g < this.groups; g++) mean[g] /= n;
    for (let start = 0; start < data.length; start += period)
      for (let j = 0; j < period; j++) squares[groupOf[j]] += (data[start + j] - mean[groupOf[j]]) ** 2;
    const wrong = mean.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      const at = data.findIndex((value) => !Number.isFinite(value));
      throw new DataError(
        `${what} holds ${data[at]} (value ${at}); remove such examples or fill the gaps first.`,
      );
    }
    const total = this.#count + n;
    for (let g = 0; g < this.groups; g++) {
      const apart = mean[g] - this.mean[g];
      this.mean[g] += (apart * n) / total;
      this.#squares[g] += squares[g] + apart ** 2 * ((this.#count * n) / total);
    }
    this.#count = total;
  }

  get variance(): Float64Array {
    return this.#squares.map((sum) => sum / this.#count);
  }
}
