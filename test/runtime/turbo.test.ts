/** chainrule/turbo in processes of its own, since it sets flags of the whole process. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let folder = '';

/** The built package, to be tampered with. */
beforeEach(() => {
  if (!existsSync(join(root, 'dist/turbo.js')))
    throw new Error('dist/ is missing: run `npm run build` first.');
  folder = mkdtempSync(join(tmpdir(), 'turbo-'));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Trains with turbo on; what turbo reports, what it prints, and the weights at the end. */
function train(threads: number, withTurbo = true) {
  const script = `
    const turbo = ${withTurbo} ? (await import('./dist/turbo.js')).turbo : undefined;
    const { init, layers, sequential } = await import('./dist/index.js');
    await init({ threads: ${threads}, numerics: 'portable' });
    const net = sequential({ layers: [
      layers.dense({ units: 150, activation: 'gelu', inputShape: [101] }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ] });
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
    const x = Array.from({ length: 96 }, (_, i) => Array.from({ length: 101 }, (_, j) => Math.sin(i * j)));
    await net.fit(x, x.map((_, i) => i % 3), { epochs: 60, batchSize: 48, verbose: 0 });
    const weights = net.getWeights().flatMap(({ data }) => Array.from(data));
    console.log(JSON.stringify({ turbo, weights }));`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(child.status, child.stderr).toBe(0);
  return { ...JSON.parse(child.stdout), warnings: child.stderr };
}

describe('with turbo', () => {
  test('training gives the same bits, on any number of threads', { timeout: 120_000 }, () => {
    const plain = train(1, false);
    for (const threads of [1, 2, 4]) {
      const { turbo, weights, warnings } = train(threads);
      expect(Object.keys(turbo)).toEqual(['relaxedSimd', 'wideVectors']);
      expect(warnings).toBe('');
      expect(weights).toEqual(plain.weights);
    }
  });

  const off = { relaxedSimd: false, wideVectors: false };
  const faults = [
    {
      fault: 'kernels compute something else',
      file: 'self-test.js',
      text: `console.log('{"relaxed":false,"wide":false,"failure":"relaxed multiply-add is off by one"}')`,
      message: 'relaxed multiply-add is off by one; training goes on without.',
    },
    {
      fault: 'the engine breaks off',
      file: 'self-test.js',
      text: 'process.abort()',
      message: 'the self-test broke off (SIGABRT)',
    },
    {
      fault: 'a binary is damaged',
      file: 'wasm/relaxed.wasm',
      text: 'no binary',
      message: 'the self-test broke off',
    },
    { fault: 'nothing sensible comes back', file: 'self-test.js', text: '', message: 'could not be run' },
  ];
  test.each(faults)(
    'training goes on without it where $fault',
    { timeout: 60_000 },
    ({ file, text, message }) => {
      writeFileSync(join(folder, 'dist', file), text);
      const { turbo, weights, warnings } = train(1);
      expect(turbo).toEqual(off);
      expect(warnings).toContain('chainrule/turbo: ');
      expect(warnings).toContain(message);
      expect(weights.every(Number.isFinite)).toBe(true);
    },
  );
});
