/** The table of thresholds: each is used, and says why it is what it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { limit, type ThresholdName, thresholds } from '../../src/doctor/thresholds/index.js';

const names = Object.keys(thresholds) as ThresholdName[];
const folder = fileURLToPath(new URL('../../src/doctor', import.meta.url));
const readers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('thresholds'))
  .map((path) => readFileSync(join(folder, path), 'utf8'))
  .join('\n');

test('every threshold has a reason and a source, and something hangs on it', () => {
  for (const name of names) {
    const { value, reason, source } = thresholds[name];
    expect(limit(name)).toBe(value);
    expect(value, name).toBeGreaterThan(0);
    expect(reason.length, name).toBeGreaterThan(20);
    expect(source.length, name).toBeGreaterThan(4);
  }
  expect(names.filter((name) => !readers.includes(`'${name}'`))).toEqual([]);
});
