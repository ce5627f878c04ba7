/** One package, every runtime: it is found by import and require, trains, and gives the same bits with any number of threads. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activations } from '../../src/activations/index.js';
import { Project } from '../support/project.js';
import { compare } from './matrix.js';
import * as program from './program.mjs';
import { notInstalled, runtimes } from './runtimes.js';

let project: Project;
let expected: program.Result;

beforeAll(async () => {
  project = new Project();
  project.copy('everywhere/program.mjs');
  expected = await program.run(await import('../../src/index.js'));
}, 60_000);

afterAll(() => project?.remove());

test('the program knows all activations', () => {
  expect(program.activations).toEqual(Object.keys(activations));
});

describe.for(runtimes)('$name', ({ name, command }) => {
  test.for(['import', 'require'] as const)('trains after %s', async (way, context) => {
    if (!command) return context.skip(notInstalled(name));
    const options = { threads: way === 'import' ? [1, 2, 3, 4] : [1, 2] };
    const script = {
      import: `import * as chainrule from 'chainrule';
               import { run } from './program.mjs';
               console.log(JSON.stringify(await run(chainrule, ${JSON.stringify(options)})));`,
      require: `const chainrule = require('chainrule');
                import('./program.mjs').then(({ run }) => run(chainrule, ${JSON.stringify(options)}))
                  .then((result) => console.log(JSON.stringify(result)));`,
    }[way];
    const path = project.write(`script.${way === 'import' ? 'mjs' : 'cjs'}`, script);
    const [executable, ...args] = command;
    // Deno finds a module to require only where it may read.
    if (name === 'Deno' && way === 'require') args.push('--allow-read');
    const place = { cwd: project.folder, timeout: 60_000 };
    const { stdout } = await promisify(execFile)(executable, [...args, path], place);
    const result = JSON.parse(stdout) as program.Result;
    compare(context, `${name}, ${way}`, result, expected);
    expect(result.portable.map(({ threads }) => threads)).toEqual(options.threads);
  });
});
