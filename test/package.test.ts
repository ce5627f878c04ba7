/** The package as npm would publish it: packed, installed in an empty project, and used from there. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
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

describe('types', () => {
  const source = `
    import { callbacks, layers, losses, optimizers, sequential, tensor, type Tensor } from 'chainrule';
    const net = sequential({ layers: [layers.dense({ units: 1, activation: 'relu', inputShape: [2] })] });
    net.compile({ optimizer: optimizers.adam(), loss: losses.meanSquaredError() });
    export const prediction: Tensor = net.predict(tensor([[1, 2]]));
    export async function train(): Promise<number[]> {
      const { history } = await net.fit([[1, 2]], [[3]], { callbacks: [callbacks.earlyStopping({ monitor: 'loss' })] });
      return history.loss;
    }
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
