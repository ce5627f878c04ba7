import { expect, test } from 'vitest';
import type { Node } from '../../src/graph/node.js';
import { layers } from '../../src/index.js';
import { normalizeDecomposed } from '../../src/ops/normalize.js';
import { expectClose } from '../support/golden.js';
import { built, call } from '../support/layer.js';
import { given, gradientsOf, interpreted, run } from '../support/run.js';

const wave = (n: number, scale = 1, offset = 0): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => offset + scale * Math.cos(i * i * 0.23 + i));

test.each([1, 3, 4, 7, 16, 33])('same as from plain ops, rows of %i', (columns) => {
  const x = given(wave(6 * columns, 2, 1), [6, columns]);
  const dy = given(wave(6 * columns, 1, 0.1), [6, columns]);
  const layer = built(layers.layerNormalization(), x, [wave(columns, 1, 2), wave(columns)]);
  const { y, weights } = call(layer, x, { training: true });
  const nodes = layer.weights.map((weight) => weights.get(weight) as Node);
  const plain = normalizeDecomposed(x, true, 1e-3, ...nodes);
  const wanted = interpreted([plain, ...gradientsOf(plain, dy, [x, ...nodes])]);
  const actual = run([y, ...gradientsOf(y, dy, [x, ...nodes])]);
  for (const [i, name] of ['y', 'dx', 'dgamma', 'dbeta'].entries()) expectClose(actual[i], wanted[i], name);
});

test('training and inference are alike, whatever the shape', () => {
  const results = [
    [24, 5],
    [4, 6, 5],
    [2, 3, 4, 5],
  ].flatMap((shape) =>
    [true, false].map((training) => {
      const x = given(wave(120, 3, 1), shape);
      const layer = built(layers.layerNormalization(), x, [wave(5, 1, 2), wave(5)]);
      const { y, updates } = call(layer, x, { training });
      expect(updates).toEqual([]);
      return run([y, ...gradientsOf(y, given(wave(120), shape), [x])]);
    }),
  );
  for (const result of results) expect(result).toEqual(results[0]);
});
