/** Units that have stopped working: ReLUs that never fire, and activations stuck on their flat ends. */
import type { Finding } from '../checks/check.js';
import { remedy } from '../checks/check.js';
import { layerCode } from '../code.js';
import { digits, percent } from '../measure.js';
import { limit } from '../thresholds/index.js';
import type { Work } from '../work.js';
import { gradientReach } from './gradients.js';
import { activation, lowerRate, normalize, reinitialize } from './remedies.js';
import { faults, type Rule } from './rule.js';

export const deadRelu: Rule = {
  problem: 'dead-relu',
  after: ['non-finite', 'too-much-dropout', ...faults],
  when: 'sample',
  *look(chart, tools): Work<Finding | undefined> {
    const { layers } = chart.circumstances;
    const last = chart.samples[chart.samples.length - 1].layers;
    // The window fills slowly where samples are far apart; a layer that is silent for a whole batch is looked at right away.
    const silent = (i: number) => last[i].dead === 1 || (last[i].dead >= 0 && last[i].zeros === 1);
    const suspects = layers.flatMap(({ isOutput }, i) =>
      !isOutput && (last[i].dead >= limit('deadUnits') || silent(i)) ? [i] : [],
    );
    if (suspects.length === 0) return undefined;
    const { learned, falling, recent, base } = chart.progress();
    // A layer without a single living unit lets nothing through; any other may be sparse by choice or by chance.
    const blocked = suspects.some(silent);
    const settled = chart.patient && chart.step >= limit('settledShare') * chart.circumstances.plannedSteps;
    const stuck = settled && learned < limit('littleLearned') && falling < limit('standstill');
    const fastest = Math.max(
      ...chart.samples.map((sample) =>
        sample.layers.reduce((most, { updateRatio }) => Math.max(most, updateRatio || 0), 0),
      ),
    );
    // Half of the way and hardly further, or no time left: units are to blame where steps too long for them have been seen.
    const over = chart.step >= chart.circumstances.plannedSteps;
    const stalled =
      settled &&
      learned < limit('halfLearned') &&
      (falling < limit('stillLearning') || over) &&
      fastest > limit('largeUpdate');
    if (!blocked && !stuck && !stalled) return undefined;
    const { shares, examples } = yield* tools.deadShares();
    const start = chart.samples[Math.min(2, chart.samples.length - 1)].layers;
    const grown = (i: number) => shares[i] - start[i].dead > limit('deadGrowth');
    // Where gradients never got through in the first place, units die of that.
    const starved =
      Math.min(...gradientReach(chart, chart.samples.slice(0, 3)).reach) < limit('starvedSignal');
    const at =
      suspects.find((i) => shares[i] === 1) ??
      suspects.find(
        (i) =>
          !starved &&
          ((stuck && shares[i] >= limit('mostUnits')) ||
            ((stuck || stalled) && shares[i] >= limit('deadUnits') && grown(i))),
      );
    if (at === undefined) return undefined;
    const { name, units } = layers[at];
    const dead = Math.round(shares[at] * units);
    const early = start[at].dead;
    const fromStart = !grown(at);
    const thrown = !fromStart && fastest > limit('largeUpdate');
    const own = chart.layer(at);
    return {
      problem: 'dead-relu',
      layer: name,
      severity: shares[at] === 1 ? 'error' : 'warning',
      evidence: {
        deadUnits: dead,
        units,
        examplesTried: examples,
        deadAtTheStart: Math.round(early * units),
        largestUpdateRatio: fastest,
        loss: recent,
        lossOfAConstantGuess: base,
        deadShareByLayer: shares.filter((share) => !Number.isNaN(share)),
      },
      explanation:
        `${dead} of the ${units} units of ${name} fire for none of ${examples} training examples: their weighted sum is below 0 for all of them. ` +
        'A ReLU that is off has slope 0, so by the chain rule no gradient reaches the unit’s weights, and nothing can bring it back. ' +
        (shares[at] === 1
          ? 'With the whole layer off, the layers before it get no gradient at all and the output is the same for every input.'
          : `The layer is left with ${units - dead} working units, and the loss stays at ${digits(recent)}.`) +
        (thrown
          ? ` It happened during training, after updates as large as ${percent(fastest)} of the weights: the steps are too long.`
          : '') +
        (fromStart ? ' It was so from the start, so the first weights and biases are to blame.' : ''),
      remedies: [
        ...(fromStart
          ? [
              reinitialize(
                chart,
                at,
                'heUniform',
                'He-initialized weights and zero biases turn each unit on for about half of the examples.',
              ),
            ]
          : []),
        ...(thrown ? [lowerRate(chart, 10, 'Long steps are what pushes units below 0 for good.')] : []),
        activation(
          chart,
          at,
          'leakyRelu',
          'A leaky ReLU keeps a small slope below 0, so a unit that is off still learns.',
        ),
        ...(fromStart || thrown
          ? []
          : [lowerRate(chart, 10, 'Shorter steps push fewer units below 0 for good.')]),
        remedy(
          'revive-dead-units',
          layerCode(
            own,
            own.kind === 'dense' ? { kernelInitializer: 'heUniform', biasInitializer: 'zeros' } : {},
          ),
          'Dead units need new weights; they cannot learn their way back.',
        ),
        normalize(
          chart,
          at,
          'Batch normalization centres each unit’s sum on 0, so that half of the examples turn it on.',
        ),
      ],
    };
  },
};

