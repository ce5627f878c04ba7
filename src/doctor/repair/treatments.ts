/** What may be done about each problem: the changes themselves, tier by tier, the cheapest and surest first. */

import type { Shape } from '../../graph/shape.js';
import { sizeOf } from '../../graph/shape.js';
import type { Layer } from '../../layers/layer.js';
import { Normalization } from '../../layers/normalization.js';
import { Rescaling } from '../../layers/rescaling.js';
import { binaryCrossentropy } from '../../losses/binaryCrossentropy.js';
import { categoricalCrossentropy } from '../../losses/categoricalCrossentropy.js';
import type { Loss } from '../../losses/loss.js';
import { sparseCategoricalCrossentropy } from '../../losses/sparseCategoricalCrossentropy.js';
import { Adam } from '../../optimizers/adam.js';
import type { Optimizer, OptimizerConfig } from '../../optimizers/optimizer.js';
import { featuresOf } from '../checks/inputs.js';
import type { Diagnosis, Problem, RemedyKind } from '../diagnosis.js';
import { column, moments } from '../measure.js';
import type { Data } from '../patient.js';
import {
  freeName,
  normalized,
  reinitialized,
  replaced,
  stagesOf,
  withActivations,
  withDropout,
  withOutput,
} from './anatomy.js';
import { isOneHot, taskOf } from './score.js';

