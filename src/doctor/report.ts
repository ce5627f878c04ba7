/** The doctor's report: text for a terminal, one HTML page that stands by itself, or a figure. */
import { type Reports, reports } from './report/index.js';

export type { FigureOptions } from './report/figure.js';
export type { Reported, ReportOptions } from './report/reported.js';

/**
 * What was found, and why, from what fit returns (history.diagnoses and its measurements) or from diagnose(...)
 * alone: report.text({ diagnoses }), report.html(history). report.svg(history), or report.svg([before, after]) for runs
 * side by side, draws loss, metrics and gradient flow by layer.
 */
export const report: Reports = reports;
