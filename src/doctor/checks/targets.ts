/** Targets: whether the output can reach them, and whether their size suits the loss. */

import type { Stage } from '../anatomy.js';
import { layerCode } from '../code.js';
import { beside, digits, moments, percent } from '../measure.js';
import { showRange } from '../range.js';
import { limit } from '../thresholds/index.js';
import type { Work } from '../work.js';
import { type Check, type Exam, type Finding, isRegression, remedy } from './check.js';

/** Whether the output can reach them. */
export const reach: Check = (exam) => (isRegression(exam.loss) ? unreachable(exam) : []);

/** Whether their size holds training up; tries some updates where they are large. */
export const targetScale: Check = (exam) =>
  isRegression(exam.loss) && !exam.found.some(({ problem }) => problem === 'target-range-mismatch')
    ? scale(exam)
    : [];

/** The last layer that has an activation of its own, for remedies. */
export const outputLayer = ({ anatomy: { stages } }: Exam): Stage => stages[stages.length - 1];

/** `layer.config.activation`, where it is a name. */
const named = (exam: Exam): boolean => outputLayer(exam).layer.kind === 'dense';

export function changeOutput(exam: Exam, activation: string, why: string) {
  const { layer } = outputLayer(exam);
  const without = activation === 'linear';
  const code = named(exam)
    ? `${layerCode(layer, { activation: without ? undefined : activation })},  // the last layer${without ? ', without activation' : ''}`
    : without
      ? `// leave out ${layerCode(layer)}`
      : `layers.activation({ activation: '${activation}' }),  // instead of ${layer.name}`;
  return remedy('change-output-activation', code, why);
}

function unreachable(exam: Exam): Finding[] {
  const {
    data: { y },
    anatomy: { range },
  } = exam;
  const slack = 1e-5 * Math.max(1, Number.isFinite(range.high - range.low) ? range.high - range.low : 1);
  let [outside, floor] = [0, 0];
  for (const target of y.data) {
    const gap = Math.max(range.low - target, target - range.high, 0);
    if (gap > slack) outside++;
    floor += gap * gap;
  }
  const share = outside / y.data.length;
  if (share < limit('unreachableTargets')) return [];
  const { min, max } = moments(y.data);
  const { layer, activation } = outputLayer(exam);
  const wanted =
    min >= -1 && max <= 1 && range.low >= 0
      ? [changeOutput(exam, 'tanh', 'tanh gives −1 to 1, as the targets are.')]
      : [];
  const rescale =
    Number.isFinite(range.low) && Number.isFinite(range.high)
      ? [
          remedy(
            'scale-targets',
            `y = y.map((t) => ${digits(range.low)} + (t - ${digits(min)}) * ${digits((range.high - range.low) / (max - min))});`,
            `Brings the targets into ${showRange(range)}; undo it on predictions.`,
          ),
        ]
      : [];
  const width =
    range.low > 0 || range.high < 0
      ? ''
      : ' stay pinned at its edge, where the slope is (nearly) 0 and no gradient flows back';
  return [
    {
      problem: 'target-range-mismatch',
      layer: layer.name,
      severity: share > limit('mostlyUnreachable') ? 'error' : 'warning',
      evidence: {
        outputLow: range.low,
        outputHigh: range.high,
        targetMin: min,
        targetMax: max,
        shareOutside: share,
        lossFloor: floor / y.data.length,
      },
      explanation:
        `${layer.name} ends in ${activation}, which can only give ${showRange(range)}, but the targets go from ${digits(min)} to ${digits(max)}: ${percent(share)} of them can never be reached. ` +
        `However long it trains, a mean squared error of ${digits(floor / y.data.length)} remains, and the outputs for those examples${width || ' never arrive'}.`,
      remedies: [
        changeOutput(exam, 'linear', 'Without activation the output can be any number, as regression needs.'),
        ...wanted,
        ...rescale,
      ],
    },
  ];
}

function* scale(exam: Exam): Work<Finding[]> {
  const {
    data: { y },
  } = exam;
  const { mean, std, rms } = moments(y.data);
  if (rms < limit('largeTargets')) return [];
  // A last layer may bring answers near 1 to the size of the targets.
  const answers = moments(exam.probe.layers[exam.probe.layers.length - 1].output);
  if (rms < limit('largeTargets') * answers.rms) return [];
  const trial = yield* exam.trial();
  const left = trial.end / trial.start;
  if (left <= limit('slowTrial')) return [];
  // The same updates towards targets of mean 0 and spread 1: only if that goes far better are the targets to blame.
  const scaled = yield* exam.retry({
    data: ({ x, y: t }) => ({
      x,
      y: { ...t, data: Float32Array.from(t.data, (v) => (v - mean) / (std || 1)) },
    }),
  });
  const leftScaled = scaled.end / scaled.start;
  // Huge targets that hardly anything is taken off are to blame if scaled ones do better at all.
  const farAway = rms >= limit('hugeTargets') && left > limit('farTrial');
  const enough = farAway ? limit('farTrial') : 2 * limit('slowTrial');
  if (!(leftScaled < (Number.isFinite(left) ? Math.min(left, 1) * enough : 1))) return [];
  const grows = !(left <= 1);
  return [
    {
      problem: 'target-range-mismatch',
      layer: outputLayer(exam).layer.name,
      severity: grows ? 'error' : 'warning',
      evidence: {
        targetMean: mean,
        targetStd: std,
        targetSize: rms,
        updatesTried: trial.losses.length,
        lossLeft: left,
        lossLeftIfScaled: leftScaled,
      },
      explanation:
        `The targets are around ${digits(rms)} in size, while a fresh network answers with numbers around 1. ` +
        (grows
          ? `The error enters every gradient as a factor, so the updates overshoot: ${trial.losses.length} updates on a few batches took their loss from ${digits(trial.start)} to ${digits(trial.end)}. `
          : `The last layer first has to grow by that factor, in steps of the learning rate: ${trial.losses.length} updates on a few batches took only ${percent(1 - left)} off their loss. `) +
        `With targets of mean 0 and spread 1 the same updates took ${percent(1 - leftScaled)} off.`,
      remedies: [
        remedy(
          'scale-targets',
          `y = y.map((t) => (t - ${beside(mean, std)}) / ${digits(std || 1)});  // predictions: p * ${digits(std || 1)} + ${beside(mean, std)}`,
          'Targets of mean 0 and spread 1 are near what the network gives at the start.',
        ),
        ...(grows
          ? []
          : [
              remedy(
                'raise-learning-rate',
                `net.learningRate = ${digits(exam.patient.learningRate * 10)};`,
                'Larger steps reach large targets sooner.',
              ),
            ]),
      ],
    },
  ];
}
