/**
 * False alarms in the wild: random set-ups. Where one ends within two points of its twin, the doctor must have
 * been silent.   node bench/doctor/wild.mjs --runs 200 --from 0 --only noisy
 */
import { parseArgs } from 'node:util';
import { build, describe, draw, fitOf, parts, rect, target, twin, worth } from './worlds.mjs';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    from: { type: 'string', default: '0' },
    only: { type: 'string' },
    missed: { type: 'boolean', default: false },
    evidence: { type: 'boolean', default: false },
  },
});

/** Below the twin by more than this, a set-up does not count as healthy. */
const NEAR = 0.02;

const [runs, from] = [Number(options.runs), Number(options.from)];
const tally = { healthy: 0, alarms: 0, ill: 0, silent: 0 };
const counts = {};
for (let seed = from; seed < from + runs; seed++) {
  const plan = draw(seed, options.only?.split(','));
  const { train, test } = parts(plan);
  const net = build(plan);
  const { diagnoses, history } = await net.fit(rect(train.x), target(train.y), fitOf(plan, test));
  const told = diagnoses.filter(({ severity }) => severity !== 'note');
  const [value, best] = [worth(net, plan, test), await twin(plan)];
  const healthy = value >= best - NEAR;
  tally[healthy ? 'healthy' : 'ill']++;
  const last = history.loss.at(-1);
  const what = `${describe(plan)}: ${value.toFixed(3)} of ${best.toFixed(3)}, loss ${history.loss[0].toPrecision(3)} … ${last.toPrecision(3)}`;
  if (healthy && told.length > 0) {
    tally.alarms++;
    for (const { problem } of told) counts[problem] = (counts[problem] ?? 0) + 1;
    console.log(`false alarm  ${what}`);
    for (const { problem, layer, severity, epoch, step, evidence } of told)
      console.log(
        `             ${problem}${layer ? ` in ${layer}` : ''} (${severity}, epoch ${epoch}, step ${step})${options.evidence ? ` ${JSON.stringify(evidence)}` : ''}`,
      );
  }
  if (!healthy && told.length === 0) {
    tally.silent++;
    if (options.missed) console.log(`silent       ${what}`);
  }
  if (!healthy && told.length > 0 && options.missed)
    console.log(`told         ${what}: ${told.map(({ problem }) => problem).join(', ')}`);
}
const share = (n, of) => `${((100 * n) / Math.max(of, 1)).toFixed(1)} %`;
console.log(
  `${runs} random set-ups: ${tally.healthy} ended within ${100 * NEAR} points of their twins, ${tally.alarms} (${share(tally.alarms, tally.healthy)}) of these with an alarm; ` +
    `${tally.ill} did not, ${tally.silent} of these in silence. ${JSON.stringify(counts)}`,
);