export const saturatedActivation: Rule = {
  problem: 'saturated-activation',
  after: ['non-finite', 'exploding-gradient', 'dead-relu', 'too-much-dropout', ...faults],
  when: 'sample',
  look(chart): Finding | undefined {
    if (!chart.patient) return undefined;
    const { learned, falling, recent, base } = chart.progress();
    if (!(learned < limit('halfLearned') && falling < limit('standstill'))) return undefined;
    const { layers } = chart.circumstances;
    const shares = layers.map((_, i) => chart.median(i, ({ saturated }) => saturated));
    const at = layers.findIndex(({ isOutput }, i) => !isOutput && shares[i] >= limit('flatShare'));
    if (at < 0) return undefined;
    const { name, activation: kind } = layers[at];
    const early = chart.samples[0].layers[at].saturated;
    const grown = early < shares[at] / 2;
    return {
      problem: 'saturated-activation',
      layer: name,
      severity: 'warning',
      evidence: {
        saturatedShare: shares[at],
        saturatedAtTheStart: early,
        saturatedByLayer: shares.filter((share) => !Number.isNaN(share)),
        loss: recent,
        lossOfAConstantGuess: base,
      },
      explanation:
        `${percent(shares[at])} of the outputs of ${name} lie on the flat ends of its ${kind}, where the slope is less than a thirtieth of its largest. ` +
        'The chain rule multiplies every gradient on its way to the weights by that slope, so this layer and those before it hardly learn, ' +
        `and the loss stays at ${digits(recent)}. The sums that go into the activation are too large` +
        (grown
          ? ': they grew in training, so the steps are too long.'
          : ' from the start: the weights or the inputs are.'),
      remedies: [
        ...(grown
          ? [
              lowerRate(
                chart,
                10,
                'Shorter steps keep the weights, and with them the sums, from growing so large.',
              ),
            ]
          : [
              reinitialize(
                chart,
                at,
                'glorotUniform',
                'Glorot-initialized weights keep the sums near ±1, where the slope is large.',
              ),
            ]),
        normalize(chart, at, 'Batch normalization brings the sums back to where the slope is large.'),
        activation(chart, at, 'relu', 'A ReLU has no flat end on its active side.'),
        remedy(
          'standardize-inputs',
          '(x − mean) / standard deviation, for each feature',
          'Inputs near ±1 make sums near ±1.',
        ),
      ],
    };
  },
};
