/** Inputs: their scale as the first kernel meets it, and whether they differ at all. */
import { sizeOf } from '../../graph/shape.js';
import type { Stage } from '../anatomy.js';
import { layerCode, listCode } from '../code.js';
import { beside, digits, moments, percent } from '../measure.js';
import { type Examples, kernelOf, some } from '../patient.js';
import { limit } from '../thresholds/index.js';
import { type Check, type Exam, type Finding, remedy } from './check.js';

/** How large a feature is where it is not 0, so that rare features count as those that are always there. */
interface Feature {
  readonly index: number;
  readonly mean: number;
  readonly std: number;
  readonly size: number;
}

export function featuresOf(values: Float32Array, width: number): Feature[] {
  const rows = values.length / width;
  const [sums, squares, present, deviations] = [0, 1, 2, 3].map(() => new Float64Array(width));
  for (let i = 0; i < values.length; i += width) {
    for (let j = 0; j < width; j++) {
      const value = values[i + j];
      if (value === 0) continue;
      sums[j] += value;
      squares[j] += value * value;
      present[j]++;
    }
  }
  for (let i = 0; i < values.length; i += width)
    for (let j = 0; j < width; j++) deviations[j] += (values[i + j] - sums[j] / rows) ** 2;
  return Array.from({ length: width }, (_, index) => ({
    index,
    mean: sums[index] / rows,
    std: Math.sqrt(deviations[index] / rows),
    size: Math.sqrt(squares[index] / Math.max(present[index], 1)),
  }));
}

const normalizes = (stage: Stage | undefined): boolean =>
  stage?.layer.kind === 'batchNormalization' || stage?.layer.kind === 'layerNormalization';

export const inputs: Check = (exam) => {
  const constant = constantInputs(exam);
  if (constant.length > 0) return constant;
  const { entering } = exam;
  if (!entering) return [];
  const { stages } = exam.anatomy;
  const first = stages[entering.at];
  const every = featuresOf(entering.values, kernelOf(first.layer)?.shape[0] ?? 1);
  const features = every.filter(({ std, size }) => std > 0 && Number.isFinite(size));
  if (features.length === 0) return [];
  const bySize = [...features].sort((a, b) => a.size - b.size);
  const [smallest, largest] = [bySize[0], bySize[bySize.length - 1]];
  const offset = features.reduce((worst, f) =>
    Math.abs(f.mean) / f.std > Math.abs(worst.mean) / worst.std ? f : worst,
  );
  const evidence = {
    smallestScale: smallest.size,
    largestScale: largest.size,
    ratio: largest.size / smallest.size,
    features: features.length,
  };

  const uneven = largest.size / smallest.size >= limit('featureRatio');
  if (uneven) {
    return [
      unscaled(
        exam,
        { ...evidence, smallestFeature: smallest.index, largestFeature: largest.index },
        `Feature ${largest.index} has values around ${digits(largest.size)}, feature ${smallest.index} around ${digits(smallest.size)}. ` +
          'The gradient of a weight is the error times its input, so one learning rate is too high for the large feature or far too low for the small one: in practice the network sees only the large one.',
      ),
    ];
  }
  // What normalizes the sums behind the kernel takes a common scale out again.
  if (first.activation !== 'relu' && normalizes(stages[entering.at + 1])) return [];
  if (largest.size >= limit('largeFeature')) {
    return [
      unscaled(
        exam,
        evidence,
        `The inputs reach ${first.layer.name} with values around ${digits(largest.size)}. Weights are drawn for inputs around 1, so all sums start about ${digits(largest.size)} times too large, ` +
          'and since the gradient of a weight is the error times its input, each update is too large by the same factor: learning jumps about, saturates or diverges.',
      ),
    ];
  }
  const fixed = every.find(({ std, size }) => std === 0 && size >= limit('largeFeature'));
  if (fixed) {
    return [
      unscaled(
        exam,
        { feature: fixed.index, mean: fixed.mean, std: 0 },
        `Feature ${fixed.index} is ${digits(fixed.mean)} in every example, so it tells nothing about the targets. But its weights add ${digits(fixed.mean)} times their size to all sums, and since the gradient of a weight is the error times its input, ` +
          'they take the largest steps of all: what tells the examples apart is drowned out. Taking the mean away silences it; leaving the feature out does as well.',
      ),
    ];
  }
  if (largest.size <= limit('smallFeatures')) {
    return [
      unscaled(
        exam,
        evidence,
        `The inputs reach ${first.layer.name} with values of at most about ${digits(largest.size)}. What they add to the sums is next to nothing, and since the gradient of a weight is the error times its input, ` +
          'its weights hardly move: learning is very slow.',
      ),
    ];
  }
  if (
    Math.abs(offset.mean) >= limit('sizableOffset') &&
    Math.abs(offset.mean) / offset.std >= limit('featureOffset')
  ) {
    return [
      unscaled(
        exam,
        { feature: offset.index, mean: offset.mean, std: offset.std },
        `Feature ${offset.index} is ${digits(offset.mean)} give or take ${digits(offset.std)}. To the network it is nearly a constant: what tells the examples apart drowns in what they share. ` +
          'Taking the mean away brings the difference into the open.',
      ),
    ];
  }
  return [];
};

