import { expect, test, vi } from 'vitest';
import { Matmul } from '../../assembly/opcodes.js';
import { kernelModule } from '../../src/runtime/engine.js';
import { bestTile } from '../../src/runtime/tile.js';

let now = 0;
vi.spyOn(performance, 'now').mockImplementation(() => now);

// Products of an engine that optimizes after `slow` of them, and then runs tiles of 6 × 16 fastest.
let slow = 100;
vi.mock('../../src/runtime/engine.js', async (original) => ({
  ...(await original<typeof import('../../src/runtime/engine.js')>()),
  instantiate: (_: WebAssembly.Module, memory: WebAssembly.Memory) => ({
    run(program: number, steps: number) {
      const words = new Int32Array(memory.buffer, program, 64);
      const wide = words[Matmul.tileRows] === 6 && words[Matmul.tileColumns] === 16;
      now += steps * (slow-- > 0 ? 0.02 : wide ? 0.002 : 0.004);
    },
  }),
}));

test('the tile is found although the program idles after its first step', () => {
  const module = kernelModule(false);
  expect(bestTile(module, false)).toEqual({ rows: 5, columns: 8 });
  now += 60_000;
  expect(bestTile(module, false)).toEqual({ rows: 5, columns: 8 });
  for (let step = 0; step < 20_000; step++) {
    now += 1;
    bestTile(module, false);
  }
  expect(bestTile(module, false)).toEqual({ rows: 6, columns: 16 });
});
