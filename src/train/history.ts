import type { Diagnosis } from '../doctor/diagnosis.js';
import type { Repair } from '../doctor/repair/record.js';
import { type ReportOptions, report as reports } from '../doctor/report.js';
import type { Vitals } from '../doctor/vitals.js';
import { ConfigError, show } from '../errors.js';

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
  /** The doctor's report of it: text for a terminal, or with `format: 'html'` one page that stands by itself. */
  report(options?: HistoryReportOptions): string;
}

export interface HistoryReportOptions extends ReportOptions {
  /** Default 'text'. */
  readonly format?: 'text' | 'html';
}

/** Gives what is recorded its report, which neither JSON nor a comparison sees. */
export function historyOf(recorded: Omit<History, 'report'>): History {
  const report = ({ format = 'text', ...options }: HistoryReportOptions = {}): string => {
    if (format !== 'text' && format !== 'html')
      throw new ConfigError(`history.report: format is ${show(format)}; expected 'text' or 'html'.`);
    return reports[format](recorded, options);
  };
  return Object.defineProperty({ ...recorded }, 'report', { value: report }) as History;
}

/** Loss and metrics by name. */
export type Logs = Record<string, number>;
