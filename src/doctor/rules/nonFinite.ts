/** NaN and infinity: the first value that was none, and what led to it. */
import type { Chart } from '../chart.js';
import type { Finding } from '../checks/check.js';
import type { Problem } from '../diagnosis.js';
import { digits } from '../measure.js';
import { limit } from '../thresholds/index.js';
import type { LayerSample, Sample } from '../vitals.js';
import { exploding, gradientReach, most } from './gradients.js';
import { tooHigh, typicalMove } from './rate.js';
import { clip, lowerRate, normalize, reinitialize } from './remedies.js';
import { faults } from './rule.js';

/** What is known of the step that broke. */
export interface Breakdown {
  /** The last steps before it, all finite; none where it was the first. */
  readonly before: readonly Sample[];
  /** The first step in which something was not finite; absent where it could not be done again. */
  readonly at: Sample | undefined;
}

interface Place {
  readonly layer: number;
  readonly what: 'output' | 'gradient' | 'weights' | 'loss';
}

/** The first value in the order of computation that is not finite: outputs, loss, gradients from the back, weights. */
function firstNonFinite({ layers, batchLoss }: Sample): Place {
  const last = layers.length - 1;
  const find = (of: (layer: LayerSample) => number) => layers.findIndex((layer) => of(layer) > 0);
  const findLast = (of: (layer: LayerSample) => number) => layers.findLastIndex((layer) => of(layer) > 0);
  const output = find(({ nonFinite }) => nonFinite.output);
  if (output >= 0) return { layer: output, what: 'output' };
  if (!Number.isFinite(batchLoss)) return { layer: last, what: 'loss' };
  const gradient = findLast(({ nonFinite }) => nonFinite.signal + nonFinite.gradient);
  if (gradient >= 0) return { layer: gradient, what: 'gradient' };
  return {
    layer: Math.max(
      0,
      find(({ nonFinite }) => nonFinite.weight),
    ),
    what: 'weights',
  };
}

/** The non-finite value, preceded by its cause where that is clear. */
export function nonFinite(chart: Chart, { before, at }: Breakdown): Finding[] {
  const known = chart.found.find(({ problem, severity }) => severity !== 'note' && leadsHere.has(problem));
  const seen = at && causeOf(chart, before, at);
  // Long steps lead to NaN by way of gradients that explode, if not by themselves: that is told as well, with its layer.
  const beside = known?.problem === 'learning-rate-too-high' && seen?.problem === 'exploding-gradient';
  const told = seen && chart.found.some(({ problem }) => problem === seen.problem);
  return [...(seen && !told && (!known || beside) ? [seen] : []), describe(chart, before, at, known ?? seen)];
}

/** What may have been told before and ends in NaN. */
const leadsHere: ReadonlySet<Problem> = new Set([
  ...faults,
  'exploding-gradient',
  'learning-rate-too-high',
  'diverging-loss',
  'too-much-dropout',
]);

function causeOf(chart: Chart, before: readonly Sample[], at: Sample): Finding | undefined {
  const steps = [...before, at];
  const known = steps.filter(({ layers }) =>
    layers.every(({ nonFinite: n }) => n.output + n.signal + n.gradient === 0),
  );
  const { base } = chart.progress();
  if (known.length === 0) return undefined;
  const { layers, signals, growth } = gradientReach(chart, known);
  const loss = Math.max(...known.map(({ batchLoss }) => batchLoss));
  const grown = most(growth);
  if (layers.length >= 3 && growth[grown] > limit('explodedBefore'))
    return exploding(chart, layers[grown], { signals, growth: growth[grown], loss, base });
  const { layer, ratio } = typicalMove(chart, before.slice(-limit('explosionSamples')));
  const best = Math.min(
    ...chart.samples.map(({ loss: mean }) => mean).filter(Number.isFinite),
    ...before.map(({ batchLoss }) => batchLoss),
  );
  const climbed = loss > limit('divergence') * best && loss > base;
  if (layer >= 0 && ratio > limit('largeUpdate') && (climbed || before.length < limit('explosionSamples')))
    return tooHigh(chart, { layer, ratio, loss, base, best });
  return undefined;
}

