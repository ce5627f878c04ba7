/** What may be done about each problem: the changes themselves, tier by tier, the cheapest and surest first. */
import { sizeOf } from '../../graph/shape.js';
import { binaryCrossentropy } from '../../losses/binaryCrossentropy.js';
import { categoricalCrossentropy } from '../../losses/categoricalCrossentropy.js';
import type { Loss } from '../../losses/loss.js';
import { sparseCategoricalCrossentropy } from '../../losses/sparseCategoricalCrossentropy.js';
import type { Diagnosis, Problem } from '../diagnosis.js';
import { normalized, reinitialized, stagesOf, withActivations, withDropout, withOutput } from './anatomy.js';
import { adaptive, clip, isPlain, lower, paced, raise, rescaled } from './rates.js';
import { reachTargets, scaling, standardize } from './scaling.js';
import { isOneHot, taskOf } from './score.js';
import type { Case, Tier, Treatment } from './treatment.js';

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
    ...paced(given, (given.learningRate * DEEP) / stagesOf(given.layers).length),
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
  return rescaled(given, {
    remedy: 'reinitialize-weights',
    why: 'Kernels whose size follows from their shape keep signals at their size through the layers.',
    layers: next,
    drawn: next,
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
  return isPlain(given) ? [...other, { ...gentle(given), ...paced(given, 10 * given.learningRate) }] : other;
};
const alive = (given: Case): Tier => (isDeep(given) ? [gentle(given)] : [leaky(given), gentle(given)]);

const calm = (given: Case, found: Diagnosis): Tier[] => [
  lower(given, found),
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
  'non-finite': (given, found) => [
    ...scaling(given),
    lower(given, found),
    clip(given),
    redraw(given),
    freed(given),
    norm(given),
  ],
  'exploding-gradient': (given, found) => [
    ...scaling(given),
    freed(given),
    lower(given, found),
    redraw(given),
    norm(given),
    clip(given),
  ],
  'vanishing-gradient': (given) => [
    given.trained ? lower(given) : [],
    ...scaling(given),
    freed(given),
    norm(given),
    adaptive(given),
  ],
  'saturated-activation': (given, found) => [
    ...scaling(given),
    redraw(given),
    lower(given, found),
    freed(given),
    norm(given),
  ],
  'dead-relu': (given, found) =>
    given.trained || found.remedies[0]?.remedy === 'lower-learning-rate'
      ? [lower(given, found), ...scaling(given), alive(given), norm(given)]
      : [...scaling(given), alive(given), norm(given)],
};

/** The tiers for a problem; none where only the user can help, as with wrong labels. What would throw away what was learned comes last. */
export function treatmentsFor(given: Case, found: Diagnosis): readonly Tier[] {
  const tiers = (treatments[found.problem]?.(given, found) ?? []).filter((tier) => tier.length > 0);
  const anew = (tier: Tier): boolean => given.trained && tier.some(({ drawn }) => drawn);
  return [...tiers.filter((tier) => !anew(tier)), ...tiers.filter(anew)];
}
