/**
 * Repairs against the corpus: each faulty case is trained with `doctor: 'repair'` and compared with the same case mended
 * by hand, with one mended by chance, and with the time of the training as it was planned.
 *   npm run bench:doctor -- --repair --seeds 10 --only sigmoid --out repair.json
 * `--quick` leaves out chance and time.
 */
import { randomRepair } from './random.mjs';

/** Points of accuracy, or of explained variance, by which a repaired model may stay behind the one mended by hand. */
const POINTS = 0.02;
/** Rounds of timing, planned and repaired in turn; the fastest of each count. */
const ROUNDS = 3;
/** Seeds that are timed. */
const TIMED = 2;

/** Accuracy where there is one, else the share of variance explained, on examples that no training saw. */
export async function metricOf(model, { x, y }) {
  const scores = await model.evaluate(x, y, { batchSize: 500 });
  if (scores.accuracy !== undefined) return scores.accuracy;
  const flat = Array.isArray(y) ? y.flat() : y;
  const mean = flat.reduce((a, b) => a + b, 0) / flat.length;
  const { data } = model.predict(x, { batchSize: 500 });
  const error = flat.reduce((sum, t, i) => sum + (t - data[i]) ** 2, 0);
  const metric = 1 - error / flat.reduce((sum, t) => sum + (t - mean) ** 2, 0);
  return Number.isFinite(metric) ? Math.max(-1, metric) : -1;
}

async function train(set, options) {
  const start = performance.now();
  const history = await set.model.fit(set.x, set.y, { ...set.fit, ...options });
  return { ms: performance.now() - start, history };
}

/** What is told before the first repair that is kept, and what after the last. */
function listener() {
  const first = [];
  let left = [];
  let repaired = false;
  return {
    first,
    get left() {
      return left;
    },
    onDiagnosis({ problem, severity }) {
      if (severity === 'note') return;
      left.push(problem);
      if (!repaired) first.push(problem);
    },
    onRepair({ kept }) {
      if (!kept) return;
      left = [];
      repaired = true;
    },
  };
}

async function examine({ build, fixed }, seed, quick) {
  const faulty = build(seed);
  await train(faulty, { doctor: 'off' });
  const mended = fixed(seed);
  await train(mended, { doctor: 'off' });
  const repaired = build(seed);
  const told = listener();
  const { history } = await train(repaired, { doctor: 'repair', callbacks: [told] });
  const chance = quick ? faulty : await randomRepair(() => build(seed), seed);
  const metrics = {
    faulty: await metricOf(faulty.model, faulty.held),
    fixed: await metricOf(mended.model, mended.held),
    repaired: await metricOf(repaired.model, repaired.held),
    random: await metricOf(chance.model, chance.held),
  };
  const kept = history.repairs.filter((repair) => repair.kept);
  const gone = !told.left.some((problem) => told.first.includes(problem));
  return {
    seed,
    metrics,
    // What trains as well as the one mended by hand was not broken, by luck of the draw.
    unbroken: metrics.faulty >= metrics.fixed - POINTS && kept.length === 0,
    gone,
    reaches: metrics.repaired >= metrics.fixed - POINTS,
    repaired: gone && metrics.repaired >= metrics.fixed - POINTS,
    random: metrics.random >= metrics.fixed - POINTS,
    left: told.left,
    kept: kept.map(({ remedy, problem, epoch }) => ({ remedy, problem, epoch })),
    tried: history.repairs.length,
  };
}

/** Time with repairs over the time of the planned training, in turn, the fastest rounds. */
async function timeOf({ build }, seed) {
  const best = { off: Number.POSITIVE_INFINITY, repair: Number.POSITIVE_INFINITY };
  for (let round = 0; round < ROUNDS; round++) {
    for (const doctor of ['off', 'repair'])
      best[doctor] = Math.min(best[doctor], (await train(build(seed), { doctor })).ms);
  }
  return best;
}

const percent = (hits, of) => `${((100 * hits) / Math.max(1, of)).toFixed(1)} % (${hits} of ${of})`;
const mean = (values) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
const show = (value) => value.toFixed(3).padStart(7);

/** `quick` leaves chance and time out: their columns mean nothing then. */
export async function benchRepair(cases, seeds, { quick = false } = {}) {
  const chosen = cases.filter(({ kind, fixed }) => kind === 'faulty' && fixed);
  const width = Math.max(...chosen.map(({ name }) => name.length));
  console.log(`${'repair'.padEnd(width)}  repaired  random   faulty  fixed  repaired random   time  kept`);
  const results = [];
  for (const entry of chosen) {
    const runs = [];
    for (const seed of seeds) runs.push(await examine(entry, seed, quick));
    const times = [];
    for (const seed of seeds.slice(0, quick ? 0 : TIMED)) times.push(await timeOf(entry, seed));
    const broken = runs.filter(({ unbroken }) => !unbroken);
    const hits = (key) => broken.filter((run) => run[key]).length;
    const time = mean(times.map(({ off, repair }) => repair / off));
    const counts = {};
    for (const { kept } of broken) {
      const words = kept.map(({ remedy }) => remedy).join(' + ') || 'nothing';
      counts[words] = (counts[words] ?? 0) + 1;
    }
    const metrics = ['faulty', 'fixed', 'repaired', 'random'].map((key) =>
      show(mean(runs.map((run) => run.metrics[key]))),
    );
    const kept = Object.entries(counts)
      .map(([words, n]) => `${words} ${n}`)
      .join(', ');
    const of = broken.length;
    console.log(
      `${entry.name.padEnd(width)}  ${`${hits('repaired')}/${of}`.padStart(8)} ${`${hits('random')}/${of}`.padStart(7)}  ${metrics.join(' ')} ${time.toFixed(2).padStart(6)}  ${kept}`,
    );
    for (const run of broken) {
      if (run.repaired) continue;
      console.log(
        `    seed ${run.seed}: ${Object.values(run.metrics).map(show).join(' ')} ${run.gone ? '' : `still ${run.left.join(' ')}`} ${JSON.stringify(run.kept.map(({ problem, remedy, epoch }) => `${problem}@${epoch}: ${remedy}`))} tried ${run.tried}`,
      );
    }
    results.push({ name: entry.name, hits: hits('repaired'), random: hits('random'), of, time, times, runs });
  }
  const sum = (key) => results.reduce((total, row) => total + row[key], 0);
  const ratios = results.map(({ time }) => time).sort((a, b) => a - b);
  const total = (key) => results.flatMap(({ times }) => times).reduce((all, time) => all + time[key], 0);
  console.log(
    `\nrepaired, within ${POINTS * 100} points of the hand-mended model  ${percent(sum('hits'), sum('of'))}`,
  );
  if (quick) return results;
  console.log(`the same, mended by chance                            ${percent(sum('random'), sum('of'))}`);
  console.log(
    `time over that of the planned training: ${(total('repair') / total('off')).toFixed(2)} in all, median of the cases ${ratios[ratios.length >> 1].toFixed(2)}`,
  );
  return results;
}
