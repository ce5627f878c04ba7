/** What the tools that judge packages say of this one. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from '../support/project.js';
import { installed, isInstalled, notInstalled } from './runtimes.js';

let project: Project;

beforeAll(() => {
  project = new Project();
}, 60_000);

afterAll(() => project?.remove());

/** Runs a tool on the packed package. Its output goes to a file: some tools end before a pipe has taken all of it. */
function run(script: string, ...args: string[]) {
  const path = join(project.folder, 'output.txt');
  const file = openSync(path, 'w');
  const tool = [join(installed, script), project.tarball, ...args];
  const { status } = spawnSync(process.execPath, tool, { stdio: ['ignore', file, 'inherit'] });
  closeSync(file);
  return { status, output: readFileSync(path, 'utf8') };
}

test('publint', (context) => {
  if (!isInstalled('publint')) context.skip(notInstalled('publint'));
  const { status, output } = run('publint/src/cli.js', '--strict');
  expect(output).toContain('All good!');
  expect(status).toBe(0);
});

interface Problem {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}

test('are the types wrong?', { timeout: 120_000 }, (context) => {
  if (!isInstalled('@arethetypeswrong/cli')) context.skip(notInstalled('@arethetypeswrong/cli'));
  const { output } = run('@arethetypeswrong/cli/dist/index.js', '--format', 'json');
  const { analysis } = JSON.parse(output) as { analysis: { problems: Problem[]; entrypoints: object } };
  expect(Object.keys(analysis.entrypoints)).toContain('./inline');
  const wrong = analysis.problems.filter(({ kind, entrypoint = '', resolutionKind }) => {
    // TypeScript's oldest resolution, gone with TypeScript 7, knows no exports: only the main entry is found.
    if (resolutionKind === 'node10' && entrypoint !== '.') return false;
    // For Node and for pages alone: ES modules only.
    return !(kind === 'CJSResolvesToESM' && ['./turbo', './worker.js'].includes(entrypoint));
  });
  expect(wrong).toEqual([]);
});
