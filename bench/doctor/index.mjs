/**
 * The doctor against its corpus: every case with several seeds, by check-up alone and with training watched.
 *   npm run bench:doctor -- --seeds 10 --only sigmoid --checkup --out doctor.json
 * or with `--repair`: see repair.mjs.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { diagnose } from 'chainrule';
import { cases } from './cases.mjs';
import { benchRepair } from './repair.mjs';
import { usual } from './usual.mjs';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    checkup: { type: 'boolean', default: false },
    repair: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

/** The share of the planned epochs within which a fault should have been told. */
const EARLY = 0.2;

async function examine({ build, kind, accept = [], cause = [], layer, learned }, seed, watch) {
  const { model, x, y, fit } = build(seed);
  let all = [];
  let checkupMs = 0;
  let last = {};
  if (!watch) {
    const start = performance.now();
    all = diagnose(model, x, y, { batchSize: fit.batchSize, epochs: fit.epochs });
    checkupMs = performance.now() - start;
  } else {
    // The check-up is part of the watched fit.
    const history = await model.fit(x, y, { ...fit, doctor: 'watch' });
    all = history.diagnoses;
    last = Object.fromEntries(Object.entries(history.history).map(([name, course]) => [name, course.at(-1)]));
  }
  const alarms = all.filter(({ severity }) => severity !== 'note');
  const right = alarms.filter(({ problem }) => accept.includes(problem));
  const told = alarms.map(({ problem, layer: where, epoch, severity }) => ({
    problem,
    layer: where,
    epoch,
    severity,
  }));
  // Luck of the draw: narrow networks may be born dead in a healthy set-up, and some learn in spite of a faulty one.
  if (kind === 'healthy' ? alarms.length > 0 : watch && right.length === 0) {
    const plain = build(seed);
    const { history } = await plain.model.fit(plain.x, plain.y, { ...plain.fit, doctor: 'off' });
    last = Object.fromEntries(Object.entries(history).map(([name, course]) => [name, course.at(-1)]));
    if (learned?.(last) === (kind === 'faulty')) {
      return { seed, checkupMs, told, notes: all.length - alarms.length, unlike: true, last };
    }
  }
  const located = right.find((d) => d.layer === layer);
  return {
    seed,
    checkupMs,
    told,
    notes: all.length - alarms.length,
    ...(kind === 'healthy'
      ? { falseAlarm: alarms.length > 0 }
      : {
          detected: right.length > 0,
          causeFirst: cause.includes(alarms[0]?.problem),
          ...(layer ? { layerRight: located !== undefined } : {}),
          early: right.some(({ epoch }) => epoch <= EARLY * fit.epochs),
        }),
    last,
  };
}

const share = (runs, key) => {
  const counted = runs.filter((run) => key in run);
  return counted.length === 0
    ? undefined
    : { hits: counted.filter((run) => run[key]).length, of: counted.length };
};
const show = (tally) => (tally ? `${tally.hits}/${tally.of}` : '–').padStart(9);
const percent = ({ hits, of }) => `${((100 * hits) / Math.max(of, 1)).toFixed(1)} % (${hits} of ${of})`;

const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i);
if (options.repair) {
  const results = await benchRepair(
    [...cases, ...usual].filter(({ name }) => name.includes(options.only)),
    seeds,
    options,
  );
  if (options.out) await writeFile(options.out, JSON.stringify({ seeds: seeds.length, results }, null, 1));
  process.exit();
}
const watch = !options.checkup;
/** Each fault with the fault taken out by hand is one more healthy set-up. */
const repaired = cases.flatMap(({ name, fixed, learned }) =>
  fixed ? [{ name: `fixed: ${name}`, kind: 'healthy', build: fixed, learned }] : [],
);
const chosen = [...cases, ...repaired].filter(({ name }) => name.includes(options.only));
const width = Math.max(...chosen.map(({ name }) => name.length));
console.log(`${watch ? 'check-up and watched training' : 'check-up alone'}, ${seeds.length} seeds`);
const results = [];
let unlike = 0;
for (const kind of ['faulty', 'healthy']) {
  const some = chosen.filter((entry) => entry.kind === kind);
  if (some.length === 0) continue;
  console.log(
    `\n${kind.padEnd(width)} ${(kind === 'faulty' ? ['detected', 'cause 1st', 'layer', 'early'] : ['alarms']).map((head) => head.padStart(9)).join(' ')}  told`,
  );
  for (const entry of some) {
    const runs = [];
    for (const seed of seeds) runs.push(await examine(entry, seed, watch));
    const tallies = Object.fromEntries(
      ['detected', 'causeFirst', 'layerRight', 'early', 'falseAlarm'].map((key) => [key, share(runs, key)]),
    );
    unlike += runs.filter((run) => run.unlike).length;
    const counts = {};
    for (const { told } of runs) for (const { problem } of told) counts[problem] = (counts[problem] ?? 0) + 1;
    const text = Object.entries(counts)
      .map(([problem, n]) => `${problem} ${n}`)
      .join(', ');
    const cells =
      kind === 'faulty'
        ? [tallies.detected, tallies.causeFirst, tallies.layerRight, tallies.early]
        : [tallies.falseAlarm];
    console.log(`${entry.name.padEnd(width)} ${cells.map(show).join(' ')}  ${text}`);
    if (options.verbose)
      for (const run of runs)
        console.log(
          '   ',
          run.seed,
          JSON.stringify(run.told.map(({ problem, layer, epoch }) => `${problem} ${layer ?? ''} @${epoch}`)),
          JSON.stringify(run.last),
        );
    results.push({
      name: entry.name,
      kind,
      tallies,
      told: counts,
      checkupMs: Math.max(...runs.map((run) => run.checkupMs)),
      runs,
    });
  }
}

const sum = (kind, key) => {
  const tallies = results.filter((row) => row.kind === kind).flatMap(({ tallies }) => tallies[key] ?? []);
  return { hits: tallies.reduce((n, { hits }) => n + hits, 0), of: tallies.reduce((n, { of }) => n + of, 0) };
};
console.log('');
for (const [text, kind, key] of [
  ['faults detected', 'faulty', 'detected'],
  ['right cause first', 'faulty', 'causeFirst'],
  ['right layer', 'faulty', 'layerRight'],
  [`within the first ${EARLY * 100} % of epochs`, 'faulty', 'early'],
  ['false alarms on healthy runs', 'healthy', 'falseAlarm'],
]) {
  console.log(`${text.padEnd(36)} ${percent(sum(kind, key))}`);
}
if (unlike > 0)
  console.log(
    `${'runs unlike their kind, left out'.padEnd(36)} ${unlike} (healthy ones that did not learn, faulty ones that did)`,
  );
if (!watch)
  console.log(
    `${'longest check-up'.padEnd(36)} ${Math.max(...results.map(({ checkupMs }) => checkupMs)).toFixed(0)} ms`,
  );
if (options.out)
  await writeFile(options.out, JSON.stringify({ seeds: seeds.length, watch, results }, null, 1));
