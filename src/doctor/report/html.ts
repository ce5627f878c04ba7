import type { Diagnosis } from '../diagnosis.js';
import { digits, percent } from '../measure.js';
import type { Repair } from '../repair/record.js';
import type { LayerVitals } from '../vitals.js';
import { fitting, linear, powerLabel, type Scale } from './axis.js';
import {
  checkReported,
  courseOfRepair,
  nameOf,
  type Reported,
  type ReportOptions,
  titleOf,
  verdict,
  whenOf,
} from './reported.js';
import { style } from './style.js';
import { escaped, heatMap, LEFT, type Line, lineChart, type Mark, RIGHT, WIDTH } from './svg.js';
import { valueText } from './text.js';
import { brokenAt, courseOf, marksOf, type TimeLine } from './timeline.js';

/** The report as one HTML page: no scripts, nothing to load, light and dark. */
export function html(reported: Reported, options: ReportOptions = {}): string {
  const { diagnoses, repairs, history, ...rest } = checkReported('report.html', reported, options);
  const title = options.title ?? 'Doctor’s report';
  const timeline = courseOf({ ...rest, history });
  const marks = timeline ? marksOf(diagnoses, timeline) : [];
  const body = [
    `<h1>${escaped(title)}</h1>`,
    leadOf(diagnoses),
    factsOf(history),
    timeline ? courses(history, rest, timeline, marks) : '',
    diagnoses.length > 0 ? `<h2>Diagnoses</h2>${diagnoses.map(card).join('')}` : '',
    repairs.length > 0 ? `<h2>Repairs</h2>${repairs.map(repairCard).join('')}` : '',
    timeline && rest.vitals
      ? layerPanels(rest.vitals.layers, timeline, marks, brokenAt({ ...rest, history, diagnoses }, timeline))
      : '',
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escaped(title)}</title><style>${style}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function leadOf(diagnoses: readonly Diagnosis[]): string {
  const worst =
    (['error', 'warning', 'note'] as const).find((severity) =>
      diagnoses.some((diagnosis) => diagnosis.severity === severity),
    ) ?? 'good';
  // Causes come before what follows from them, so the first is where to begin.
  const first = diagnoses.find(({ severity }) => severity !== 'note') ?? diagnoses[0];
  const about = first
    ? `: ${titleOf(first.problem)}${first.layer ? ` in ${first.layer}` : ''}${diagnoses.length > 1 ? ' comes first' : ''}.`
    : '.';
  return `<p class="lead"><span class="${worst}">${verdict(diagnoses)}</span>${escaped(about)}</p>`;
}

function factsOf(history: NonNullable<Reported['history']>): string {
  const entries = Object.entries(history).filter(([, course]) => course.length > 0);
  if (entries.length === 0) return '';
  const facts = [
    ['epochs', String(entries[0][1].length)],
    ...entries.map(([name, course]) => [
      name.replace('val_', 'validation '),
      digits(course[course.length - 1]),
    ]),
  ];
  return `<dl class="facts">${facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

const timeScale = ({ start, end }: TimeLine): Scale => linear(start, end, LEFT, WIDTH - RIGHT, 8);

/** Loss and metrics, each with its validation form. */
function courses(
  history: NonNullable<Reported['history']>,
  { vitals }: Reported,
  timeline: TimeLine,
  marks: readonly Mark[],
): string {
  const time = timeScale(timeline);
  const names = Object.keys(history).filter((name) => !name.startsWith('val_'));
  if (!names.includes('loss') && vitals) names.unshift('loss');
  return names
    .map((name) => {
      const lines: Line[] = [];
      const atEpochs = (course: readonly number[]) =>
        course.map((value, i) => [timeline.start + i + 1, value] as const);
      if (name === 'loss' && vitals)
        lines.push({
          name: '',
          kind: 'fine',
          points: vitals.loss.map((value, i) => [timeline.times[i], value] as const),
        });
      if (history[name])
        lines.push({
          name: history[`val_${name}`] ? 'training' : name,
          kind: 'train',
          points: atEpochs(history[name]),
        });
      if (history[`val_${name}`])
        lines.push({ name: 'validation', kind: 'val', points: atEpochs(history[`val_${name}`]) });
      const height = name === 'loss' ? 240 : 180;
      const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
      const chart = lineChart(name, lines, time, fitting(values, height - 22, 30), marks, { height });
      const fine = lines.some(({ kind }) => kind === 'fine');
      const about = fine ? '<p class="soft">Means of whole epochs; the pale line within them.</p>' : '';
      return `<h2>${escaped(titleOf(name))}</h2>${about}<div class="panel">${chart}</div>`;
    })
    .join('');
}

function card(diagnosis: Diagnosis, i: number): string {
  const { problem, layer, severity, explanation, evidence, remedies } = diagnosis;
  const where = [layer ? `in ${layer}` : '', severity, whenOf(diagnosis)]
    .filter((part) => part !== '')
    .join(' · ');
  const facts = Object.entries(evidence).map(
    ([name, value]) => `<div><dt>${escaped(nameOf(name))}</dt><dd>${escaped(valueText(value))}</dd></div>`,
  );
  const help = remedies.map(
    ({ remedy, code, why }) =>
      `<li><strong>${escaped(titleOf(remedy))}.</strong> ${escaped(why)}<pre>${escaped(code)}</pre></li>`,
  );
  return (
    `<section class="diagnosis ${severity}" id="d${i + 1}"><h3><span class="number">${i + 1}</span>${escaped(titleOf(problem))}<span class="where">${escaped(where)}</span></h3>` +
    `<p>${escaped(explanation)}</p>${facts.length > 0 ? `<dl class="evidence">${facts.join('')}</dl>` : ''}${help.length > 0 ? `<ol class="remedies">${help.join('')}</ol>` : ''}</section>`
  );
}

function repairCard(repair: Repair): string {
  const { remedy, kept, why, code } = repair;
  return (
    `<section class="diagnosis${kept ? ' kept' : ''}"><h3>${escaped(titleOf(remedy))}<span class="where">${kept ? 'kept' : 'taken back'}</span></h3>` +
    `<p>${escaped(why)} ${escaped(courseOfRepair(repair))}</p>${kept ? `<pre>${escaped(code)}</pre>` : ''}</section>`
  );
}

/** Everything that is known layer by layer, the first layer on top; nothing is known of what came after it `broke`. */
function layerPanels(
  layers: readonly LayerVitals[],
  timeline: TimeLine,
  marks: readonly Mark[],
  broke = timeline.end,
): string {
  const trained = layers.filter((layer) => layer.trained);
  const time = timeScale(timeline);
  const panel = (
    title: string,
    about: string,
    key: 'gradientNorm' | 'updateRatio' | 'deadShare' | 'saturatedShare',
    some: readonly LayerVitals[],
    shade: (value: number) => number,
    legend: { ramp: string; ends: readonly [string, string] },
  ): string => {
    if (some.length === 0 || !some.some((layer) => layer[key].some((value) => !Number.isNaN(value))))
      return '';
    const written = key === 'deadShare' || key === 'saturatedShare' ? percent : digits;
    const rows = some.map((layer) => rowOf(layer, key, written));
    return `<h2>${title}</h2><p class="soft">${about}</p><div class="panel">${heatMap(title, rows, timeline.times, time, broke, shade, legend, marks)}</div>`;
  };
  const norms = trained
    .flatMap(({ gradientNorm }) => gradientNorm)
    .filter((value) => Number.isFinite(value) && value > 0);
  const high = Math.log10(norms.reduce((a, b) => Math.max(a, b), 1e-30));
  const low = Math.max(Math.log10(norms.reduce((a, b) => Math.min(a, b), 1e30)), high - 10);
  const flow = (value: number) => (value > 0 ? (Math.log10(value) - low) / (high - low || 1) : 0);
  const ratio = (value: number) => (value > 0 ? (Math.log10(value) + 6) / 6 : 0);
  const dead = layers.filter((layer) => layer.deadShare.some((value) => value > 0));
  const flat = layers.filter((layer) => layer.saturatedShare.some((value) => value > 0));
  const share = { ramp: 'heat', ends: ['none', 'all'] as const };
  return [
    panel(
      'Gradient flow',
      'Size of the gradient in each layer, over time; the number at the right is the last. Top is the first layer: the gradient comes from below. A row that stays faint hardly learns.',
      'gradientNorm',
      trained,
      flow,
      { ramp: 'heat', ends: [powerLabel(Math.floor(low)), powerLabel(Math.ceil(high))] },
    ),
    panel(
      'Size of updates',
      'How far each update moves a layer’s weights, in parts of their size. Near a thousandth is healthy; blue hardly moves, red is tossed about.',
      'updateRatio',
      trained,
      ratio,
      { ramp: 'balance', ends: ['1e-6', '1'] },
    ),
    panel(
      'Dead units',
      'Share of units that have not fired lately. Layers without any are left out.',
      'deadShare',
      dead,
      (value) => value,
      share,
    ),
    panel(
      'Saturated units',
      'Share of values on the flat ends of their activation. Layers without any are left out.',
      'saturatedShare',
      flat,
      (value) => value,
      share,
    ),
  ].join('');
}

function rowOf(
  { name, kind, activation, units, ...course }: LayerVitals,
  key: 'gradientNorm' | 'updateRatio' | 'deadShare' | 'saturatedShare',
  written: (value: number) => string,
) {
  const there = course[key].filter((value) => !Number.isNaN(value));
  const [first, last] =
    there.length === 0 ? ['–', '–'] : [written(there[0]), written(there[there.length - 1])];
  return {
    name,
    title: `${name} (${kind}, ${units} units, ${activation}): first ${first}, last ${last}`,
    values: course[key],
    last,
  };
}
