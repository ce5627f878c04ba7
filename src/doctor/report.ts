/** The doctor's report: text for a terminal, or one HTML page that stands by itself. */
import { html } from './report/html.js';
import { text } from './report/text.js';

export type { Reported, ReportOptions } from './report/reported.js';

/**
 * What was found, and why, from what fit returns (history.diagnoses and its measurements) or from diagnose(...)
 * alone: report.text({ diagnoses }), report.html(history).
 */
export const report = { text, html };
