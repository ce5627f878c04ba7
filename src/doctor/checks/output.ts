/** The last activation and the loss: whether they belong together. */
import { sizeOf } from '../../graph/shape.js';
import { percent } from '../measure.js';
import { showRange } from '../range.js';
import { limit } from '../thresholds/index.js';
import { type Check, type Exam, type Finding, remedy } from './check.js';
import { changeOutput, outputLayer } from './targets.js';

const sparse = 'sparseCategoricalCrossentropy';
const categorical = 'categoricalCrossentropy';
const binary = 'binaryCrossentropy';

export const changeLoss = (name: string, config: string, why: string) =>
  remedy('change-loss', `loss: losses.${name}(${config}),  // in compile`, why);

type Told = Pick<Finding, 'severity' | 'explanation' | 'remedies'>;

export const output: Check = (exam) => {
  const {
    loss,
    anatomy: { range },
  } = exam;
  const { layer, activation } = outputLayer(exam);
  const units = sizeOf(exam.patient.outputShape.slice(-1));
  const told = mismatch(exam, {
    activation,
    units,
    loss: loss?.name ?? '',
    fromLogits: loss?.fromLogits === true,
  });
  if (!told) return [];
  const evidence = {
    activation: activation === 'add' || activation === 'matmul' ? 'linear' : activation,
    units,
    loss: loss?.name ?? 'custom',
    fromLogits: String(loss?.fromLogits ?? false),
    outputLow: range.low,
    outputHigh: range.high,
  };
  return [{ problem: 'loss-activation-mismatch', layer: layer.name, evidence, ...told }];
};

interface Setup {
  readonly activation: string;
  readonly units: number;
  readonly loss: string;
  readonly fromLogits: boolean;
}

function mismatch(exam: Exam, setup: Setup): Told | undefined {
  const { activation, units, loss, fromLogits } = setup;
  const cross = [sparse, categorical, binary].includes(loss);
  if (activation === 'softmax' && units === 1) return oneUnitSoftmax(exam);
  if (units === 1 && (loss === categorical || loss === sparse)) return oneClass(exam, setup);
  if (cross && fromLogits) return notLogits(exam, setup);
  if (cross) return notProbability(exam, setup);
  if (activation === 'softmax' && ['meanSquaredError', 'meanAbsoluteError', 'huber'].includes(loss))
    return softmaxRegression(exam, setup);
  return undefined;
}

function oneUnitSoftmax(exam: Exam): Told {
  return {
    severity: 'error',
    explanation:
      'A softmax divides each unit by the sum of all; with a single unit that is always exactly 1, whatever the input. ' +
      'Its slope is 0, so by the chain rule every gradient in the network is 0 and nothing is ever learned.',
    remedies: [
      changeOutput(
        exam,
        'sigmoid',
        'A sigmoid gives one probability by itself, as two classes need; with losses.binaryCrossentropy().',
      ),
    ],
  };
}

function oneClass(exam: Exam, { loss }: Setup): Told {
  return {
    severity: 'error',
    explanation:
      `${loss} compares the units with each other, and there is only one: its share is always 1. ` +
      'The loss does not depend on the weights, so there is no gradient to learn from.',
    remedies: [
      changeLoss(binary, '', 'One unit with a sigmoid and binary cross-entropy tells two classes apart.'),
      changeOutput(exam, 'sigmoid', 'Gives the probability that binary cross-entropy reads.'),
    ],
  };
}

/** fromLogits: true on something that has been bounded already. */
function notLogits(exam: Exam, { activation, loss }: Setup): Told | undefined {
  const { range } = exam.anatomy;
  if (
    activation === 'logSoftmax' ||
    (range.low === Number.NEGATIVE_INFINITY && range.high === Number.POSITIVE_INFINITY)
  )
    return undefined;
  const inner = loss === binary ? 'sigmoid' : 'softmax';
  const twice =
    activation === inner || (activation === 'softmax' && loss !== binary) || activation === 'sigmoid';
  const leave = changeOutput(
    exam,
    'linear',
    `The loss applies the ${inner} itself, more exactly than a layer can.`,
  );
  if (twice) {
    return {
      severity: 'warning',
      explanation:
        `With fromLogits: true the loss applies a ${inner} itself, and the last layer has applied ${activation === inner ? 'one' : `a ${activation}`} already. ` +
        `Numbers ${showRange(range)} put through a ${inner} can never become a clear yes or no, so the loss keeps a floor far above 0 and the gradient passes two flat curves one after the other.`,
      remedies: [
        changeLoss(loss, '', 'The loss then reads the outputs as the probabilities they are.'),
        leave,
      ],
    };
  }
  return {
    severity: activation === 'relu' || activation === 'relu6' ? 'error' : 'warning',
    explanation:
      `The loss reads the outputs as logits, which must be free to take any value, but ${activation} only gives ${showRange(range)}. ` +
      (range.low === 0
        ? 'A logit below 0, "surely not this class", cannot be said, and where the sum is below 0 no gradient flows back at all.'
        : 'So the network can never be very sure of anything, and the loss keeps a floor.'),
    remedies: [leave],
  };
}

