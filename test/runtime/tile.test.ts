import { expect, test } from 'vitest';
import { kernelModule } from '../../src/runtime/engine.js';
import { bestTile } from '../../src/runtime/tile.js';

test.each([false, true])(
  'a tile is found by trials, which take little time (shared memory: %s)',
  async (shared) => {
    const module = kernelModule(shared);
    expect(bestTile(module, shared)).toEqual({ rows: 5, columns: 8 });
    let calls = 0;
    for (const start = performance.now(); performance.now() - start < 300; calls++) {
      const { rows, columns } = bestTile(module, shared);
      expect([5, 6]).toContain(rows);
      expect([8, 16]).toContain(columns);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const start = performance.now();
    const tile = bestTile(module, shared);
    for (let i = 0; i < 1000; i++) expect(bestTile(module, shared)).toBe(tile);
    expect(performance.now() - start).toBeLessThan(200);
    expect(calls).toBeGreaterThan(10);
  },
);
