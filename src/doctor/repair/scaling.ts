/** Treatments of scale: inputs and targets brought near 1 by layers of the model, so that predictions need nothing else. */
import { sizeOf } from '../../graph/shape.js';
import type { Layer } from '../../layers/layer.js';
import { Normalization } from '../../layers/normalization.js';
import { Rescaling } from '../../layers/rescaling.js';
import { featuresOf } from '../checks/inputs.js';
import { column, moments } from '../measure.js';
import { freeName, replaced, stagesOf, withOutput } from './anatomy.js';
import { isPlain, rescaled } from './rates.js';
import { taskOf } from './score.js';
import type { Case, Tier, Treatment } from './treatment.js';

/** What initializers and learning rates are made for lies within this factor of 1. */
const LARGE = 3;
/** Spreads whose squares a float holds, and that the smallest deviation of layers.normalization does not cover. */
const SQUARABLE = [1e-6, 1e18];

const digits = (value: number): number => Number(value.toPrecision(8));

/** Inputs of mean 0 and spread 1; where the targets are far from that too, both together as well: one alone may not get anywhere. */
export const standardize = (given: Case): Tier => {
  const first = standardized(given);
  if (!first) return [];
  const both = targetsOff(given) ? scaledTargets(given, first.layers) : undefined;
  if (!both) return rescaled(given, first);
  const why = `${first.why} ${both.treatment.why}`;
  return [first, ...rescaled(given, { ...first, why, layers: both.treatment.layers }, both.scale)];
};

type Layered = Treatment & Required<Pick<Treatment, 'layers'>>;

function standardized({ layers, data: { x }, inputShape }: Case): Layered | undefined {
  const at = layers.findIndex(({ kind }) => kind !== 'flatten' && kind !== 'reshape');
  if (at < 0 || layers[at].kind === 'normalization') return undefined;
  const before = at === 0 ? { inputShape } : {};
  const treated = (why: string, ...first: Layer[]): Layered => ({
    remedy: 'standardize-inputs',
    why,
    layers: replaced(layers, at, ...first, layers[at]),
    sure: true,
  });
  const { min, max } = moments(x.data);
  if (x.data instanceof Uint8Array || (min >= 0 && max <= 255 && max > 25 && sizeOf(x.shape) >= 64)) {
    return treated(
      'Bytes become numbers from 0 to 1, which is what initializers and learning rates are made for.',
      new Rescaling({ scale: 1 / 255, name: freeName(layers, 'rescaling'), ...before }),
    );
  }
  const features = featuresOf(Float32Array.from(x.data), x.shape[x.shape.length - 1] ?? 1);
  const spread = Math.max(...features.map(({ std }) => std));
  const [least, most] = SQUARABLE;
  const scale = spread > most || (spread > 0 && spread < least) ? 10 ** -Math.round(Math.log10(spread)) : 1;
  const rescaling =
    scale === 1 ? [] : [new Rescaling({ scale, name: freeName(layers, 'rescaling'), ...before })];
  return treated(
    'Features of mean 0 and spread 1 are what initializers and learning rates are made for. As a layer it also serves predictions.',
    ...rescaling,
    new Normalization({
      mean: features.map(({ mean }) => digits(mean * scale)),
      // What never changes is left at its size.
      variance: features.map(({ std }) => digits((std * scale) ** 2) || 1),
      name: freeName(layers, 'normalization'),
      ...(rescaling.length > 0 ? {} : before),
    }),
  );
}

/** Outputs brought to where the targets are: by another activation, or by a last layer that scales. */
export const reachTargets = (given: Case): Tier => {
  const { layers, data } = given;
  if (stagesOf(layers).at(-1)?.activated) {
    const { min, max } = moments(data.y.data);
    const change = (activation: 'tanh' | undefined, why: string): Treatment[] => {
      const next = withOutput(layers, activation);
      return next ? [{ remedy: 'change-output-activation', why, layers: next, sure: true }] : [];
    };
    return min >= -1 && max <= 1
      ? change('tanh', 'tanh gives −1 to 1, as the targets are.')
      : change(undefined, 'Without activation the output can be any number, as regression needs.');
  }
  const { treatment, scale } = scaledTargets(given);
  return rescaled(given, treatment, scale);
};

/** A last layer that brings what the network gives to the targets' mean and spread; and how many times larger it makes the gradients. */
function scaledTargets(
  given: Case,
  layers: readonly Layer[] = given.layers,
): { readonly treatment: Layered; readonly scale: number } {
  const { y } = given.data;
  const { mean, std } = moments(y.data);
  const width = Math.max(1, y.data.length / y.count);
  const columns = Array.from({ length: width }, (_, j) => moments(column(y.data, width, j)));
  const last = new Normalization({
    mean: columns.map((of) => digits(of.mean)),
    variance: columns.map((of) => digits(of.std ** 2) || 1),
    invert: true,
    name: freeName(layers, 'normalization'),
  });
  // The layer multiplies gradients by the spread, and squared errors grow with it once more.
  const power = given.loss?.name === 'meanSquaredError' ? 2 : 1;
  return {
    treatment: {
      remedy: 'scale-targets',
      why: `The network then learns numbers near 1, and a last layer brings them to the targets' size (mean ${digits(mean)}, spread ${digits(std)}); data and predictions stay as they are.`,
      layers: [...layers, last],
      sure: true,
    },
    scale: isPlain(given) && std > 0 ? std ** power : 1,
  };
}

/** Whether the targets are numbers far from 1 that an output without activation is to give as they are. */
function targetsOff({ data, layers, loss }: Case): boolean {
  if (taskOf(data.y, loss) !== 'numbers' || stagesOf(layers).at(-1)?.activated) return false;
  return layers.at(-1)?.kind !== 'normalization' && moments(data.y.data).rms > LARGE;
}

/** Inputs and targets that are not near 1 but not so far off as to be diagnosed: to blame for much that shows later. */
export const scaling = (given: Case): Tier[] => {
  const input = moments(given.data.x.data).rms;
  const tiers = [
    targetsOff(given) ? reachTargets(given) : [],
    input > LARGE || input < 1 / LARGE ? standardize(given) : [],
  ];
  return tiers.map((tier) => tier.map((treatment) => ({ ...treatment, sure: false })));
};
