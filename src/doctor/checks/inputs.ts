/** Inputs: their scale as the first kernel meets it, and whether they differ at all. */
import { sizeOf } from '../../graph/shape.js';
import { layerCode, listCode } from '../code.js';
import { column, digits, moments, percent } from '../measure.js';
import { kernelOf } from '../patient.js';
import type { LayerView } from '../probe.js';
import { limit } from '../thresholds.js';
import { type Check, type Exam, type Finding, remedy } from './check.js';

/** How large a feature is where it is not 0, so that rare features count as those that are always there. */
interface Feature {
  readonly index: number;
  readonly mean: number;
  readonly std: number;
  readonly size: number;
}

export function featuresOf(values: Float32Array, width: number): Feature[] {
  return Array.from({ length: width }, (_, index) => {
    const values_ = column(values, width, index);
    const { mean, std } = moments(values_);
    const nonzero = values_.filter((value) => value !== 0);
    return { index, mean, std, size: moments(nonzero).rms };
  });
}

/** The first layer with a kernel, if its input is what the data make it. */
export function firstKernelLayer(exam: Exam): { view: LayerView; next: LayerView | undefined } | undefined {
  const { layers } = exam.probe;
  const at = layers.findIndex(({ layer }) => kernelOf(layer));
  return at < 0 ? undefined : { view: layers[at], next: layers[at + 1] };
}

const normalizes = (view: LayerView | undefined): boolean =>
  view?.layer.kind === 'batchNormalization' || view?.layer.kind === 'layerNormalization';

export const inputs: Check = (exam) => {
  const constant = constantInputs(exam);
  if (constant.length > 0) return constant;
  const first = firstKernelLayer(exam);
  const kernel = first && kernelOf(first.view.layer);
  if (!first || !kernel) return [];
  const features = featuresOf(first.view.input, kernel.shape[0]).filter(
    ({ std, size }) => std > 0 && Number.isFinite(size),
  );
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
  if (first.view.activation !== 'relu' && normalizes(first.next)) return [];
  if (largest.size >= limit('largeFeature')) {
    return [
      unscaled(
        exam,
        evidence,
        `The inputs reach ${first.view.layer.name} with values around ${digits(largest.size)}. Weights are drawn for inputs around 1, so all sums start about ${digits(largest.size)} times too large, ` +
          'and since the gradient of a weight is the error times its input, each update is too large by the same factor: learning jumps about, saturates or diverges.',
      ),
    ];
  }
  if (largest.size <= limit('smallFeatures')) {
    return [
      unscaled(
        exam,
        evidence,
        `The inputs reach ${first.view.layer.name} with values of at most about ${digits(largest.size)}. What they add to the sums is next to nothing, and since the gradient of a weight is the error times its input, ` +
          'its weights hardly move: learning is very slow.',
      ),
    ];
  }
  if (Math.abs(offset.mean) >= 1 && Math.abs(offset.mean) / offset.std >= limit('featureOffset')) {
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
    layer: firstKernelLayer(exam)?.view.layer.name,
    severity,
    evidence,
    explanation,
    remedies: standardizing(exam),
  };
}

export function standardizing({ data: { x }, patient }: Exam) {
  const shape = `inputShape: [${patient.inputShape.join(', ')}]`;
  const { min, max } = moments(x.data);
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
  const features = featuresOf(Float32Array.from(x.data), width);
  const code =
    `const mean = ${listCode(features.map(({ mean }) => mean))};\nconst std = ${listCode(features.map(({ std }) => std || 1))};\n` +
    'x = x.map((row) => row.map((value, j) => (value - mean[j]) / std[j]));  // and the same for validation and prediction';
  return [remedy('standardize-inputs', code, why), norm];
}

/** Features that are the same in all examples say nothing. */
function constantInputs({ data: { x }, patient }: Exam): Finding[] {
  const size = sizeOf(x.shape);
  if (x.count < 2) return [];
  let constant = 0;
  for (let j = 0; j < size; j++) {
    const value = x.data[j];
    let i = 1;
    while (i < x.count && x.data[i * size + j] === value) i++;
    if (i === x.count) constant++;
  }
  const share = constant / size;
  if (share < limit('constantFeatures') || (share < 1 && x.count < 100)) return [];
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
