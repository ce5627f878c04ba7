import { digits, percent } from '../measure.js';
import type { LayerVitals, Vitals } from '../vitals.js';
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

const WIDTH = 88;

/** The report as plain text, at most 88 characters wide (but for names and code of the user's). */
export function text(reported: Reported, options: ReportOptions = {}): string {
  const { diagnoses, repairs, history, vitals } = checkReported('report.text', reported, options);
  const lines = [options.title ?? 'Doctor’s report', `${verdict(diagnoses)}.`];
  const ends = Object.entries(history).filter(([, course]) => course.length > 0);
  if (ends.length > 0)
    lines.push(
      ...wrap(
        `After ${ends[0][1].length} epoch${ends[0][1].length === 1 ? '' : 's'}: ${ends.map(([name, course]) => `${name} ${digits(course[course.length - 1])}`).join(', ')}.`,
        '',
      ),
    );
  if (vitals && vitals.step.length > 0) lines.push('', ...layerTable(vitals));
  diagnoses.forEach((diagnosis, i) => {
    const { problem, layer, severity, explanation, evidence, remedies } = diagnosis;
    lines.push(
      '',
      `${i + 1}. ${titleOf(problem)}${layer ? ` in ${layer}` : ''}  (${severity}, ${whenOf(diagnosis)})`,
    );
    lines.push(...wrap(explanation, '   '));
    const facts = Object.entries(evidence).map(([name, value]) => `${nameOf(name)} ${valueText(value)}`);
    if (facts.length > 0) lines.push(...wrap(`Evidence: ${facts.join('; ')}`, '   '));
    for (const { remedy, code, why } of remedies) {
      lines.push(...wrap(`→ ${titleOf(remedy)}. ${why}`, '   '));
      lines.push(...code.split('\n').map((line) => `       ${line}`));
    }
  });
  if (repairs.length > 0)
    lines.push(
      '',
      `Repairs: ${repairs.filter(({ kept }) => kept).length} of ${repairs.length} tried were kept.`,
    );
  for (const repair of repairs) {
    lines.push(
      ...wrap(`${repair.kept ? '✓' : '✗'} ${titleOf(repair.remedy)}. ${courseOfRepair(repair)}`, '   '),
    );
    if (repair.kept) lines.push(...repair.code.split('\n').map((line) => `       ${line}`));
  }
  return lines.join('\n');
}

/** What flows back to each layer at the first and the last sampled update, and what its updates and units are like. */
function layerTable({ layers }: Vitals): string[] {
  const columns: { head: string; of: (layer: LayerVitals) => number[]; at: 0 | -1; as: typeof digits }[] = [
    { head: 'first gradient', of: ({ gradientNorm }) => gradientNorm, at: 0, as: digits },
    { head: 'last', of: ({ gradientNorm }) => gradientNorm, at: -1, as: digits },
    { head: 'update/weights', of: ({ updateRatio }) => updateRatio, at: -1, as: digits },
    { head: 'dead units', of: ({ deadShare }) => deadShare, at: -1, as: percent },
    { head: 'saturated', of: ({ saturatedShare }) => saturatedShare, at: -1, as: percent },
  ];
  const of = (layer: LayerVitals, { of: course, at }: (typeof columns)[number]) =>
    course(layer).at(at) as number;
  // What no layer has, such as dead units where there is no ReLU, is left out.
  const shown = columns.filter((column, i) =>
    layers.some((layer) => (i < 3 ? !Number.isNaN(of(layer, column)) : of(layer, column) > 0)),
  );
  const measured = layers.filter((layer) => shown.some((column) => !Number.isNaN(of(layer, column))));
  const rows = [
    ['layer', ...shown.map(({ head }) => head)],
    ...measured.map((layer) => [
      layer.name,
      ...shown.map((column) => (Number.isNaN(of(layer, column)) ? '' : column.as(of(layer, column)))),
    ]),
  ];
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

/** A number with three digits; of a long list only its ends. */
export function valueText(value: number | string | readonly number[]): string {
  if (typeof value === 'number') return digits(value);
  if (typeof value === 'string') return value;
  return value.length <= 8
    ? value.map(digits).join(', ')
    : `${value.slice(0, 4).map(digits).join(', ')}, …, ${value.slice(-3).map(digits).join(', ')}`;
}

function wrap(words: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}