/** A loss of probabilities on something else. */
function notProbability(exam: Exam, { activation, units, loss }: Setup): Told | undefined {
  const { range } = exam.anatomy;
  const isBinary = loss === binary;
  if (!isBinary && ['softmax', 'exp', 'softplus'].includes(activation)) return undefined;
  if (isBinary && activation === 'softmax') return softmaxBinary(exam, units);
  if (!isBinary && activation === 'softmax') return undefined;
  if (range.low >= 0 && range.high <= 1) return isBinary ? undefined : sigmoidCategorical(exam, loss);
  const right = isBinary ? 'sigmoid' : 'softmax';
  const shown = activation === 'add' || activation === 'matmul' ? 'no activation' : activation;
  return {
    severity: 'error',
    explanation:
      `${loss} takes the logarithm of probabilities, but the last layer has ${shown} and gives ${showRange(range)}. ` +
      'Values outside of 0 to 1 are clipped before the logarithm, and where clipping holds the slope is 0: those examples send no gradient back, and the network gets stuck in nonsense.',
    remedies: [
      changeOutput(exam, right, `A ${right} makes probabilities of any numbers.`),
      ...(range.low === Number.NEGATIVE_INFINITY
        ? [
            changeLoss(
              loss,
              '{ fromLogits: true }',
              `The loss then applies the ${right} itself, more exactly.`,
            ),
          ]
        : []),
    ],
  };
}

/** Rows of targets with exactly one 1. */
export function oneHotShare(data: ArrayLike<number>, units: number): number {
  let oneHot = 0;
  const rows = data.length / units;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < units; j++) sum += data[i * units + j];
    if (Math.abs(sum - 1) < 1e-3) oneHot++;
  }
  return oneHot / rows;
}

function softmaxBinary(exam: Exam, units: number): Told {
  const share = oneHotShare(exam.data.y.data, units);
  const several = share < limit('oneHotRows');
  return {
    // Of two units the one is what the other leaves: both losses are then the same.
    severity: several ? 'error' : units === 2 ? 'note' : 'warning',
    explanation: several
      ? `The units of a softmax share one whole between them, but ${percent(1 - share)} of the targets do not add up to 1: more than one may be true, or none. No output can meet such a target.`
      : 'A softmax lets exactly one class be true; binary cross-entropy asks each unit by itself for yes or no. ' +
        (units === 2
          ? 'With two units that comes to the same; with more the two do not cancel as softmax and categorical cross-entropy do.'
          : 'The two do not cancel as softmax and categorical cross-entropy do, so the gradient fades where the network is surely wrong, and loss and accuracy mean something else than they seem.'),
    remedies: several
      ? [changeOutput(exam, 'sigmoid', 'A sigmoid for each unit answers each question by itself.')]
      : [
          changeLoss(
            categorical,
            '',
            'The loss that belongs to a softmax: its gradient is simply prediction minus target.',
          ),
          changeOutput(exam, 'sigmoid', 'If several classes can be true at once.'),
        ],
  };
}

function sigmoidCategorical(exam: Exam, loss: string): Told {
  return {
    severity: 'warning',
    explanation:
      `${loss} takes one class to be true and reads the outputs as its probabilities, but units with a sigmoid each answer by themselves and do not add up to 1. ` +
      'The loss divides by their sum first, so only their proportions are taught: all of them may drift up into saturation, or down to 0, unpunished.',
    remedies: [
      changeOutput(exam, 'softmax', 'The classes then share one whole.'),
      changeLoss(
        binary,
        '',
        'If several classes can be true at once; targets must then be a 0 or 1 for each unit.',
      ),
    ],
  };
}

function softmaxRegression(exam: Exam, { loss, units }: Setup): Told | undefined {
  const oneHot = oneHotShare(exam.data.y.data, units) >= limit('oneHotRows');
  if (!oneHot) return undefined;
  return {
    severity: 'warning',
    explanation:
      `${loss} on a softmax is nearly flat exactly where the network is surely wrong: the chain rule multiplies the error by the slope p·(1 − p), which is 0 at both ends. ` +
      'Such examples teach nothing. With categorical cross-entropy that slope cancels, and the gradient is simply prediction minus target.',
    remedies: [
      changeLoss(
        categorical,
        '',
        'Its gradient at the logits is prediction minus target, large where the error is large.',
      ),
    ],
  };
}
