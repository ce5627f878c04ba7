/** Edge runtimes: a Worker that trains when asked to, and one that serves a saved model. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build, type Plugin } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as chainrule from '../../src/index.js';
import { Project } from '../support/project.js';
import { compare } from './matrix.js';
import * as program from './program.mjs';
import { binary, notInstalled } from './runtimes.js';

const workerd = binary('@cloudflare/workerd-', `bin/workerd${process.platform === 'win32' ? '.exe' : ''}`);

let project: Project;
let running: ChildProcess | undefined;

beforeAll(() => {
  project = new Project();
  project.copy('everywhere/program.mjs');
}, 60_000);

afterEach(() => {
  running?.kill();
});

afterAll(() => project?.remove());

/**
 * How bundlers for edge runtimes are set: the default build, and the two that import .wasm files. Workers may compile
 * what is inlined since the compatibility date of 2025-06-01; imports work with any.
 */
const builds = [
  { name: 'inlined', conditions: ['worker', 'browser'], modules: 0, date: '2025-06-01' },
  { name: '.wasm modules', conditions: ['workerd', 'worker', 'browser'], modules: 2, date: '2024-01-01' },
  { name: '.wasm?module', conditions: ['edge-light'], modules: 2, date: '2024-01-01' },
];

describe.for(builds)('$name', ({ name, conditions, modules, date }) => {
  test('a Worker trains on a request', async (context) => {
    if (!workerd) return context.skip(notInstalled('workerd'));
    const url = await serve(
      `import * as chainrule from 'chainrule';
       import { run } from './program.mjs';
       export default {
         async fetch() {
           return Response.json(await run(chainrule, { threads: [1, 2] }));
         },
       };`,
    );
    const result = (await (await fetch(url)).json()) as program.Result;
    compare(context, `workerd, ${name}`, result, await program.run(chainrule));
    // There are no threads here, and nobody has to know.
    expect(result.portable.map(({ threads }) => threads)).toEqual([1, 1]);
  });

  test('a Worker serves a saved model', async (context) => {
    if (!workerd) return context.skip(notInstalled('workerd'));
    const { layers, sequential } = chainrule;
    await chainrule.init({ numerics: 'portable' });
    const net = sequential({
      layers: [layers.dense({ units: 9, activation: 'tanh', inputShape: [3] }), layers.dense({ units: 2 })],
      seed: 4,
    });
    project.write('model.safetensors', net.toSafetensors());
    const url = await serve(
      `import { init, loadModel } from 'chainrule';
       import bytes from './model.safetensors';
       init({ numerics: 'portable' });
       const loading = loadModel(bytes);
       export default {
         async fetch(request) {
           const net = await loading;
           return Response.json(Array.from(net.predict(await request.json()).data));
         },
       };`,
    );
    const x = [
      [1, 2, 3],
      [-0.5, 0.25, 8],
    ];
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(x) });
    expect(await response.json()).toEqual(Array.from(net.predict(x).data));
  });

  /** Bundles a Worker as wrangler does and runs it. Returns its address. */
  async function serve(code: string): Promise<string> {
    const folder = join(project.folder, conditions.join('-'));
    mkdirSync(folder, { recursive: true });
    const wasm: string[] = [];
    await build({
      stdin: { contents: code, resolveDir: project.folder, sourcefile: 'worker.js' },
      outfile: join(folder, 'worker.js'),
      bundle: true,
      format: 'esm',
      conditions,
      loader: { '.safetensors': 'binary' },
      plugins: [besideTheBundle(folder, wasm)],
    });
    expect(wasm).toHaveLength(modules);
    expect(readFileSync(join(folder, 'worker.js'), 'utf8')).not.toMatch(/\beval\(|new Function\(/);
    const embedded = wasm.map((file) => `(name = "${file}", wasm = embed "${file}")`);
    const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${['(name = "worker.js", esModule = embed "worker.js")', ...embedded].join(', ')}],
  compatibilityDate = "${date}",
);`;
    const path = project.write(`${conditions.join('-')}/config.capnp`, config);
    running = spawn(workerd as string, ['serve', '--control-fd=3', path], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    for await (const line of createInterface({ input: running.stdio[3] as Readable })) {
      const { event, port } = JSON.parse(line) as { event: string; port?: number };
      if (event === 'listen') return `http://127.0.0.1:${port}/`;
    }
    throw new Error('workerd ended before it listened');
  }
});

/** Leaves .wasm files out of the bundle and puts them beside it, as wrangler does. */
function besideTheBundle(folder: string, found: string[]): Plugin {
  return {
    name: 'wasm modules',
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path, resolveDir }) => {
        const file = path.replace('?module', '');
        copyFileSync(join(resolveDir, file), join(folder, basename(file)));
        found.push(basename(file));
        return { path: `./${basename(file)}`, external: true };
      });
    },
  };
}