function describe(
  chart: Chart,
  before: readonly Sample[],
  at: Sample | undefined,
  cause: Finding | undefined,
): Finding {
  const previous = before[before.length - 1];
  const place = at ? firstNonFinite(at) : undefined;
  const layer = place?.layer ?? 0;
  const { name, activation } = chart.facts(layer);
  const here = at?.layers[layer];
  const input = layer > 0 ? at?.layers[layer - 1] : undefined;
  const what = place
    ? {
        output: `output of ${name}`,
        gradient: `gradient at ${name}`,
        weights: `weights of ${name}`,
        loss: 'loss',
      }[place.what]
    : 'loss';
  const counts = here?.nonFinite;
  const evidence: Record<string, number | string | readonly number[]> = { firstNonFinite: what };
  if (at) evidence.atStep = at.step;
  if (place?.what === 'output' && counts) evidence.elements = counts.output;
  // Weights whose update is no number are not measured.
  if (here && here.weightMost > 0) evidence.largestWeight = here.weightMost;
  if (here && place?.what !== 'output') evidence.rangeOfTheOutput = [here.least, here.most];
  if (input) evidence.rangeOfTheInput = [input.least, input.most];
  if (previous) {
    evidence.lossBefore = previous.batchLoss;
    evidence.largestGradientBefore = Math.max(
      ...previous.layers.map(({ gradientMost }) => gradientMost || 0),
    );
    evidence.largestUpdateRatioBefore = Math.max(
      ...previous.layers.map(({ updateRatio }) => updateRatio || 0),
    );
  }
  const history = chart.samples
    .slice(-8)
    .map(({ loss }) => loss)
    .filter(Number.isFinite);
  if (history.length > 0) evidence.lossesBefore = history;
  const first = at?.step === 0;
  const grew = previous && here && here.weightMost > limit('largeWeight');
  return {
    problem: 'non-finite',
    layer: name,
    severity: 'error',
    evidence,
    explanation:
      (at
        ? `In step ${at.step} the ${what} is no longer a finite number${input && place?.what === 'output' ? `; its inputs lie between ${digits(input.least)} and ${digits(input.most)}${here && here.weightMost > 0 ? `, its largest weight is ${digits(here.weightMost)}` : ''}` : ''}. `
        : 'The loss is no longer a finite number. ') +
      `32-bit numbers end near 3.4e38${activation === 'exp' ? ', which exp reaches at 89' : ''}; what is beyond becomes infinity, and infinity minus infinity NaN. ` +
      'By the chain rule one NaN reaches every gradient, the update writes it into every weight, and no later step can undo it.' +
      (cause
        ? ` What led to it: ${cause.problem.replaceAll('-', ' ')}.`
        : grew
          ? ' The weights had grown large before.'
          : ''),
    remedies: [
      ...(cause?.remedies.slice(0, 1) ?? []),
      // Where no step went well, steps are not to blame.
      ...(first || cause?.remedies[0]?.remedy === 'lower-learning-rate'
        ? []
        : [lowerRate(chart, 10, 'Shorter steps keep the weights in the range of numbers.')]),
      ...(first ? [] : clip(chart, 'One exceptional batch then cannot throw the weights out of range.')),
      ...(first && !cause
        ? [
            reinitialize(
              chart,
              layer,
              'heUniform',
              'It broke in the first step, so the first weights are too large.',
            ),
          ]
        : []),
      ...(cause?.remedies[0]?.remedy === 'add-batch-normalization'
        ? []
        : [normalize(chart, layer, 'Batch normalization keeps every layer’s values near 1.')]),
    ],
  };
}
