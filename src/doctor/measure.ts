/** Numbers that checks are made of. */

/** Mean, spread and size of a list. */
export interface Moments {
  readonly mean: number;
  readonly std: number;
  /** Root mean square. */
  readonly rms: number;
  readonly min: number;
  readonly max: number;
}

export function moments(values: ArrayLike<number>): Moments {
  let [sum, squares, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    sum += value;
    squares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const n = Math.max(values.length, 1);
  const mean = sum / n;
  let variance = 0;
  for (let i = 0; i < values.length; i++) variance += (values[i] - mean) ** 2;
  return { mean, std: Math.sqrt(variance / n), rms: Math.sqrt(squares / n), min, max };
}

/** Root mean square; of long lists, of evenly spaced values, at least `most` of them. */
export function rms(values: ArrayLike<number>, most = Number.POSITIVE_INFINITY): number {
  // An odd stride meets all columns of a table of even width.
  const stride = Math.max(1, Math.floor(values.length / most)) | 1;
  let [squares, count] = [0, 0];
  for (let i = 0; i < values.length; i += stride) {
    squares += values[i] * values[i];
    count++;
  }
  return Math.sqrt(squares / Math.max(count, 1));
}

/** √Σv². */
export function norm(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  return Math.sqrt(squares);
}

/** One column of a table of rows. */
export function column(values: ArrayLike<number>, width: number, index: number): Float64Array {
  const out = new Float64Array(values.length / width);
  for (let i = 0; i < out.length; i++) out[i] = values[i * width + index];
  return out;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** A number as a person would write it: three digits, and powers of ten only where they are needed. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-3 || size >= 1e6))
    return value
      .toExponential(size < 1e-3 || size >= 1e6 ? 1 : 0)
      .replace('e+', 'e')
      .replace('.0e', 'e');
  return String(Number(value.toPrecision(3)));
}

/** A mean as code that takes it away: as exact as a thousandth of the spread asks for, or as a 32-bit number where there is none. */
export function beside(mean: number, std: number): string {
  const places = std > 0 ? Math.ceil(Math.log10(Math.abs(mean) / std)) + 3 : 9;
  return String(Number(mean.toPrecision(Math.min(9, Math.max(3, places || 3)))));
}

export const percent = (share: number): string =>
  `${Number((share * 100).toPrecision(share > 0.995 && share < 1 ? 4 : 3))} %`;
