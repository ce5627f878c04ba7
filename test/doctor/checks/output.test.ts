import { describe, expect, test } from 'vitest';
import { diagnose, layers, losses, type Sequential, sequential } from '../../../src/index.js';
import { flowers, mlp, told } from '../patients.js';

describe('output and loss', () => {
  const { x, y } = flowers(3);
  const classes = (
    output: Parameters<typeof mlp>[3] & object,
    loss: Parameters<Sequential['compile']>[0]['loss'],
    units = 3,
  ) => mlp(4, [12], units, output).compile({ optimizer: 'adam', loss });
  const sparse = losses.sparseCategoricalCrossentropy;
  const categorical = losses.categoricalCrossentropy;
  const binary = losses.binaryCrossentropy;

  test.each([
    ['no softmax', 'linear', sparse()],
    ['ReLU', 'relu', sparse()],
    ['tanh', 'tanh', sparse()],
    ['sigmoids', 'sigmoid', sparse()],
    ['softmax twice', 'softmax', sparse({ fromLogits: true })],
    ['ReLU on logits', 'relu', sparse({ fromLogits: true })],
    ['logarithms of a softmax', 'logSoftmax', sparse()],
  ] as const)('%s', (_, output, loss) => {
    const [first, ...others] = diagnose(classes({ output }, loss), x, y);
    expect(first).toMatchObject({ problem: 'loss-activation-mismatch', layer: 'dense_1' });
    expect(others).toEqual([]);
  });

  test.each([
    ['softmax', 'softmax', sparse()],
    ['logits', 'linear', sparse({ fromLogits: true })],
    ['log-probabilities as logits', 'logSoftmax', sparse({ fromLogits: true })],
    ['a function of the user', (v: never) => v, sparse({ fromLogits: true })],
  ] as const)('%s: nothing is wrong', (_, output, loss) => {
    expect(told(classes({ output: output as 'softmax' }, loss), x, y)).toEqual([]);
  });

  test('pairs for two classes and for several answers', () => {
    const two = y.map((label) => [Number(label === 0)]);
    const columns = two.map(([t]) => [1 - t, t]);
    const several = y.map((label) => [1, Number(label > 0), Number(label > 1)]);
    expect(told(classes({ output: 'sigmoid' }, binary(), 1), x, two)).toEqual([]);
    expect(told(classes({}, binary({ fromLogits: true }), 1), x, two)).toEqual([]);
    expect(told(classes({ output: 'sigmoid' }, 'meanSquaredError', 1), x, two)).toEqual([]);
    expect(told(classes({ output: 'sigmoid' }, binary()), x, several)).toEqual([]);
    expect(told(classes({ output: 'softmax' }, categorical(), 2), x, columns)).toEqual([]);
    for (const [output, loss, units, targets] of [
      ['softmax', binary(), 1, two],
      ['softmax', 'meanSquaredError', 1, two],
      ['linear', binary(), 1, two],
      ['tanh', binary(), 1, two],
      ['sigmoid', binary({ fromLogits: true }), 1, two],
      ['softmax', 'meanSquaredError', 2, columns],
      ['softmax', binary(), 3, several],
      ['sigmoid', categorical(), 1, two],
    ] as const) {
      expect(
        told(classes({ output }, loss, units), x, targets as number[][])[0],
        `${output} ${typeof loss === 'string' ? loss : loss.name} ${units}`,
      ).toBe('loss-activation-mismatch');
    }
    // Of two units the one is what the other leaves, so both losses are the same: worth knowing, no more.
    const [note] = diagnose(classes({ output: 'softmax' }, binary(), 2), x, columns);
    expect(note).toMatchObject({ problem: 'loss-activation-mismatch', severity: 'note' });
  });

  test('the activation may be a layer of its own', () => {
    const net = (fromLogits: boolean) =>
      sequential({
        layers: [
          layers.dense({ units: 12, activation: 'relu', inputShape: [4] }),
          layers.dense({ units: 3 }),
          layers.softmax(),
        ],
      }).compile({ optimizer: 'adam', loss: sparse({ fromLogits }) });
    expect(diagnose(net(true), x, y)[0]).toMatchObject({
      problem: 'loss-activation-mismatch',
      layer: 'softmax',
    });
    expect(told(net(false), x, y)).toEqual([]);
  });
});
