/** The results as figures and as the README's table. */
import { NEAR, nearBound, sweeps } from './growth.mjs';
import { colors, dotPlot, linePanels } from './plot.mjs';
import { fastestOf, ratio } from './race.mjs';

const series = {
  'chainrule turbo': { color: colors.vermillion, mark: 'diamond' },
  chainrule: { color: colors.orange, mark: 'diamond' },
  PyTorch: { color: colors.black, mark: 'circle' },
  'jax-js': { color: colors.green, mark: 'circle' },
  'tfjs wasm': { color: colors.blue, mark: 'circle' },
  'tfjs cpu': { color: colors.sky, mark: 'circle' },
  'brain.js': { color: colors.purple, mark: 'circle' },
  ConvNetJS: { color: colors.brown, mark: 'circle' },
};
const seriesOf = (name) => Object.keys(series).find((key) => name.startsWith(key));
const threadsOf = (threads) => (threads === 1 ? 'one thread' : `${threads} threads`);
/** Cells that may be compared, by series; of several the fastest, as of PyTorch's ways. */
function bySeries(cells) {
  const found = {};
  for (const [name, cell] of Object.entries(cells)) {
    if (!cell.median || cell.problem) continue;
    found[seriesOf(name)] = fastestOf([found[seriesOf(name)], cell]);
  }
  return found;
}

const versionsOf = ({ versions }) =>
  Object.entries(versions)
    .filter(([name]) => !/compiled|cpu/.test(name))
    .map(([name, version]) =>
      name.startsWith('chainrule') ? name : `${name.replace(' eager', '')} ${version}`,
    )
    .join(', ');

/** One thread: a row a network, a dot a library. */
export function raceFigure(race, { machine, date }) {
  const rows = race.rows
    .filter(({ threads }) => threads === race.rows[0].threads)
    .map(({ network, cells }) => {
      const [label, ...rest] = network.split(', ');
      const dots = Object.entries(bySeries(cells)).map(([name, cell]) => ({
        series: name,
        value: cell.median,
      }));
      return { label, note: rest.join(', '), dots };
    });
  const used = new Set(rows.flatMap(({ dots }) => dots.map((dot) => dot.series)));
  return dotPlot({
    title: `One training step, ${threadsOf(race.rows[0].threads)}: less is better`,
    subtitle: `${machine.split(';')[0]}, ${date.slice(0, 10)}; medians of interleaved rounds${race.clock === 'cpu' ? ' of processor time' : ''}, of PyTorch’s ways the fastest`,
    rows,
    series: Object.fromEntries(Object.entries(series).filter(([name]) => used.has(name))),
  });
}

const number = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const line = (cells) => `| ${cells.join(' | ')} |`;

/** The rows of one number of threads as a table in Markdown. */
function tableOf(rows) {
  const kinds = Object.keys(series).filter((name) => rows.some(({ cells }) => bySeries(cells)[name]));
  const own = kinds.filter((name) => name.startsWith('chainrule')).reverse();
  const peers = kinds.filter((name) => !own.includes(name) && name !== 'tfjs cpu');
  const head = [threadsOf(rows[0].threads), ...own, ...peers];
  const lines = [line(head), line(head.map((_, i) => (i ? '--:' : '---')))];
  for (const { network, cells } of rows) {
    const found = bySeries(cells);
    const peer = (name) => {
      if (!found[name]) return '';
      const ratios = own.filter((each) => found[each]).map((each) => ratio(found[name], found[each]));
      return `${number(found[name].median)} (${ratios.map((r) => r.toFixed(r < 10 ? 1 : 0)).join(' · ')})`;
    };
    const ours = own.map((name) => (found[name] ? number(found[name].median) : ''));
    lines.push(line([network, ...ours, ...peers.map(peer)]));
  }
  return `${lines.join('\n')}\n`;
}

/** The race as tables in Markdown, one for each number of threads. */
export function raceTable(race, { machine, date }) {
  const counts = [...new Set(race.rows.map(({ threads }) => threads))];
  const tables = counts.map((count) => tableOf(race.rows.filter(({ threads }) => threads === count)));
  return `${tables.join('\n')}
Microseconds${race.clock === 'cpu' ? ' of processor time' : ''} a training step, medians of interleaved rounds; behind a peer's, how many times as
fast chainrule is, by default and with turbo. Of PyTorch's ways (eager or compiled; optimizer fused, per
tensor or compiled) the fastest counts. ${machine}; ${versionsOf(race)}. Measured ${date.slice(0, 10)} by \`npm run bench\`.
`;
}

const shades = [colors.orange, colors.vermillion, colors.purple, colors.brown];

/** Where a curve leaves the arithmetic bound, in few words. */
function caption(line) {
  const near = nearBound(line);
  const range = near ? `${line.of} ${near.from} to ${near.to}` : 'nowhere';
  return `${line.name.replace('chainrule turbo', 'turbo').replace('chainrule, ', '')}: ${range}`;
}

/** Time per step against width, depth and batch, with the arithmetic bound of each line's peak. */
export function growthFigure(lines, { machine, date }) {
  const names = [...new Set(lines.map(({ name }) => name))];
  const color = (name) => shades[names.indexOf(name) % shades.length];
  const dashOf = (threads) => (threads === 1 ? undefined : '7 3');
  const panels = sweeps.map(({ of, title, values }) => ({
    title,
    x: {
      label: of,
      low: values[0],
      high: values.at(-1),
      ticks: values.filter((_, i) => i % 2 === 0 || values.length < 9),
    },
    captions: [
      'half of the arithmetic bound or more:',
      ...lines.filter((line) => line.of === of && line.threads === 1).map(caption),
    ],
    lines: lines
      .filter((line) => line.of === of)
      .flatMap(({ name, threads, peak, points }) => {
        const line = {
          color: color(name),
          dash: dashOf(threads),
          points: points.map(({ value, micros, share }) => ({
            x: value,
            y: micros,
            dot: threads === 1 && (share >= NEAR ? 'full' : 'hollow'),
          })),
        };
        const bound = points.map(({ value, flops }) => ({ x: value, y: flops / (peak * 1e3) }));
        return threads === 1 ? [{ color: color(name), dash: '2 4', points: bound }, line] : [line];
      }),
  }));
  return linePanels({
    title: 'How the cost of a training step grows',
    subtitle: `${machine.split(';')[0]}, ${date.slice(0, 10)}; Adam; both axes logarithmic`,
    panels,
    legend: [
      ...names.flatMap((name) =>
        [...new Set(lines.filter((line) => line.name === name).map(({ threads }) => threads))].map(
          (threads) => ({
            name: `${name}, ${threadsOf(threads)}`,
            color: color(name),
            dash: dashOf(threads),
          }),
        ),
      ),
      { name: 'arithmetic bound of one thread', color: colors.black, dash: '2 4' },
      { name: 'half of the bound or more', color: colors.black, dot: 'full' },
    ],
  });
}
