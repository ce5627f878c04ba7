/** Axes: where ticks go, and how values become places. */
import { digits } from '../measure.js';

export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** Round steps of 1, 2 or 5. */
function roundTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(count, 1) || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const from = Math.ceil(low / step - 1e-9);
  const to = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) =>
    Number(((from + i) * step).toPrecision(12)),
  );
}

export function linear(low: number, high: number, from: number, to: number, count = 5): Scale {
  const span = high - low || 1;
  const place = (value: number) => from + ((value - low) / span) * (to - from);
  return { place, ticks: roundTicks(low, high, count).map((at) => ({ at, label: digits(at) })) };
}

/** Values of 0 and below stand at the low end. */
export function logarithmic(low: number, high: number, from: number, to: number): Scale {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  const span = b - a || 1;
  const place = (value: number) => from + ((Math.log10(Math.max(value, low)) - a) / span) * (to - from);
  const first = Math.ceil(a - 1e-9);
  const powers = Array.from({ length: Math.max(Math.floor(b + 1e-9) - first + 1, 0) }, (_, i) => first + i);
  if (powers.length >= 3) {
    const every = Math.ceil(powers.length / 5);
    const some = powers.filter((_, i) => i % every === 0);
    return { place, ticks: some.map((power) => ({ at: 10 ** power, label: powerLabel(power) })) };
  }
  const between = [first - 1, ...powers].flatMap((power) => [1, 2, 5].map((lead) => lead * 10 ** power));
  const inside = between.filter((at) => at >= low * 0.999 && at <= high * 1.001);
  const ticks = inside.length >= 2 ? inside : roundTicks(low, high, 4).filter((at) => at > 0);
  return { place, ticks: ticks.map((at) => ({ at, label: digits(at) })) };
}

/** Ten to a whole power: 0.01, 100, 1e5. */
export const powerLabel = (power: number): string =>
  power >= -2 && power <= 4 ? String(Number((10 ** power).toPrecision(3))) : `1e${power}`;

/** Logarithmic where the values span more than a factor of 30. */
export function fitting(values: readonly number[], from: number, to: number): Scale {
  const finite = values.filter(Number.isFinite);
  const positive = finite.filter((value) => value > 0);
  const [low, high] = [
    finite.reduce((a, b) => Math.min(a, b), 0),
    finite.reduce((a, b) => Math.max(a, b), 0),
  ];
  const least = positive.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  if (low >= 0 && positive.length > 0 && high / least > 30)
    return logarithmic(Math.max(least, high * 1e-12), high, from, to);
  return linear(low, high || 1, from, to);
}
