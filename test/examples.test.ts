/** The examples run as they stand, on the built package. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

beforeAll(() => {
  if (!existsSync(join(root, 'dist/index.js')))
    throw new Error('dist/ is missing: run `npm run build` first.');
});

function run(name: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`examples/${name}.mjs`, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('xor is learned', () => {
  const { status, stdout, stderr } = run('xor');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const outputs = [...stdout.matchAll(/ = ([\d.]+)/g)].map(([, value]) => Math.round(Number(value)));
  expect(outputs).toEqual([0, 1, 1, 0]);
});

test('penguins are told apart from a CSV file', () => {
  const { status, stdout, stderr } = run('csv');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(Number(stdout.match(/not seen: ([\d.]+)%/)?.[1])).toBeGreaterThan(94);
  expect(stdout).toContain('is a Chinstrap');
});

test('a loss and an activation of ops fit a parabola', () => {
  const { status, stdout, stderr } = run('custom-loss');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const rows = [...stdout.matchAll(/ = (-?[\d.]+), without noise ([\d.]+)/g)];
  expect(rows).toHaveLength(5);
  for (const [, value, wanted] of rows) expect(Math.abs(Number(value) - Number(wanted))).toBeLessThan(0.15);
});

test('the chain rule agrees with trying, and descent by hand learns xor', () => {
  const { status, stdout, stderr } = run('chain-rule');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const rows = [...stdout.matchAll(/^\w+\/\w+\[\d+\] +(\S+) +(\S+)$/gm)].map(([, a, b]) => [
    Number(a),
    Number(b),
  ]);
  expect(rows).toHaveLength(13);
  for (const [derived, tried] of rows) expect(Math.abs(derived - tried)).toBeLessThan(2e-4);
  expect(Math.max(...rows.map(([derived]) => Math.abs(derived)))).toBeGreaterThan(0.05);
  const losses = [...stdout.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  const outputs = [...stdout.matchAll(/xor \d = ([\d.]+)/g)].map(([, value]) => Math.round(Number(value)));
  expect(outputs).toEqual([0, 1, 1, 0]);
});

test('the doctor repairs vanishing gradients, and the model it made is told as code', () => {
  const { status, stdout, stderr } = run('repair');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(Number(stdout.match(/val_accuracy ([\d.]+)\./)?.[1])).toBeGreaterThan(0.8);
  const [, code] = stdout.split('The model is now:\n\n');
  expect(code).toMatch(/^import \{.*\} from 'chainrule';/);
  expect(code).not.toContain('sigmoid');
});

test('Friedman’s function is learned almost to its noise, and a report is written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'regression-'));
  const out = join(folder, 'report.html');
  const { status, stdout, stderr } = run('regression', out);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const error = Number(stdout.match(/mean squared error on 1000 others: ([\d.]+)/)?.[1]);
  // Below 1 would be the noise itself.
  expect(error).toBeGreaterThan(1);
  expect(error).toBeLessThan(2.5);
  expect(stdout).toContain('Nothing wrong was found.');
  expect(await readFile(out, 'utf8')).toMatch(/^<!doctype html>/);
  await rm(folder, { recursive: true });
});

describe('mnist', () => {
  test('--help lists the options', () => {
    const { status, stdout } = run('mnist', '--help');
    expect(status).toBe(0);
    for (const option of ['--epochs', '--batch-size', '--learning-rate', '--seed', '--out', '--help']) {
      expect(stdout).toContain(option);
    }
  });

  test.each([
    [['--epochs', '0'], "--epochs is '0'; expected a whole number, at least 1."],
    [['--batch-size', 'all'], "--batch-size is 'all'; expected a whole number"],
    [['--learning-rate=-1'], "--learning-rate is '-1'; expected a number above 0."],
    [['--seed', '1.5'], "--seed is '1.5'; expected a whole number, at least 0."],
    [['--out', '/nowhere/at/all/m.safetensors'], 'its folder does not exist or cannot be written to'],
    [['--out', '.'], "--out is '.'; expected the name of a file."],
    [['--epoch', '3'], "Unknown option '--epoch'"],
    [['fast'], "Unexpected argument 'fast'"],
  ])('%j is refused before anything is trained', (args, message) => {
    const { status, stdout, stderr } = run('mnist', ...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: npm start');
  });

  test('Ctrl-C ends it with a message', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mnist-'));
    const out = join(folder, 'm.safetensors');
    const child = spawn(process.execPath, ['examples/mnist.mjs', '--out', out], { cwd: root });
    let text = '';
    const ended = new Promise<number | null>((done) => child.on('close', done));
    child.stdout.on('data', (more) => {
      // The table is printed last before training begins.
      if (!text.includes('Non-trainable') && `${text}${more}`.includes('Non-trainable')) {
        setTimeout(() => child.kill('SIGINT'), 500);
      }
      text += more;
    });
    expect(await ended).toBe(130);
    expect(text.trimEnd()).toMatch(/Stopped in the middle of training; nothing was saved\.$/);
    expect(existsSync(out)).toBe(false);
    await rm(folder, { recursive: true });
  });
});
