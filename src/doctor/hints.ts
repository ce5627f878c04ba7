/** Signs in the first sampled steps that something is wrong: reason enough for the costlier part of the check-up. */
import type { Chart } from './chart.js';
import { limit } from './thresholds/index.js';
import type { LayerSample } from './vitals.js';

/** A hint lies this far within the threshold of the check that it calls for. */
const SLACK = 3;
/** Updates after which the loss tells something of its pace, or for short trainings a share of them. */
const PACE = { updates: 32, least: 6, share: 1 / 8 };
/** Updates after which first moments are over. */
const FIRST_MOMENTS = 256;

/** Whether the latest sample is one that a check-up should explain. A false hint costs time, nothing else. */
export function suspicious(chart: Chart): boolean {
  const { samples } = chart;
  const latest = samples[samples.length - 1];
  if (latest.step > FIRST_MOMENTS) return false;
  return oddLayers(chart, latest.layers) || rising(chart) || (latest.step >= pace(chart) && slow(chart));
}

const pace = ({ circumstances: { plannedSteps } }: Chart): number =>
  Math.min(PACE.updates, Math.max(PACE.least, PACE.share * plannedSteps));

/** Units that don't fire, flat activations, gradients that die or blow up on their way. */
function oddLayers({ circumstances: { layers: facts }, trained }: Chart, layers: readonly LayerSample[]) {
  const odd = layers.some(
    ({ dead, saturated, nonFinite }, i) =>
      nonFinite.output + nonFinite.signal + nonFinite.gradient > 0 ||
      (!facts[i].isOutput && (dead >= limit('deadShare') || saturated >= limit('saturatedShare') / 2)),
  );
  if (odd) return true;
  if (trained.length < 3) return false;
  const norms = trained.map((i) => layers[i].gradientNorm);
  const last = norms[norms.length - 1];
  return norms.some(
    (own, i) =>
      own < SLACK * limit('vanishingRatio') * Math.max(0, ...norms.slice(i + 1)) ||
      own * SLACK > limit('explodingRatio') * last,
  );
}

/** The loss climbs above where it began and above what knowing nothing costs. */
function rising({ samples, circumstances: { baseline } }: Chart): boolean {
  const from = Math.max(samples[0].batchLoss, baseline ?? 0);
  return samples[samples.length - 1].loss > (limit('trialRise') / 1.5) * from;
}

/** Steps that are too short to get anywhere, or large targets that are hardly approached. */
function slow(chart: Chart): boolean {
  const { plannedSteps, targetSize, fresh } = chart.circumstances;
  const moves = chart.trained.map((layer) => chart.median(layer, ({ updateRatio }) => updateRatio));
  const travel = Math.max(0, ...moves.filter(Number.isFinite)) * plannedSteps;
  const { recent, start, learned } = chart.progress();
  if (
    fresh &&
    learned < limit('halfLearned') &&
    travel < limit('plannedTravel') &&
    recent > (1 - SLACK * limit('trialSlow')) * start
  )
    return true;
  return targetSize >= limit('largeTargets') && recent > limit('slowTrial') * start;
}
