/** Pages from esbuild, Vite and webpack. Slow, hence by `npm run test:thorough` only. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import * as chainrule from '../../src/index.js';
import { Project } from '../support/project.js';
import { thorough } from '../support/thorough.js';
import { Browser, browsers, findBrowser, notFound } from './browser.js';
import { bundlers, developmentServer } from './bundlers.js';
import { compare } from './matrix.js';
import { isolated, runs, writePage } from './pages.js';
import * as program from './program.mjs';
import { isInstalled, notInstalled } from './runtimes.js';

let project: Project;
let app: string;
let expected: program.Result;

beforeAll(async () => {
  if (!thorough) return;
  project = new Project();
  project.copy('everywhere/program.mjs');
  app = join(project.folder, 'app');
  writePage(project, 'app', { 'main.js': runs('chainrule', '../program.mjs', '{ threads: [1, 2] }') });
  expected = await program.run(chainrule);
}, 60_000);

afterAll(() => project?.remove());

const built = new Map<string, Promise<unknown>>();

/** Builds the application once. The folder it is served from. */
async function build(bundler: string): Promise<string> {
  const folder = `built-${bundler}`;
  const out = join(project.folder, folder);
  if (!built.has(bundler)) built.set(bundler, bundlers[bundler](app, out));
  await built.get(bundler);
  if (bundler !== 'Vite') cpSync(join(app, 'index.html'), join(out, 'index.html'));
  return folder;
}

describe.for(browsers)('$name', { timeout: 120_000 }, (kind) => {
  const path = findBrowser(kind);
  let browser: Browser;

  beforeAll(async () => {
    if (!path || !thorough) return;
    browser = new Browser(project.folder);
    browser.headers = isolated;
    await browser.start(kind, path);
  });

  afterAll(() => browser?.close());

  const skip = (context: TestContext, bundler: string) => {
    if (!thorough) context.skip(`${bundler} in ${kind.name}: slow, see \`npm run test:thorough\`.`);
    if (!path) context.skip(notFound(kind));
    if (bundler !== 'esbuild' && !isInstalled(bundler.toLowerCase())) context.skip(notInstalled(bundler));
  };

  const check = (context: TestContext, where: string, result: program.Result) => {
    compare(context, `${kind.name}, ${where}`, result, expected);
    expect(result.portable.map((run) => run.threads)).toEqual([1, 2]);
  };

  test.for(Object.keys(bundlers))('%s', async (bundler, context) => {
    skip(context, bundler);
    check(context, bundler, await browser.visit(`/${await build(bundler)}/index.html`));
  });

  test("Vite's development server", async (context) => {
    skip(context, 'Vite');
    const server = await developmentServer(app, browser.origin, isolated);
    try {
      check(context, "Vite's development server", await browser.visit(server.url));
    } finally {
      await server.close();
    }
  });
});
