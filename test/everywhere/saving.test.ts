/** Models are saved, found again and resumed in every runtime: in files, or in a browser's IndexedDB. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project } from '../support/project.js';
import { Browser, browsers, findBrowser, notFound } from './browser.js';
import { library, writePage } from './pages.js';
import { notInstalled, runtimes } from './runtimes.js';

const expected = {
  'a loaded model is the one that was saved': true,
  'it was killed': 'killed',
  'it went on to the end': 6,
  'to the same bits': true,
  'and the backup is gone': 'DataError',
};

let project: Project;

const page = (call: string) => `
  import * as chainrule from '${library}';
  import { again, download, run } from '/saving.mjs';
  const place = (name) => 'indexeddb://' + name;
  report(${call});`;

beforeAll(() => {
  project = new Project();
  project.copy('everywhere/saving.mjs');
  project.write(
    'save.mjs',
    `import * as chainrule from 'chainrule';
     import { again, run } from './saving.mjs';
     const place = (name) => './' + name;
     console.log(JSON.stringify([await run(chainrule, place), await again(chainrule, place)]));`,
  );
  for (const call of ['run(chainrule, place)', 'again(chainrule, place)', 'download(chainrule)'])
    writePage(project, call.slice(0, 3), { 'main.js': page(call) });
}, 60_000);

afterAll(() => project?.remove());

describe('in files', () => {
  test.for(runtimes)('$name', ({ name, command }, context) => {
    if (!command) return context.skip(notInstalled(name));
    const [program, ...args] = command;
    const permissions = name === 'Deno' ? ['--allow-read', '--allow-write'] : [];
    const output = execFileSync(program, [...args, ...permissions, 'save.mjs'], {
      cwd: project.folder,
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual([expected, true]);
  });
});

describe.for(browsers)('in $name', (kind) => {
  const path = findBrowser(kind);
  let browser: Browser;

  beforeAll(async () => {
    if (!path) return;
    browser = new Browser(project.folder);
    await browser.start(kind, path);
  });

  afterAll(() => browser?.close());

  test('in IndexedDB, from one page to the next', async (context) => {
    if (!path) return context.skip(notFound(kind));
    expect(await browser.visit('/run/index.html')).toEqual(expected);
    expect(await browser.visit('/aga/index.html')).toBe(true);
  });

  test('as a download', async (context) => {
    if (!path) return context.skip(notFound(kind));
    expect(await browser.visit('/dow/index.html')).toEqual({ name: 'digits.safetensors', same: true });
  });
});
