/** What the pages of the tests have in common. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../support/project.js';

/** Headers with which pages may share memory between threads. */
export const isolated = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** The package as a static file. */
export const library = '/node_modules/chainrule/dist/index.js';

/** A module that runs the program and reports. */
export const runs = (from: string, program: string, options: string): string => `
  import * as chainrule from '${from}';
  import { run } from '${program}';
  report(run(chainrule, ${options}));`;

/** Writes a page and its files into a folder of their own. */
export function writePage(project: Project, folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(project.folder, folder));
  const html =
    '<!doctype html><script src="/report.js"></script><script type="module" src="./main.js"></script>';
  for (const [name, text] of Object.entries({ 'index.html': html, ...files }))
    project.write(`${folder}/${name}`, text);
}
