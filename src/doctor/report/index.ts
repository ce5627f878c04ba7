/** The forms of a report, which come with the doctor. */
import { svg } from './figure.js';
import { html } from './html.js';
import { text } from './text.js';

export const reports = { text, html, svg };
export type Reports = typeof reports;
