/** The table of thresholds: each is used, and says why it is what it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { limit, type ThresholdName, thresholds } from '../../src/doctor/thresholds/index.js';

const names = Object.keys(thresholds) as ThresholdName[];
const folder = fileURLToPath(new URL('../../src/doctor', import.meta.url));
const read = (wanted: (path: string) => boolean) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && wanted(path))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');
const table = read((path) => path.startsWith('thresholds'));
const readers = read((path) => !path.startsWith('thresholds'));

test('every threshold has a reason and a source beside it, and something hangs on it', () => {
  // A comment, and the row below it.
  const rows = [...table.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+(\w+): /g)];
  const comments = new Map(rows.map(([, comment, name]) => [name, comment]));
  for (const name of names) {
    expect(limit(name), name).toBeGreaterThan(0);
    expect(comments.get(name), name).toMatch(/\w[\s\S]{20,}Source: [\s\S]{4,}/);
  }
  expect(names.filter((name) => !readers.includes(`'${name}'`))).toEqual([]);
});
