/** The package as npm would publish it: packed, installed in an empty project, and used from there. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project, root } from './support/project.js';

let project: Project;

beforeAll(() => {
  project = new Project();
}, 120_000);

afterAll(() => project?.remove());

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: project.folder, encoding: 'utf8' }).trim();
}

const learnXor = `
  const net = sequential({ layers: [
    layers.dense({ units: 8, activation: 'tanh', inputShape: [2] }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ] });
  net.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'meanSquaredError' });
  net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]], { epochs: 500 })
    .then(() => console.log(Array.from(net.predict([[0, 0], [0, 1], [1, 0], [1, 1]]).data, Math.round).join('')));
`;

describe('a plain script in an empty project', () => {
  test('imports it', () => {
    project.write('script.mjs', `import { layers, optimizers, sequential } from 'chainrule';${learnXor}`);
    expect(node('script.mjs')).toBe('0110');
  });

  test('requires it', () => {
    project.write(
      'script.cjs',
      `const { layers, optimizers, sequential } = require('chainrule');${learnXor}`,
    );
    expect(node('script.cjs')).toBe('0110');
  });

  test('finds the binaries for hosts that forbid compiling', () => {
    project.write(
      'module.mjs',
      `import { readFileSync } from 'node:fs';
       import { fileURLToPath } from 'node:url';
       import { init, layers, optimizers, sequential } from 'chainrule';
       const path = fileURLToPath(import.meta.resolve('chainrule/wasm/simd.wasm'));
       await init({ module: new WebAssembly.Module(readFileSync(path)) });${learnXor}`,
    );
    expect(node('module.mjs')).toBe('0110');
  });
});

test('a CSV file is read with nothing else to install', () => {
  project.write(
    'csv.mjs',
    `import { data } from 'chainrule';
     for await (const { x } of await data.csv('a,b\\n1,2\\n')) console.log(x.data.join());`,
  );
  expect(node('csv.mjs')).toBe('1,2');
});

describe('readers whose packages are absent', () => {
  beforeAll(() => {
    for (const name of ['papaparse', 'fflate'])
      rmSync(join(project.folder, 'node_modules', name), { recursive: true, force: true });
  });

  const script = `import { data } from 'chainrule';
    for (const read of [() => data.csv('a\\n1\\n'), () => data.readNpz(Uint8Array.of(0x50, 0x4b, 3, 4))])
      await read().catch(({ name, message }) => console.log(name, message));`;
  const told =
    /^StateError data\.csv: .*npm install papaparse.*\nStateError data\.readNpz: .*npm install fflate/;

  test('say so, and the core is as it was', () => {
    project.write('absent.mjs', script);
    expect(node('absent.mjs')).toMatch(told);
  });

  test('do not keep a bundler from its work', async () => {
    project.write('bundled.mjs', script);
    const { warnings } = await build({
      entryPoints: [join(project.folder, 'bundled.mjs')],
      outfile: join(project.folder, 'bundle.mjs'),
      bundle: true,
      format: 'esm',
      logLevel: 'silent',
    });
    expect(warnings).toEqual([]);
    expect(node('bundle.mjs')).toMatch(told);
  });
});

describe('types', () => {
  const source = `
    import { callbacks, data, layers, losses, optimizers, sequential, tensor, type Tensor } from 'chainrule';
    const net = sequential({ layers: [layers.dense({ units: 1, activation: 'relu', inputShape: [2] })] });
    net.compile({ optimizer: optimizers.adam(), loss: losses.meanSquaredError() });
    export const prediction: Tensor = net.predict(tensor([[1, 2]]));
    export async function train(): Promise<number[]> {
      const { history } = await net.fit([[1, 2]], [[3]], { callbacks: [callbacks.earlyStopping({ monitor: 'loss' })] });
      return history.loss;
    }
    export async function stream(file: File): Promise<readonly string[]> {
      const rows = await data.csv(file, { label: 'y', columns: { y: 'index', k: { type: 'oneHot', missing: 'drop' } } });
      const [train, test] = rows.map(({ x, y }) => ({ x: x.data, y: y?.data ?? 0 })).split(0.8, { stratify: true });
      await net.fitDataset(train.shuffle(100), { batchesPerEpoch: 3, validationData: test });
      await net.fitDataset(async function* () { yield { x: [[1, 2]], y: [3] }; });
      for await (const { x } of data.tensors([[1, 2]]).batch(1)) net.predict(x);
      const { loss } = await net.evaluateDataset(data.examples([[[1, 2], 3]]));
      void loss;
      return rows.schema?.classes ?? [];
    }
    // @ts-expect-error: there is no such type of columns
    data.csv('x.csv', { columns: { a: 'onehot' } });
    // @ts-expect-error: a misspelt setting
    layers.dense({ unit: 1 });
    // @ts-expect-error: there is no such activation
    layers.dense({ units: 1, activation: 'rellu' });
  `;
  const cases = [
    { file: 'esm.mts', module: 'node16', resolution: 'node16' },
    { file: 'cjs.cts', module: 'node16', resolution: 'node16' },
    { file: 'bundled.ts', module: 'esnext', resolution: 'bundler' },
  ];
  test.each(cases)('are found by $file under $resolution resolution', ({ file, module, resolution }) => {
    project.write(file, source);
    // Nothing of Node's types, and declarations are checked too: the package must stand on its own.
    const compilerOptions = {
      module,
      moduleResolution: resolution,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
    expect(check()).toBe('');
  });

  function check(): string {
    try {
      return node(join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false');
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }
});
