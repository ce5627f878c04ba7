/** What layers refuse, and in which words. */
import { describe, expect, test } from 'vitest';
import { type ChainruleError, ConfigError, layers, ShapeError, sequential } from '../../src/index.js';

/** Settings as JavaScript may hand them in, with no type checker before. */
const loose = layers as unknown as Record<keyof typeof layers, (config?: unknown) => never>;

function refused(work: () => unknown, kind: typeof ChainruleError, message: string): void {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(kind);
  expect((thrown as Error).message).toContain(message);
}

describe('settings', () => {
  test.each<[keyof typeof layers, unknown, string]>([
    [
      'dense',
      undefined,
      'layers.dense: expected an object with settings such as { units, activation, useBias }, got undefined.',
    ],
    [
      'dense',
      10,
      'layers.dense: expected an object with settings such as { units, activation, useBias }, got 10.',
    ],
    ['dense', {}, 'layers.dense: units is undefined; expected a whole number, at least 1.'],
    ['dense', { units: 0 }, 'layers.dense: units is 0; expected a whole number, at least 1.'],
    ['dense', { units: 2.5 }, 'layers.dense: units is 2.5; expected a whole number, at least 1.'],
    ['dense', { units: '10' }, "layers.dense: units is '10'; expected a whole number, at least 1."],
    ['dense', { unit: 3 }, "layers.dense has no setting 'unit'. Did you mean 'units'?"],
    [
      'dense',
      { units: 3, use_bias: false },
      "layers.dense has no setting 'use_bias'. Did you mean 'useBias'?",
    ],
    [
      'dense',
      { units: 3, activation: 'rleu' },
      "layers.dense: there is no activation 'rleu'. Did you mean 'relu'?",
    ],
    [
      'dense',
      { units: 3, inputShape: 784 },
      'inputShape is 784; expected the shape of one example, such as [784] or [28, 28].',
    ],
    [
      'dense',
      { units: 3, inputShape: [null, 784] },
      'inputShape is [null, 784]; expected the shape of one example',
    ],
    [
      'activation',
      {},
      "layers.activation needs an activation, such as layers.activation({ activation: 'relu' }).",
    ],
    [
      'activation',
      'relu',
      "layers.activation: expected an object with settings such as { activation, inputShape, name }, got 'relu'.",
    ],
    [
      'activation',
      { activation: 'sigmod' },
      "layers.activation: there is no activation 'sigmod'. Did you mean 'sigmoid'?",
    ],
    [
      'dropout',
      0.5,
      'layers.dropout: expected an object with settings such as { rate, seed, inputShape }, got 0.5.',
    ],
    ['dropout', {}, 'layers.dropout: rate is undefined; expected a number from 0 to 1.'],
    ['dropout', { rate: -0.1 }, 'layers.dropout: rate is -0.1; expected a number from 0 to 1.'],
    ['dropout', { rate: 1.5 }, 'layers.dropout: rate is 1.5; expected a number from 0 to 1.'],
    ['dropout', { rate: 'x' }, "layers.dropout: rate is 'x'; expected a number from 0 to 1."],
    ['dropout', { rate: Number.NaN }, 'layers.dropout: rate is NaN; expected a number from 0 to 1.'],
    ['dropout', { rat: 0.5 }, "layers.dropout has no setting 'rat'. Did you mean 'rate'?"],
    [
      'dropout',
      { rate: 0.5, seed: 1.5 },
      'layers.dropout: seed is 1.5; expected a whole number, at least 0.',
    ],
    [
      'batchNormalization',
      { axis: 1 },
      'layers.batchNormalization: axis is 1; only -1, the last axis, is supported so far.',
    ],
    [
      'batchNormalization',
      { momentum: 1.5 },
      'layers.batchNormalization: momentum is 1.5; expected a number from 0 to 1.',
    ],
    [
      'batchNormalization',
      { epsilon: -1 },
      'layers.batchNormalization: epsilon is -1; expected a finite number, at least 0.',
    ],
    ['batchNormalization', { center: 0 }, 'layers.batchNormalization: center is 0; expected true or false.'],
    ['layerNormalization', { scale: 1 }, 'layers.layerNormalization: scale is 1; expected true or false.'],
    [
      'batchNormalization',
      { moment: 1 },
      "layers.batchNormalization has no setting 'moment'. Did you mean 'momentum'?",
    ],
    [
      'batchNormalization',
      { gammaInitializer: 'one' },
      "layers.batchNormalization: there is no initializer 'one'. Did you mean 'ones'?",
    ],
    [
      'layerNormalization',
      { axis: [1, 2] },
      'layers.layerNormalization: axis is [1, 2]; only -1, the last axis, is supported so far.',
    ],
    [
      'layerNormalization',
      { epsilon: 'tiny' },
      "layers.layerNormalization: epsilon is 'tiny'; expected a finite number, at least 0.",
    ],
    [
      'layerNormalization',
      { betaInitializer: 'zero' },
      "layers.layerNormalization: there is no initializer 'zero'. Did you mean 'zeros'?",
    ],
    ['flatten', { data_format: 'channels_last' }, "layers.flatten has no setting 'data_format'."],
    ['reshape', {}, 'layers.reshape: targetShape is undefined; expected the new shape of one example'],
    [
      'reshape',
      { targetShape: 12 },
      'layers.reshape: targetShape is 12; expected the new shape of one example',
    ],
    ['reshape', { targetShape: [-1, -1] }, 'layers.reshape: targetShape is [-1, -1]; expected the new shape'],
    ['reshape', { targetShape: [0, 3] }, 'layers.reshape: targetShape is [0, 3]; expected the new shape'],
    ['reshape', { targetShape: [2.5] }, 'layers.reshape: targetShape is [2.5]; expected the new shape'],
    ['reshape', { shape: [2] }, "layers.reshape has no setting 'shape'."],
    ['rescaling', {}, 'layers.rescaling: scale is undefined; expected a finite number.'],
    ['rescaling', { scale: 1, offset: '1' }, "layers.rescaling: offset is '1'; expected a finite number."],
    [
      'rescaling',
      { scale: Number.POSITIVE_INFINITY },
      'layers.rescaling: scale is Infinity; expected a finite number.',
    ],
    ['reLU', { maxValue: -1 }, 'layers.reLU: maxValue is -1; expected a finite number, at least 0.'],
    ['reLU', { max_value: 6 }, "layers.reLU has no setting 'max_value'. Did you mean 'maxValue'?"],
    [
      'leakyReLU',
      { negativeSlope: -0.1 },
      'layers.leakyReLU: negativeSlope is -0.1; expected a finite number, at least 0.',
    ],
    ['leakyReLU', { alpha: 0.1 }, "layers.leakyReLU has no setting 'alpha'."],
    ['elu', { alpha: -1 }, 'layers.elu: alpha is -1; expected a finite number, at least 0.'],
    ['softmax', { axis: 1 }, 'layers.softmax: axis is 1; only -1, the last axis, is supported so far.'],
  ])('%s(%j)', (kind, config, message) => {
    refused(() => loose[kind](config), ConfigError, message);
  });

  test.each(Object.keys(layers) as (keyof typeof layers)[])('%s refuses what it does not know', (kind) => {
    refused(
      () => loose[kind]({ shoeSize: 43 }),
      ConfigError,
      `layers.${kind} has no setting 'shoeSize'. Known: `,
    );
  });
});

