/** Pages that load the package as it is: on the main thread, in a Web Worker, with threads, under a strict policy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as chainrule from '../../src/index.js';
import { Project } from '../support/project.js';
import { Browser, browsers, findBrowser, notFound } from './browser.js';
import { compare } from './matrix.js';
import { isolated, library, runs, writePage } from './pages.js';
import * as program from './program.mjs';

let project: Project;
let expected: program.Result;

/** A page that runs the program, and what it is served with. */
interface Page {
  readonly name: string;
  /** The page's module. */
  readonly main: string;
  readonly threads: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

const workerPage = {
  main: `
    const worker = new Worker('./worker.js', { type: 'module' });
    report(new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    }));`,
  files: {
    'worker.js': `
      import * as chainrule from '${library}';
      import { run } from '/program.mjs';
      run(chainrule, { threads: [1, 2] }).then((result) => postMessage(result));`,
  },
};

const pages: readonly Page[] = [
  { name: 'plain module', main: runs(library, '/program.mjs', '{ threads: [1, 2] }'), threads: [1, 1] },
  {
    name: 'cross-origin isolated',
    main: runs(library, '/program.mjs', '{ threads: [1, 2, 3, 4] }'),
    headers: isolated,
    threads: [1, 2, 3, 4],
  },
  { name: 'Web Worker', ...workerPage, threads: [1, 1] },
  { name: 'Web Worker, isolated', ...workerPage, headers: isolated, threads: [1, 2] },
  {
    name: 'strict security policy',
    main: runs(library, '/program.mjs', '{ threads: [1, 2] }'),
    headers: { ...isolated, 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'" },
    threads: [1, 1],
  },
  {
    name: "strict security policy, the package's worker",
    main: runs(
      library,
      '/program.mjs',
      `{ threads: [1, 2], options: { workerFactory: () => new Worker('/node_modules/chainrule/dist/worker.js') } }`,
    ),
    headers: { ...isolated, 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'" },
    threads: [1, 2],
  },
];

beforeAll(async () => {
  project = new Project();
  project.copy('everywhere/program.mjs');
  for (const [i, { main, files }] of pages.entries())
    writePage(project, `page-${i}`, { 'main.js': main, ...files });
  expected = await program.run(chainrule);
}, 60_000);

afterAll(() => project?.remove());

describe.for(browsers)('$name', { timeout: 60_000 }, (kind) => {
  const path = findBrowser(kind);
  let browser: Browser;

  beforeAll(async () => {
    if (!path) return;
    browser = new Browser(project.folder);
    await browser.start(kind, path);
  });

  afterAll(() => browser?.close());

  test.for(pages)('$name', async ({ name, headers = {}, threads }, context) => {
    if (!path) return context.skip(notFound(kind));
    browser.headers = headers;
    const result = await browser.visit<program.Result>(
      `/page-${pages.findIndex((page) => page.name === name)}/index.html`,
    );
    compare(context, `${kind.name}, ${name}`, result, expected);
    expect(result.portable.map((run) => run.threads)).toEqual(threads);
  });
});
