/** What each lesson of the course page claims is so, on the built package; examples/README.md shows what it draws. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
let folder: string;

beforeAll(async () => {
  if (!existsSync(join(root, 'dist/index.js')))
    throw new Error('dist/ is missing: run `npm run build` first.');
  folder = await mkdtemp(join(tmpdir(), 'lessons-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What the terminal says of one run. */
interface Part {
  readonly text: string;
  /** Titles of what the doctor found, with the layer and the update. */
  readonly found: readonly string[];
  readonly end: Readonly<Record<string, number>>;
  /** Gradient norms at the first and the last measured update, first layer on top. */
  readonly gradients: readonly (readonly [number, number])[];
}

function read(text: string): Part {
  const numbers = [...(text.match(/After \d+ epochs: (.*)\./)?.[1] ?? '').matchAll(/(\w+) ([\w.-]+)/g)];
  const rows = [...text.matchAll(/^(?:hidden \d|output) +(\S+) +(\S+)/gm)];
  return {
    text,
    found: [...text.matchAll(/^\d+\. (.*?) {2}\((?:error|warning)/gm)].map(([, title]) => title),
    end: Object.fromEntries(numbers.map(([, name, value]) => [name, Number(value)])),
    gradients: rows.map(([, first, last]) => [Number(first), Number(last)]),
  };
}

/** Runs a lesson: its parts by name, and its figure. */
async function run(lesson: string): Promise<{ parts: Record<string, Part>; figure: string }> {
  const out = join(folder, `${lesson}.svg`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [`examples/${lesson}.mjs`, '--out', out], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`figure: ${out}`);
  const sections = stdout.split(/^── (.*?) ─+$/m).slice(1);
  const parts: Record<string, Part> = {};
  for (let i = 0; i < sections.length; i += 2) parts[sections[i]] = read(sections[i + 1]);
  return { parts, figure: await readFile(out, 'utf8') };
}

/** The page's own numbers. */
async function expectPage(...sentences: string[]): Promise<void> {
  const page = (await readFile(join(root, 'examples/README.md'), 'utf8')).replaceAll('\n', ' ');
  expect(sentences.filter((sentence) => !page.includes(sentence))).toEqual([]);
}
const whole = (share: number): string => `${Math.round(100 * share)} %`;

async function expectFigure(lesson: string, figure: string): Promise<void> {
  const kept = await readFile(join(root, `examples/figures/${lesson}.svg`), 'utf8');
  // Not by toBe: its account of what differs would fill the screen.
  if (kept !== figure)
    throw new Error(`examples/figures/${lesson}.svg is not what the lesson draws now: npm run figures`);
}

test('gradients vanish with sigmoids, not with ReLU', async () => {
  const { parts, figure } = await run('vanishing');
  const { sigmoid, ReLU } = parts;
  expect(sigmoid.found).toEqual(['Vanishing gradient in hidden 1']);
  expect(ReLU.found).toEqual([]);
  expect(sigmoid.gradients).toHaveLength(9);
  for (const when of [0, 1]) {
    const norms = (part: Part) => part.gradients.map((pair) => pair[when]);
    // Seven factors of at most 1/4.
    expect(norms(sigmoid)[0] / norms(sigmoid)[7]).toBeLessThan(1 / 1000);
    expect(norms(ReLU)[0] / norms(ReLU)[7]).toBeGreaterThan(0.1);
  }
  expect(sigmoid.end.val_accuracy).toBeLessThan(0.2);
  expect(sigmoid.end.loss).toBeCloseTo(Math.log(10), 1);
  expect(ReLU.end.val_accuracy).toBeGreaterThan(0.8);
  await expectPage(`reads ${whole(ReLU.end.val_accuracy)} of new digits right`);
  await expectFigure('vanishing', figure);
});

test('gradients explode with long steps, not with short ones or batch normalization', async () => {
  const { parts, figure } = await run('exploding');
  const { 'learning rate 0.1': long, 'learning rate 0.01': short, ...rest } = parts;
  const normalized = rest['0.1 with batch normalization'];
  expect(long.found).toEqual([
    'Learning rate too high',
    'Exploding gradient in hidden 1',
    'Non-finite values in hidden 4',
  ]);
  expect(short.found).toEqual([]);
  expect(normalized.found).toEqual([]);
  for (const [first, last] of long.gradients) expect(last / first).toBeGreaterThan(1e6);
  for (const [first, last] of short.gradients) expect(last).toBeLessThan(first);
  expect(long.gradients.map(([first]) => first)).toEqual(short.gradients.map(([first]) => first));
  for (const [first, last] of normalized.gradients) expect(Math.max(first, last)).toBeLessThan(20);
  // The remedies are whole lines of code, with the first weights as they are drawn here.
  expect(long.text).toMatch(/kernelInitializer: initializers\.randomNormal\(\{ stddev: 0\.08/);
  expect(long.end.loss).toBeNaN();
  expect(short.end.val_accuracy).toBeGreaterThan(0.75);
  expect(normalized.end.val_accuracy).toBeGreaterThan(0.8);
  await expectFigure('exploding', figure);
});

test('ReLU units die of long steps, not of short ones, and leaky ones come back', async () => {
  const { parts, figure } = await run('dead-relu');
  const [dead, short, leaky] = [
    'ReLU, learning rate 1.5',
    'ReLU, learning rate 0.15',
    'leaky ReLU, learning rate 1.5',
  ].map((name) => parts[name]);
  expect(dead.found[0]).toBe('Dead ReLU in hidden 2');
  expect(dead.text).toMatch(/16 of the 16 units of hidden 2 fire for none of \d+ training examples/);
  // Its gradients are clipped already.
  expect(dead.text).not.toContain('Clip gradients');
  const update = Number(dead.text.match(/after (\d+) updates/)?.[1]);
  expect(update).toBeLessThan(0.2 * 16 * Math.ceil(3000 / 128));
  expect(short.found).toEqual([]);
  expect(leaky.found).toEqual([]);
  expect(dead.gradients.map(([, last]) => last).slice(0, 2)).toEqual([0, 0]);
  for (const part of [short, leaky])
    for (const [, last] of part.gradients) expect(last).toBeGreaterThan(0.01);
  expect(dead.end.loss).toBeCloseTo(Math.log(10), 1);
  for (const part of [short, leaky]) expect(part.end.val_accuracy).toBeGreaterThan(0.8);
  await expectFigure('dead-relu', figure);
});

describe('dropout', () => {
  test('0.0 learns by heart, 0.2 and 0.5 do better on other digits, 1.0 learns nothing', async () => {
    const { parts, figure } = await run('dropout');
    const [none, some, half, all] = ['0.0', '0.2', '0.5', '1.0'].map((rate) => parts[`dropout ${rate}`]);
    expect(none.found).toEqual(['Overfitting']);
    expect(some.found).toEqual([]);
    expect(half.found).toEqual([]);
    expect(all.found).toEqual(['Too much dropout in dropout']);
    const validation = [none, some, half].map(({ end }) => end.val_loss);
    expect(validation).toEqual([...validation].sort((a, b) => b - a));
    const training = [none, some, half].map(({ end }) => end.loss);
    expect(training).toEqual([...training].sort((a, b) => a - b));
    expect(half.end.val_accuracy - none.end.val_accuracy).toBeGreaterThan(0.1);
    // Exactly nothing flows back past what drops everything.
    expect(all.gradients.slice(0, 2)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(all.end.val_accuracy).toBeLessThan(0.2);
    const [a, b, c] = [none, some, half].map(({ end }) => whole(end.val_accuracy));
    await expectPage(`${a} of new digits right without dropout, ${b} at 0.2, ${c} at 0.5`);
    await expectFigure('dropout', figure);
  });
});

test('a wrong option is refused before anything is trained', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['examples/vanishing.mjs', '--outt', 'x'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('Usage: node examples/vanishing.mjs [--out FILE]');
});
