import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { binary } from '../../src/runtime/binaries.js';

test.each(['simd', 'relaxed'] as const)('the %s binary comes back as it was compiled', (variant) => {
  expect(Buffer.compare(binary(variant), readFileSync(`build/wasm/${variant}.wasm`))).toBe(0);
});