describe('shapes that do not fit, found when the model is made', () => {
  test('dense without an axis to multiply along', () => {
    refused(
      () => sequential({ layers: [layers.dense({ units: 3, inputShape: [] })] }),
      ShapeError,
      'dense: its input is a single number an example; it needs at least one axis besides the batch, such as inputShape: [784].',
    );
  });

  test.each(['batchNormalization', 'layerNormalization', 'softmax'] as const)(
    '%s without a last axis',
    (kind) => {
      refused(
        () => sequential({ layers: [layers[kind]({ inputShape: [] })] }),
        ShapeError,
        `${kind}: its input is a single number an example; it needs at least one axis besides the batch`,
      );
    },
  );

  test.each([
    [
      [5, 2],
      [12],
      'reshape: targetShape [5, 2] does not fit: an example of shape [12] has 12 elements, and targetShape needs 10.',
    ],
    [
      [5, -1],
      [3, 4],
      'reshape: targetShape [5, -1] does not fit: an example of shape [3, 4] has 12 elements, and targetShape needs a multiple of 5.',
    ],
  ])('reshape to %j from %j', (targetShape, inputShape, message) => {
    refused(() => sequential({ layers: [layers.reshape({ targetShape, inputShape })] }), ShapeError, message);
  });

  test('the layer is named by its own name', () => {
    const wrong = layers.reshape({ targetShape: [7], name: 'to-seven' });
    refused(
      () => sequential({ layers: [layers.dense({ units: 4, inputShape: [2] }), wrong] }),
      ShapeError,
      'to-seven: targetShape [7] does not fit',
    );
  });
});

test('inputs of another rank or size than the model’s', () => {
  const net = sequential({ layers: [layers.layerNormalization({ inputShape: [3, 4] })] });
  refused(
    () => net.predict([[1, 2, 3, 4]]),
    ShapeError,
    'x has shape [1, 4]; expected [batch, 3, 4]: examples of shape [3, 4].',
  );
  refused(
    () =>
      net.predict([
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
      ]),
    ShapeError,
    'x has shape [1, 3, 3]; expected [batch, 3, 4]: examples of shape [3, 4].',
  );
});
