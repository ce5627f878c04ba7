/** Layers that are nothing but an activation, against Keras' numbers for that activation. */
import { describe, expect, test } from 'vitest';
import { type ActivationName, activations } from '../../src/activations/index.js';
import { layers } from '../../src/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { expectClose, floats, type GoldenArray, goldenCases, showConfig } from '../support/golden.js';
import { built, call } from '../support/layer.js';
import { given, gradientsOf, run } from '../support/run.js';

interface Case {
  readonly activation: ActivationName;
  readonly config: { negativeSlope?: number; alpha?: number; approximate?: boolean };
  /** Where the slope is a convention, and ours is not the one in the file. */
  readonly kinks: readonly number[];
  readonly x: GoldenArray;
  readonly dy: GoldenArray;
  readonly y: GoldenArray;
  readonly dx: GoldenArray;
}

/** The layers that give what a case says, by name. */
function layersFor({ activation, config }: Case): [string, Layer][] {
  const plain = Object.keys(config).length === 0;
  const found: [string, Layer][] = [];
  if (plain) found.push(['activation', layers.activation({ activation })]);
  if (activation === 'relu' && plain) found.push(['reLU', layers.reLU()]);
  if (activation === 'relu6' && plain) found.push(['reLU', layers.reLU({ maxValue: 6 })]);
  if (activation === 'softmax' && plain) found.push(['softmax', layers.softmax()]);
  if (activation === 'elu') found.push(['elu', layers.elu({ alpha: config.alpha ?? 1 })]);
  // The layer's own default is Keras' 0.3, the activation's 0.2.
  if (activation === 'leakyRelu')
    found.push(['leakyReLU', layers.leakyReLU({ negativeSlope: config.negativeSlope ?? 0.2 })]);
  return found;
}

const cases = goldenCases<Case>('activations').flatMap((golden) =>
  layersFor(golden).map(([kind, layer]) => ({
    title: `${kind} as ${golden.activation} ${showConfig(golden.config)}`.trim(),
    kind,
    layer,
    golden,
  })),
);

describe('layers that are an activation', () => {
  test.each(cases)('$title', ({ layer, golden }) => {
    const x = given(floats(golden.x), golden.x.shape);
    const { y } = call(built(layer, x), x);
    const dy = floats(golden.dy);
    const [values, dx] = run([y, ...gradientsOf(y, given(dy, golden.dy.shape), [x])]);
    expectClose(values, floats(golden.y), 'y');
    const expected = floats(golden.dx);
    // What our conventions are there, the tests of activations say.
    for (const i of golden.kinks) expected[i] = dx[i];
    expectClose(dx, expected, 'dx');
  });

  test('all activations and all such layers are among them', () => {
    const names = cases.filter(({ kind }) => kind === 'activation').map(({ golden }) => golden.activation);
    expect(Object.keys(activations).filter((name) => !names.includes(name as ActivationName))).toEqual([
      'swish',
    ]);
  });

  test('every layer is held against Keras', () => {
    const covered = new Set<string>(cases.map(({ kind }) => kind));
    for (const { layer } of goldenCases<{ layer: string }>('layers')) covered.add(layer);
    // Dropout is random: its statistics are tested instead. Normalization has golden numbers of its own.
    const others = ['dropout', 'normalization'];
    expect(Object.keys(layers).filter((name) => !covered.has(name))).toEqual(others);
  });
});
