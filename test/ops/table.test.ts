import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { table } from '../../src/ops/index.js';
import { cases, updates } from './cases/index.js';

const folder = new URL('../../src/ops/', import.meta.url);

/** The rows that src/ops exports, by file. */
async function rows(): Promise<[file: string, name: string, op: object][]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'index.ts');
  const modules = await Promise.all(
    files.map(
      async (file) => [file, (await import(new URL(file, folder).href)) as Record<string, unknown>] as const,
    ),
  );
  return modules.flatMap(([file, exports]) =>
    Object.values(exports).flatMap((value): [string, string, object][] =>
      typeof value === 'object' && value !== null && 'reference' in value && 'name' in value
        ? [[file, String(value.name), value]]
        : [],
    ),
  );
}

describe('the op table', () => {
  test('holds every row of src/ops, under its name', async () => {
    const listed = new Set<object>(Object.values(table));
    const missing = (await rows()).filter(([, , op]) => !listed.has(op));
    expect(missing.map(([file, name]) => `${name} of ${file}`)).toEqual([]);
    for (const [name, op] of Object.entries(table)) expect(op.name).toBe(name);
  });

  test('has a case for every op', () => {
    // gather and placeholder need a host: leaves.test.ts.
    const covered = new Map(
      [...Object.entries(cases), ...Object.entries(updates)].map(([name, list]) => [name, list.length]),
    );
    const lacking = Object.keys(table).filter((name) => !covered.get(name));
    expect(lacking).toEqual(['gather', 'placeholder']);
  });
});
