import { ConfigError, show } from '../../errors.js';
import { checkConfig } from '../../settings.js';
import type { Diagnosis } from '../diagnosis.js';
import { digits, percent } from '../measure.js';
import type { Outcome, Repair } from '../repair/record.js';
import type { Vitals } from '../vitals.js';

/** What a report is made from: a history of fit has all of it. */
export interface Reported {
  readonly diagnoses?: readonly Diagnosis[];
  readonly repairs?: readonly Repair[];
  /** The numbers of the epochs. */
  readonly epoch?: readonly number[];
  /** Loss and metrics, a number an epoch. */
  readonly history?: Readonly<Record<string, readonly number[]>>;
  readonly vitals?: Vitals;
}

export interface ReportOptions {
  readonly title?: string;
}

/** Checks what users hand in. */
export function checkReported(
  what: string,
  reported: Reported,
  options: ReportOptions,
  settings: readonly string[] = [],
): Required<Pick<Reported, 'diagnoses' | 'repairs' | 'history'>> & Reported {
  if (typeof reported !== 'object' || reported === null)
    throw new ConfigError(`${what}: got ${show(reported)}; expected what fit returns, or { diagnoses }.`);
  checkConfig(what, options, ['title', ...settings]);
  const { diagnoses = [], repairs = [], history = {} } = reported;
  if (!Array.isArray(diagnoses))
    throw new ConfigError(
      `${what}: diagnoses is ${show(diagnoses)}; expected a list, as diagnose(...) returns.`,
    );
  return { ...reported, diagnoses, repairs, history };
}

/** 'dead-relu' → 'Dead ReLU'. */
export const titleOf = (problem: string): string =>
  (problem[0].toUpperCase() + problem.slice(1))
    .replaceAll('-', ' ')
    .replace(/\brelu\b/, 'ReLU')
    .replace('Non finite', 'Non-finite values');

/** "2 errors, 1 warning". */
export function verdict(diagnoses: readonly Diagnosis[]): string {
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = diagnoses.filter((diagnosis) => diagnosis.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? '' : 's'}`];
  });
  return parts.length === 0 ? 'Nothing wrong was found' : parts.join(', ');
}

/** "before training", "epoch 3, after 120 updates". */
export const whenOf = ({ step, epoch }: Diagnosis): string =>
  step === 0 ? 'before training' : `epoch ${epoch + 1}, after ${step} update${step === 1 ? '' : 's'}`;

/** 'lossAfterIfScaled' → 'loss after if scaled'. */
export const nameOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** "learned 83 %, accuracy 91 %, loss 0.31". */
const outcome = ({ learned, accuracy, loss }: Outcome): string =>
  [
    `learned ${percent(learned)}`,
    ...(accuracy === undefined ? [] : [`accuracy ${percent(accuracy)}`]),
    `loss ${digits(loss)}`,
  ].join(', ');

/** How a repair was tried and what came of it. */
export function courseOfRepair({ kept, problem, layer, updates, backTo, before, after }: Repair): string {
  const where = `Against ${titleOf(problem).toLowerCase().replace('relu', 'ReLU')}${layer ? ` in ${layer}` : ''}`;
  const tried =
    updates > 0
      ? `after ${updates} updates from epoch ${backTo + 1} on, without it: ${outcome(before)}; with it: ${outcome(after)}.`
      : `before: ${outcome(before)}; after: ${outcome(after)}.`;
  return `${where}; ${tried} ${kept ? 'Kept.' : 'Taken back.'}`;
}
