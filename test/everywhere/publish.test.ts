/** What the tools that judge packages say of this one. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from '../support/project.js';
import { installed, isInstalled, notInstalled } from './runtimes.js';

let project: Project;

beforeAll(() => {
  project = new Project();
}, 60_000);

afterAll(() => project?.remove());

/** Runs a tool on the packed package. */
function run(script: string, ...args: string[]) {
  const tool = [join(installed, script), project.tarball, ...args];
  return spawnSync(process.execPath, tool, { encoding: 'utf8' });
}

test('publint', (context) => {
  if (!isInstalled('publint')) context.skip(notInstalled('publint'));
  const { status, stdout, stderr } = run('publint/src/cli.js', '--strict');
  expect(stdout + stderr).toContain('All good!');
  expect(status).toBe(0);
});

interface Problem {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}

test('are the types wrong?', { timeout: 120_000 }, (context) => {
  if (!isInstalled('@arethetypeswrong/cli')) context.skip(notInstalled('@arethetypeswrong/cli'));
  const { stdout } = run('@arethetypeswrong/cli/dist/index.js', '--format', 'json');
  const { analysis } = JSON.parse(stdout) as { analysis: { problems: Problem[]; entrypoints: object } };
  expect(Object.keys(analysis.entrypoints)).toContain('./inline');
  const wrong = analysis.problems.filter(({ kind, entrypoint = '', resolutionKind }) => {
    // TypeScript's oldest resolution, gone with TypeScript 7, knows no exports: only the main entry is found.
    if (resolutionKind === 'node10' && entrypoint !== '.') return false;
    // For Node and for pages alone: ES modules only.
    return !(kind === 'CJSResolvesToESM' && ['./turbo', './worker.js'].includes(entrypoint));
  });
  expect(wrong).toEqual([]);
});