/** The diagnosis; also used where a trial shows that smaller troubles of scale matter. */
export function unscaled(
  exam: Exam,
  evidence: Finding['evidence'],
  explanation: string,
  severity: Finding['severity'] = 'warning',
): Finding {
  return {
    problem: 'unscaled-inputs',
    layer: exam.entering && exam.anatomy.stages[exam.entering.at].layer.name,
    severity,
    evidence,
    explanation,
    remedies: standardizing(exam),
  };
}

/** Examples that tell whether these are bytes, and the mean and spread of each feature. */
const [FEW, MANY] = [64, 4096];

export function standardizing({ data: { x }, patient }: Exam) {
  const shape = `inputShape: [${patient.inputShape.join(', ')}]`;
  const seen = some(x, FEW);
  const { min, max } = moments(seen.data);
  const width = x.shape.length === 1 ? x.shape[0] : 0;
  const image = min >= 0 && max <= 255 && max > 25 && sizeOf(x.shape) >= 64;
  const why = 'Features of mean 0 and spread 1 are what initializers and learning rates are made for.';
  const norm = remedy(
    'standardize-inputs',
    `layers.batchNormalization({ ${shape} }),  // as the first layer`,
    `It standardizes each feature inside the model, from the data itself. ${why}`,
  );
  if (image) {
    const code = `layers.rescaling({ scale: 1 / 255, ${shape} }),  // as the first layer`;
    return [
      remedy(
        'standardize-inputs',
        code,
        'Bytes become numbers from 0 to 1 as a batch is read; the data may stay as they are.',
      ),
      norm,
    ];
  }
  if (width === 0 || width > 16) return [norm];
  const features = featuresOf(new Float32Array(some(x, MANY).data), width);
  const code =
    `const mean = [${features.map(({ mean, std }) => beside(mean, std)).join(', ')}];\nconst std = ${listCode(features.map(({ std }) => std || 1))};\n` +
    'x = x.map((row) => row.map((value, j) => (value - mean[j]) / std[j]));  // and the same for validation and prediction';
  return [remedy('standardize-inputs', code, why), norm];
}

/** Features that are the same in all examples say nothing. */
function constantInputs({ data: { x }, patient }: Exam): Finding[] {
  const size = sizeOf(x.shape);
  if (x.count < 2) return [];
  const constant = constantColumns(x);
  const share = constant / size;
  if (share < limit('constantFeatures') || (share < 1 && x.count < limit('constantExamples'))) return [];
  const all = constant === size;
  const explanation = all
    ? `All ${x.count} examples are the same. A network gives the same answer to the same input, so the best it can learn is the mean of the targets. The fault is most likely where the data are read or cut into examples.`
    : `${percent(share)} of the features never change over ${x.count} examples. They tell nothing about the targets; the few that do change must carry it all. The fault is most likely where the data are read or cut into examples.`;
  const [first] = patient.layers;
  return [
    {
      problem: 'constant-inputs',
      layer: first.name,
      severity: all ? 'error' : 'warning',
      evidence: { constantFeatures: constant, features: size, examples: x.count },
      explanation,
      remedies: [
        remedy(
          'standardize-inputs',
          `x[0], x[1], x[2]  // print some examples: they must differ before ${layerCode(first)} can tell them apart`,
          'Where a feature that should change is constant, its mean and spread show it at once.',
        ),
      ],
    },
  ];
}

/** How many features have one value in all examples. Once too few are left for a diagnosis, it stops looking. */
function constantColumns({ data, count, shape }: Examples): number {
  const size = sizeOf(shape);
  let left = Array.from({ length: size }, (_, j) => j);
  for (let i = 1; i < count && left.length >= limit('constantFeatures') * size; i++)
    left = left.filter((j) => data[i * size + j] === data[j]);
  return left.length;
}