/** The model as treatments see it. */
export interface Case {
  readonly layers: readonly Layer[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly loss: Loss | undefined;
  readonly optimizer: Optimizer;
  /** The rate in use, whatever the optimizer began with. */
  readonly learningRate: number;
  /** The training data. */
  readonly data: Data;
}

/** A change that may help. What is not given stays as it is. */
export interface Treatment {
  readonly remedy: RemedyKind;
  readonly why: string;
  readonly layers?: readonly Layer[];
  readonly optimizer?: Optimizer;
  readonly loss?: Loss;
  /** Layers whose weights are drawn anew rather than carried over. */
  readonly drawn?: readonly Layer[];
  /** Goes with the structure itself, so that a short run need only show that it does no harm. */
  readonly sure?: boolean;
  /** Powers of ten by which steps are longer than before. Short runs flatter haste: the calmest of those that do about equally well is taken. */
  readonly haste?: number;
}

/** Alternatives that cost about the same: the best of a tier is taken, and the next tier only if none helps. */
export type Tier = readonly Treatment[];

const rounded = (value: number): number => Number(value.toPrecision(2));

/** The optimizer with other settings. */
function remadeOptimizer(optimizer: Optimizer, changes: OptimizerConfig): Optimizer {
  const make = optimizer.constructor as new (config: OptimizerConfig) => Optimizer;
  return new make({ ...optimizer.config, ...changes });
}

/** The learning rate times 10 ** haste. */
function paced({ optimizer, learningRate }: Case, haste: number): Pick<Treatment, 'optimizer' | 'haste'> {
  return {
    optimizer: remadeOptimizer(optimizer, { learningRate: rounded(learningRate * 10 ** haste) }),
    haste,
  };
}

const lower = (given: Case): Tier =>
  [-1, -1.5, -2, -3].map((haste) => ({
    remedy: 'lower-learning-rate',
    why: 'Shorter steps do not overshoot.',
    ...paced(given, haste),
  }));

/** The highest rates that usually go well: plain descent takes longer steps than what adapts to each weight. */
const highest = ({ optimizer }: Case): number => (optimizer.name === 'sgd' ? 0.1 : 0.01);

const raise = (given: Case): Tier =>
  [1, 3, 10, 100]
    .map((part) => highest(given) / part)
    .filter((rate) => rate > 1.5 * given.learningRate)
    .map((learningRate) => ({
      remedy: 'raise-learning-rate',
      why: 'Longer steps in the same direction get there in time.',
      optimizer: remadeOptimizer(given.optimizer, { learningRate: rounded(learningRate) }),
    }));

/** From here on a rate that adapts to each weight is high. */
const HIGH_RATE = 0.05;

/** A change of scale, of inputs or of the loss, at the rate as it is and at those that may suit the new scale. */
const rescaled = (given: Case, treatment: Treatment): Tier => {
  const plain = given.optimizer.name === 'sgd';
  const others = plain ? [-1, 0.5, 1] : given.learningRate >= HIGH_RATE ? [-1] : [];
  return [
    treatment,
    ...others.map((haste) => ({ ...treatment, ...paced(given, haste), haste: Math.max(0, haste) })),
  ];
};

const clip = ({ optimizer, learningRate }: Case): Tier => [
  {
    remedy: 'clip-gradients',
    why: 'One exceptional batch then cannot throw the weights far away.',
    optimizer: remadeOptimizer(optimizer, {
      learningRate,
      clipnorm: undefined,
      clipvalue: undefined,
      globalClipnorm: 1,
    }),
  },
];

const adaptive = ({ optimizer }: Case): Tier =>
  optimizer instanceof Adam
    ? []
    : [
        {
          remedy: 'change-optimizer',
          why: 'Adam gives each weight steps of a length that suits its gradients.',
          optimizer: new Adam({ learningRate: 1e-3 }),
        },
      ];

/** From here on a stack is deep enough for standard weights to lose the signal. */
const DEEP = 6;
const VERY_DEEP = 20;

/** Units that are never wholly off and whose slope is mostly near 1; with orthogonal kernels nothing is lost from layer to layer. */
const gentle = (given: Case): Treatment => {
  const next = withActivations(given.layers, 'elu', 'orthogonal');
  return {
    remedy: 'use-leaky-relu',
    why: 'An ELU is a ReLU that also lets something through below 0, and orthogonal kernels neither shrink nor stretch, so signal and gradient keep their size however many layers there are.',
    layers: next,
    drawn: next,
  };
};

/** For the deepest: signals find their way back to mean 0 and spread 1 from layer to layer, and the more layers move together, the shorter the steps. */
const steady = (given: Case): Treatment => {
  const next = withActivations(given.layers, 'selu', 'orthogonal');
  return {
    remedy: 'use-leaky-relu',
    why: 'A SELU is a ReLU that also lets something through below 0 and brings signals back to mean 0 and spread 1 from layer to layer; shorter steps, since so many layers add up.',
    layers: next,
    drawn: next,
    ...paced(given, Math.log10(DEEP / stagesOf(given.layers).length)),
  };
};

const relu = (given: Case): Treatment => {
  const next = withActivations(given.layers, 'relu', 'heUniform');
  return {
    remedy: 'use-relu',
    why: 'A ReLU has slope 1 wherever it is active, and He-initialized kernels keep signals at their size.',
    layers: next,
    drawn: next,
  };
};

const leaky = (given: Case): Treatment => {
  const next = withActivations(given.layers, 'leakyRelu', 'heUniform');
  return {
    remedy: 'use-leaky-relu',
    why: 'A leaky ReLU keeps a small slope below 0, so that no unit can die.',
    layers: next,
    drawn: next,
  };
};

const norm = (given: Case): Tier => {
  const next = normalized(given.layers);
  if (next.length === given.layers.length) return [];
  return [
    {
      remedy: 'add-batch-normalization',
      why: 'It brings the sums of every layer back to mean 0 and spread 1.',
      layers: next,
    },
  ];
};

/** Standard weights: those that are the default, but for deep stacks of ReLU those made for it. */
const redraw = (given: Case): Tier => {
  const rectified = given.layers.some(({ kind, config }) =>
    /relu/i.test(`${kind} ${activationName(config)}`),
  );
  const next = reinitialized(given.layers, isDeep(given) && rectified ? 'heUniform' : 'glorotUniform');
  return [
    {
      remedy: 'reinitialize-weights',
      why: 'Kernels whose size follows from their shape keep signals at their size through the layers.',
      layers: next,
      drawn: next,
      sure: true,
    },
  ];
};

/** Standardization as a layer of the model, so that predictions need nothing else. */
const standardize = (given: Case): Tier => {
  const { layers, data, inputShape } = given;
  const at = layers.findIndex(({ kind }) => kind !== 'flatten' && kind !== 'reshape');
  if (at < 0 || layers[at].kind === 'normalization') return [];
  const { x } = data;
  const before = at === 0 ? { inputShape } : {};
  const { min, max } = moments(x.data);
  if (x.data instanceof Uint8Array || (min >= 0 && max <= 255 && max > 25 && sizeOf(x.shape) >= 64)) {
    const name = freeName(layers, 'rescaling');
    const first = new Rescaling({ scale: 1 / 255, name, ...before });
    return [
      {
        remedy: 'standardize-inputs',
        why: 'Bytes become numbers from 0 to 1, which is what initializers and learning rates are made for.',
        layers: replaced(layers, at, first, layers[at]),
        sure: true,
      },
    ];
  }
  const width = x.shape[x.shape.length - 1] ?? 1;
  const features = featuresOf(Float32Array.from(x.data), width);
  const digits = (value: number) => Number(value.toPrecision(8));
  const first = new Normalization({
    mean: features.map(({ mean }) => digits(mean)),
    // What never changes is left at its size.
    variance: features.map(({ std }) => digits(std ** 2) || 1),
    name: freeName(layers, 'normalization'),
    ...before,
  });
  return rescaled(given, {
    remedy: 'standardize-inputs',
    why: 'Features of mean 0 and spread 1 are what initializers and learning rates are made for. As a layer it also serves predictions.',
    layers: replaced(layers, at, first, layers[at]),
    sure: true,
  });
};

/** The pair of output activation and loss that the targets ask for. */
const rightOutput = (given: Case): Tier => {
  const { layers, loss, data, outputShape } = given;
  const units = sizeOf(outputShape.slice(-1));
  const task = taskOf(data.y, loss);
  if (!task || !loss) return [];
  const changed = (activation: Parameters<typeof withOutput>[1], other?: Loss): Treatment[] => {
    const next = withOutput(layers, activation);
    return next
      ? [
          {
            remedy: 'change-output-activation',
            why: 'Output and loss then belong together.',
            layers: next,
            sure: true,
            ...(other && { loss: other }),
          },
        ]
      : [];
  };
  const lossOnly = (other: Loss, why: string): Treatment => ({
    remedy: 'change-loss',
    why,
    loss: other,
    sure: true,
  });
  if (task === 'answers' || units === 1) {
    if (task === 'numbers') return changed(undefined);
    const last = layers[layers.length - 1];
    const activation = stagesOf(layers).at(-1)?.dense.config.activation;
    if (
      loss.name === 'binaryCrossentropy' &&
      loss.fromLogits &&
      activation === 'sigmoid' &&
      last.kind === 'dense'
    )
      return [
        lossOnly(binaryCrossentropy(), 'The loss then reads the outputs as the probabilities they are.'),
      ];
    return changed(
      'sigmoid',
      loss.name === 'binaryCrossentropy' && !loss.fromLogits ? undefined : binaryCrossentropy(),
    );
  }
  const proper = isOneHot(data.y) ? categoricalCrossentropy() : sparseCategoricalCrossentropy();
  const probabilities =
    layers.at(-1)?.kind === 'softmax' || stagesOf(layers).at(-1)?.dense.config.activation === 'softmax';
  if (probabilities)
    return [
      lossOnly(
        proper,
        'Its gradient at the outputs is simply prediction minus target, large where the error is.',
      ),
    ];
  return changed('softmax', loss.name === proper.name && !loss.fromLogits ? undefined : proper);
};

/** Outputs brought to where the targets are: by another activation, or by a last layer that scales. */
const reachTargets = (given: Case): Tier => {
  const {
    layers,
    data: { y },
    learningRate,
    optimizer,
    loss,
  } = given;
  const { min, max, std, mean } = moments(y.data);
  const output = stagesOf(layers).at(-1);
  const bounded = output?.activated ?? false;
  const change = (activation: 'tanh' | undefined, why: string): Treatment[] => {
    const next = withOutput(layers, activation);
    return next ? [{ remedy: 'change-output-activation', why, layers: next, sure: true }] : [];
  };
  if (bounded) {
    return min >= -1 && max <= 1
      ? change('tanh', 'tanh gives −1 to 1, as the targets are.')
      : change(undefined, 'Without activation the output can be any number, as regression needs.');
  }
  const width = Math.max(1, y.data.length / y.count);
  const columns = Array.from({ length: width }, (_, j) => moments(column(y.data, width, j)));
  const digits = (value: number) => Number(value.toPrecision(8));
  const last = new Normalization({
    mean: columns.map((of) => digits(of.mean)),
    variance: columns.map((of) => digits(of.std ** 2) || 1),
    invert: true,
    name: freeName(layers, 'normalization'),
  });
  // The layer multiplies gradients by the spread, and squared errors grow with it once more.
  const power = loss?.name === 'meanSquaredError' ? 2 : 1;
  const plain = optimizer.name === 'sgd';
  return [
    {
      remedy: 'scale-targets',
      why: `The network then learns numbers near 1, and a last layer brings them to the targets' size (mean ${digits(mean)}, spread ${digits(std)}); data and predictions stay as they are.`,
      layers: [...layers, last],
      sure: true,
      ...(plain && {
        optimizer: remadeOptimizer(optimizer, {
          learningRate: Number((learningRate / std ** power).toPrecision(2)),
        }),
      }),
    },
  ];
};

const lessDropout = (given: Case): Tier =>
  [0.2, 0].map((most) => ({
    remedy: 'lower-dropout' as const,
    why: most > 0 ? 'Most of the signal then comes through.' : 'The whole signal then comes through.',
    layers: withDropout(given.layers, most),
    sure: true,
  }));

const activationName = (config: object): unknown => ('activation' in config ? config.activation : '');

const isDeep = ({ layers }: Case): boolean => stagesOf(layers).length > DEEP;

const freed = (given: Case): Tier => {
  const layers = stagesOf(given.layers).length;
  const other =
    layers > VERY_DEEP
      ? [steady(given), gentle(given)]
      : isDeep(given)
        ? [gentle(given)]
        : [relu(given), gentle(given)];
  // Rates that plain descent needs for sums that hardly move are low for those that do, and the other way round.
  return given.optimizer.name === 'sgd' ? [...other, { ...gentle(given), ...paced(given, 1) }] : other;
};
const alive = (given: Case): Tier => (isDeep(given) ? [gentle(given)] : [leaky(given), gentle(given)]);

/** Inputs and targets that are not near 1 but not so far off as to be diagnosed: to blame for much that shows later. */
const scaling = (given: Case): Tier[] => {
  const { data, layers, loss } = given;
  const size = moments(data.y.data).rms;
  const numbers = taskOf(data.y, loss) === 'numbers' && !stagesOf(layers).at(-1)?.activated;
  const rescales = layers.at(-1)?.kind === 'normalization';
  const input = moments(data.x.data).rms;
  const tiers = [
    numbers && !rescales && size > LARGE ? reachTargets(given) : [],
    input > LARGE || input < 1 / LARGE ? standardize(given) : [],
  ];
  return tiers.map((tier) => tier.map((treatment) => ({ ...treatment, sure: false })));
};
/** What initializers and learning rates are made for lies within this factor of 1. */
const LARGE = 3;

const calm = (given: Case): Tier[] => [
  lower(given),
  ...scaling(given),
  clip(given),
  adaptive(given),
  norm(given),
  alive(given),
];

const treatments: Readonly<Partial<Record<Problem, (given: Case, found: Diagnosis) => readonly Tier[]>>> = {
  'unscaled-inputs': (given) => [standardize(given)],
  'loss-activation-mismatch': (given) => [
    rightOutput(given).flatMap((treatment) => rescaled(given, treatment)),
  ],
  'target-range-mismatch': (given) => [reachTargets(given)],
  'poor-initialization': (given) => [redraw(given), freed(given)],
  'too-much-dropout': (given) => [lessDropout(given)],
  'learning-rate-too-high': calm,
  'learning-rate-too-low': (given) => [raise(given), ...scaling(given), adaptive(given)],
  'slow-convergence': (given) => [raise(given), ...scaling(given), adaptive(given)],
  'diverging-loss': calm,
  'oscillating-loss': calm,
  'non-finite': (given) => [
    ...scaling(given),
    lower(given),
    clip(given),
    redraw(given),
    freed(given),
    norm(given),
  ],
  'exploding-gradient': (given) => [
    ...scaling(given),
    freed(given),
    lower(given),
    redraw(given),
    norm(given),
    clip(given),
  ],
  'vanishing-gradient': (given) => [...scaling(given), freed(given), norm(given), adaptive(given)],
  'saturated-activation': (given) => [
    ...scaling(given),
    redraw(given),
    lower(given),
    freed(given),
    norm(given),
  ],
  'dead-relu': (given, { remedies }) =>
    remedies[0]?.remedy === 'lower-learning-rate'
      ? [lower(given), ...scaling(given), alive(given), norm(given)]
      : [...scaling(given), alive(given), norm(given)],
};

/** The tiers for a problem; none where only the user can help, as with wrong labels. */
export const treatmentsFor = (given: Case, found: Diagnosis): readonly Tier[] =>
  (treatments[found.problem]?.(given, found) ?? []).filter((tier) => tier.length > 0);
