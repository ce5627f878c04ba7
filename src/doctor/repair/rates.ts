/** Treatments of the steps: how long they are, and who decides that. */
import { Adam } from '../../optimizers/adam.js';
import type { Optimizer, OptimizerConfig } from '../../optimizers/optimizer.js';
import type { Diagnosis } from '../diagnosis.js';
import type { Case, Tier, Treatment } from './treatment.js';

/** Rates that differ by less are tried once. */
const ALIKE = 1.5;

/** The optimizer with other settings. */
function remadeOptimizer(optimizer: Optimizer, changes: OptimizerConfig): Optimizer {
  const make = optimizer.constructor as new (config: OptimizerConfig) => Optimizer;
  return new make({ ...optimizer.config, ...changes });
}

/** Another learning rate. `scale`: how many times larger a treatment makes the gradients, which the rate makes up for. */
export function paced(
  { optimizer, learningRate }: Case,
  rate: number,
  scale = 1,
): Required<Pick<Treatment, 'optimizer' | 'haste'>> {
  return {
    optimizer: remadeOptimizer(optimizer, { learningRate: Number((rate / scale).toPrecision(2)) }),
    // Rounded: the rate in use is a float.
    haste: Number(Math.log10(rate / learningRate).toFixed(2)),
  };
}

/** Plain descent takes steps of the gradient's size; others bring them to a size of their own. */
export const isPlain = ({ optimizer }: Pick<Case, 'optimizer'>): boolean => optimizer.name === 'sgd';

/** With momentum, steps in one direction add up to 1/(1 − momentum) times their length. */
function momentumOf({ config }: Optimizer): number {
  const { momentum } = config as { readonly momentum?: number };
  return momentum ?? 0;
}

/** The highest rates that usually go well: plain descent takes longer steps than what adapts to each weight. */
const highest = ({ optimizer }: Case): number =>
  (optimizer.name === 'sgd' ? 0.1 : 0.01) * (1 - momentumOf(optimizer));

const distinct = (rates: readonly number[]): number[] =>
  rates.filter(
    (rate, i) => !rates.slice(0, i).some((other) => Math.abs(Math.log(rate / other)) < Math.log(ALIKE)),
  );

/** Rates below the one in use, from the highest usual one down; and the one that the diagnosis has found to go well. */
export const lower = (given: Case, found?: Diagnosis): Tier => {
  const top = Math.min(given.learningRate / 10, highest(given));
  const tried = Number(found?.evidence.triedInstead);
  const rates = [top, top / 10 ** 0.5, top / 10, top / 100];
  return distinct(tried < top ? [...rates, tried] : rates).map((rate) => ({
    remedy: 'lower-learning-rate',
    why: 'Shorter steps do not overshoot.',
    ...paced(given, rate),
  }));
};

export const raise = (given: Case): Tier =>
  [1, 3, 10, 100]
    .map((part) => highest(given) / part)
    .filter((rate) => rate > ALIKE * given.learningRate)
    .map((rate) => ({
      remedy: 'raise-learning-rate',
      why: 'Longer steps in the same direction get there in time.',
      optimizer: paced(given, rate).optimizer,
    }));

/** Where a rate that adapts to each weight is beyond what is usual, high or low. */
const unusual = (rate: number): boolean => rate >= 0.05 || rate <= 5e-5;

/**
 * A change of scale, of inputs, weights or loss, at the rate as it is and at those that usually suit: the rate was chosen
 * for another scale. `scale`: how many times larger the change makes the gradients.
 */
export const rescaled = (given: Case, treatment: Treatment, scale = 1): Tier => {
  const top = highest(given);
  const usual = isPlain(given)
    ? [top, top / 3, top / 10]
    : unusual(given.learningRate)
      ? [top, top / 10]
      : [];
  // A rate that is higher than usual is haste by itself.
  const most = Math.max(0, -paced(given, top).haste);
  return distinct([given.learningRate, ...usual]).map((rate) => {
    const { optimizer, haste } = paced(given, rate, scale);
    const hasty = Math.max(0, haste + most);
    return rate === given.learningRate && scale === 1
      ? { ...treatment, haste: hasty }
      : { ...treatment, optimizer, haste: hasty };
  });
};

export const clip = ({ optimizer, learningRate }: Case): Tier => [
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

export const adaptive = ({ optimizer }: Case): Tier =>
  optimizer instanceof Adam
    ? []
    : [1e-3, 1e-2].map((learningRate, haste) => ({
        remedy: 'change-optimizer',
        why: 'Adam gives each weight steps of a length that suits its gradients.',
        optimizer: new Adam({ learningRate }),
        haste,
      }));
