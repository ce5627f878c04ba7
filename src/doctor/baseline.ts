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
  if (loss === 'sparseCategoricalCrossentropy') {
    const counts = new Map<number, number>();
    for (const label of y.data) counts.set(label, (counts.get(label) ?? 0) + 1);
    return entropy([...counts.values()].map((count) => count / y.data.length));
  }
  return undefined;
}

const entropy = (shares: readonly number[]): number =>
  shares.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
