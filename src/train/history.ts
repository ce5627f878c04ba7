import type { Diagnosis } from '../doctor/diagnosis.js';
import type { Repair } from '../doctor/repair/record.js';
import type { Reports } from '../doctor/report/index.js';
import type { FigureOptions } from '../doctor/report.js';
import type { Vitals } from '../doctor/vitals.js';
import { ConfigError, StateError, show } from '../errors.js';

/** What fit returns: one number an epoch for the loss, each metric, and their validation forms (val_...). */
export interface History {
  readonly epoch: number[];
  readonly history: Record<string, number[]>;
  /** What the doctor found, in the order in which it found it. */
  readonly diagnoses: Diagnosis[];
  /** What the doctor tried, and whether it helped; empty unless `doctor` is 'repair'. */
  readonly repairs: Repair[];
  /** What the doctor measured at sampled steps; absent with `doctor: 'off'`. */
  readonly vitals?: Vitals;
  /** The doctor's report of it: text for a terminal, with `format: 'html'` one page that stands by itself, with 'svg' a figure. With `doctor: 'off'` there is none. */
  report(options?: HistoryReportOptions): string;
}

/** `time` and `panels` are for figures. */
export interface HistoryReportOptions extends FigureOptions {
  /** Default 'text'. */
  readonly format?: 'text' | 'html' | 'svg';
}

/** Gives what is recorded its report, which neither JSON nor a comparison sees; `reports` come with the doctor. */
export function historyOf(recorded: Omit<History, 'report'>, reports?: Reports): History {
  const report = ({ format = 'text', ...options }: HistoryReportOptions = {}): string => {
    if (!reports) {
      throw new StateError(
        "history.report: this fit ran with doctor: 'off'. The losses alone: report.text(history), report from 'chainrule'.",
      );
    }
    if (!Object.hasOwn(reports, format))
      throw new ConfigError(`history.report: format is ${show(format)}; expected 'text', 'html' or 'svg'.`);
    return reports[format](recorded, options);
  };
  return Object.defineProperty({ ...recorded }, 'report', { value: report }) as History;
}

/** Loss and metrics by name. */
export type Logs = Record<string, number>;
