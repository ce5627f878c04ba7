import { digits } from '../measure.js';
import {
  checkReported,
  nameOf,
  type Reported,
  type ReportOptions,
  titleOf,
  verdict,
  whenOf,
} from './reported.js';

const WIDTH = 88;

/** The report as plain text, at most 88 characters wide. */
export function text(reported: Reported, options: ReportOptions = {}): string {
  const { diagnoses, history } = checkReported('report.text', reported, options);
  const lines = [options.title ?? 'Doctor’s report', `${verdict(diagnoses)}.`];
  const ends = Object.entries(history).filter(([, course]) => course.length > 0);
  if (ends.length > 0)
    lines.push(
      ...wrap(
        `After ${ends[0][1].length} epoch${ends[0][1].length === 1 ? '' : 's'}: ${ends.map(([name, course]) => `${name} ${digits(course[course.length - 1])}`).join(', ')}.`,
        '',
      ),
    );
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
  return lines.join('\n');
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
