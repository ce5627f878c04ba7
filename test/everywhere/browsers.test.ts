/** Pages: as they are, from every bundler, in a Web Worker, with threads, and while a person clicks. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as chainrule from '../../src/index.js';
import { Project } from '../support/project.js';
import { Browser, browsers, findBrowser } from './browser.js';
import { compare } from './matrix.js';
import * as program from './program.mjs';

let project: Project;
let expected: program.Result;

const isolated = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const library = '/node_modules/chainrule/dist/index.js';

/** A page that runs the program, and what it is served with. */
interface Page {
  readonly name: string;
  /** The page's module. */
  readonly main: string;
  readonly threads: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

const runs = (from: string, options: string) => `
  import * as chainrule from '${from}';
  import { run } from '/program.mjs';
  report(run(chainrule, ${options}));`;

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
  { name: 'plain module', main: runs(library, '{ threads: [1, 2] }'), threads: [1, 1] },
  {
    name: 'cross-origin isolated',
    main: runs(library, '{ threads: [1, 2, 3, 4] }'),
    headers: isolated,
    threads: [1, 2, 3, 4],
  },
  { name: 'Web Worker', ...workerPage, threads: [1, 1] },
  { name: 'Web Worker, isolated', ...workerPage, headers: isolated, threads: [1, 2] },
  {
    name: 'strict security policy',
    main: runs(library, '{ threads: [1, 2] }'),
    headers: { ...isolated, 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'" },
    threads: [1, 1],
  },
  {
    name: "strict security policy, the package's worker",
    main: runs(
      library,
      `{ threads: [1, 2], options: { workerFactory: () => new Worker('/node_modules/chainrule/dist/worker.js') } }`,
    ),
    headers: { ...isolated, 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'" },
    threads: [1, 2],
  },
];

beforeAll(async () => {
  project = new Project();
  project.copy('everywhere/program.mjs');
  for (const [i, { main, files }] of pages.entries()) {
    mkdirSync(join(project.folder, `page-${i}`));
    const all = {
      'index.html':
        '<!doctype html><script src="/report.js"></script><script type="module" src="./main.js"></script>',
      'main.js': main,
      ...files,
    };
    for (const [name, text] of Object.entries(all)) project.write(`page-${i}/${name}`, text);
  }
  expected = await program.run(chainrule);
}, 60_000);

afterAll(() => project?.remove());

describe.for(browsers)('$name', (kind) => {
  const path = findBrowser(kind);
  let browser: Browser;

  beforeAll(async () => {
    if (!path) return;
    browser = new Browser(project.folder);
    await browser.start(kind, path);
  });

  afterAll(() => browser?.close());

  test.for(pages)('$name', async ({ name, headers = {}, threads }, context) => {
    if (!path) return context.skip(`${kind.name}: no ${kind.programs.join(' or ')} found.`);
    browser.headers = headers;
    const result = await browser.visit<program.Result>(
      `/page-${pages.findIndex((page) => page.name === name)}/index.html`,
    );
    compare(context, `${kind.name}, ${name}`, result, expected);
    expect(result.portable.map((run) => run.threads)).toEqual(threads);
  });
});
