/** What a model that ignores its inputs would lose: the measure of whether anything was learned. */
import type { TensorData } from '../data/tensor.js';
import { column, median, moments } from './measure.js';

/** The loss of the best constant prediction, for the library's losses; undefined for others. */
export function baselineLoss(
  loss: string | undefined,
  y: { readonly data: TensorData; readonly count: number },
): number | undefined {
  const width = Math.max(1, Math.round(y.data.length / y.count));
  const columns = () => Array.from({ length: width }, (_, j) => column(y.data, width, j));
  const average = (of: (values: Float64Array) => number) =>
    columns().reduce((sum, values) => sum + of(values), 0) / width;
  if (loss === 'meanSquaredError') return average((values) => moments(values).std ** 2);
  if (loss === 'meanAbsoluteError' || loss === 'huber') {
    return average((values) => {
      const middle = median([...values]);
      const far = values.map((v) => Math.abs(v - middle));
      return (
        far.reduce(
          (sum, d) => sum + (loss === 'huber' && d <= 1 ? (d * d) / 2 : loss === 'huber' ? d - 0.5 : d),
          0,
        ) / values.length
      );
    });
  }
  if (loss === 'binaryCrossentropy')
    return average((values) => entropy([moments(values).mean, 1 - moments(values).mean]));
  if (loss === 'categoricalCrossentropy') return entropy(columns().map((values) => moments(values).mean));
  if (loss === 'sparseCategoricalCrossentropy')
    return entropy(countsOf(y.data).map((count) => count / y.data.length));
  return undefined;
}

/** The share of right answers that the best constant answer gives; undefined where targets are not classes. */
export function guessedShare(
  loss: string | undefined,
  y: { readonly data: TensorData; readonly count: number },
): number | undefined {
  if (loss === 'sparseCategoricalCrossentropy') return Math.max(...countsOf(y.data)) / y.data.length;
  if (!y.data.every((value) => value === 0 || value === 1)) return undefined;
  const width = Math.max(1, Math.round(y.data.length / y.count));
  const shares = Array.from({ length: width }, (_, j) => moments(column(y.data, width, j)).mean);
  if (loss === 'categoricalCrossentropy') return Math.max(...shares);
  return shares.reduce((sum, share) => sum + Math.max(share, 1 - share), 0) / width;
}

function countsOf(labels: TensorData): number[] {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()];
}

const entropy = (shares: readonly number[]): number =>
  shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
