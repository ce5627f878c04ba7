/** What the golden numbers do not show: saturated predictions, settings, and targets that make no sense. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/compile/differentiate.js';
import type { Node } from '../../src/graph/node.js';
import {
  ConfigError,
  DataError,
  layers,
  losses,
  optimizers,
  ShapeError,
  sequential,
  tensor,
} from '../../src/index.js';
import type { Loss } from '../../src/losses/loss.js';
import { mul } from '../../src/ops/mul.js';
import { reshape } from '../../src/ops/reshape.js';
import { sigmoid } from '../../src/ops/sigmoid.js';
import { softmax } from '../../src/ops/softmax.js';
import { mean } from '../../src/ops/sum.js';
import { expectClose } from '../support/golden.js';
import { given, run } from '../support/run.js';

/** The loss of a prediction made from logits, and its gradient with respect to those. */
function score(loss: Loss, targets: Node, logits: Node, activate: (logits: Node) => Node): number[][] {
  const value = mean(loss.call(targets, activate(logits)));
  return run([value, ...differentiate(value, [logits])]).map((values) => Array.from(values));
}

describe('a prediction made by an activation is taken by its logits', () => {
  const logits = () => given([40, -40, 0.5, 200, -200, -1], [2, 3]);

  test('binaryCrossentropy of a sigmoid', () => {
    const targets = () => given([0, 1, 1, 1, 1, 0], [2, 3]);
    const [value, gradient] = score(losses.binaryCrossentropy(), targets(), logits(), sigmoid);
    expectClose(value, [(40 + 40 + 0.474077 + 0 + 200 + 0.313262) / 6]);
    expectClose(gradient, [1 / 6, -1 / 6, (0.62245935 - 1) / 6, 0, -1 / 6, 0.26894143 / 6]);

    const linear = score(losses.binaryCrossentropy({ fromLogits: true }), targets(), logits(), (x) => x);
    expect([value, gradient]).toEqual(linear);
    const flat = (x: Node) => reshape(reshape(sigmoid(x), [6]), [2, 3]);
    expect(score(losses.binaryCrossentropy(), targets(), logits(), flat)).toEqual(linear);
  });

  test('sparseCategoricalCrossentropy and categoricalCrossentropy of a softmax', () => {
    const labels = () => given([1, 2], [2]);
    const oneHot = () => given([0, 1, 0, 0, 0, 1], [2, 3]);
    const [value, gradient] = score(losses.sparseCategoricalCrossentropy(), labels(), logits(), softmax);
    expectClose(value, [(80 + 201) / 2]);
    expectClose(gradient, [0.5, -0.5, 0, 0.5, 0, -0.5]);

    const fromLogits = losses.sparseCategoricalCrossentropy({ fromLogits: true });
    expect([value, gradient]).toEqual(score(fromLogits, labels(), logits(), (x) => x));
    const dense = score(losses.categoricalCrossentropy(), oneHot(), logits(), softmax);
    expectClose(dense[0], value);
    expectClose(dense[1], gradient);
    const wide = (x: Node) => reshape(softmax(reshape(x, [1, 2, 3])), [2, 3]);
    expect(score(losses.sparseCategoricalCrossentropy(), labels(), logits(), wide)).toEqual([
      value,
      gradient,
    ]);
  });

  test('not where the rows are no longer those of the softmax', () => {
    // Rows of six sum to 1; rows of three are divided by their own sum, which the logits of six do not tell.
    const paired = (x: Node) => reshape(softmax(reshape(x, [1, 6])), [2, 3]);
    const x = () => given([0, 1, 2, 3, 2, 1], [2, 3]);
    const labels = () => given([1, 2], [2]);
    const alone = score(losses.sparseCategoricalCrossentropy(), labels(), x(), softmax);
    expectClose(score(losses.sparseCategoricalCrossentropy(), labels(), x(), paired)[0], alone[0]);
  });

  test('not behind anything but a reshape', () => {
    const halved = (x: Node) => mul(sigmoid(x), 0.5);
    const [value] = score(losses.binaryCrossentropy(), given([0, 1], [1, 2]), given([0, 0], [1, 2]), halved);
    expectClose(value, [(-Math.log(0.75) - Math.log(0.25)) / 2]);
  });

  test('a saturated network still learns', () => {
    const net = sequential({ layers: [layers.dense({ units: 1, activation: 'sigmoid', inputShape: [1] })] });
    net.setWeights([[[100]], [0]]);
    net.compile({ optimizer: optimizers.sgd({ learningRate: 1 }), loss: 'binaryCrossentropy' });
    expect(net.trainOnBatch([[1]], [0]).loss).toBe(100);
    expect(net.getWeights().map(({ data }) => data[0])).toEqual([99, -1]);
  });
});

describe('settings', () => {
  test.each([
    [() => losses.huber({ delta: -1 }), 'losses.huber: delta is -1; expected a number above 0.'],
    [() => losses.huber({ delta: Number.NaN }), 'losses.huber: delta is NaN; expected a number above 0.'],
    [
      () => losses.huber({ delte: 1 } as object),
      "losses.huber has no setting 'delte'. Did you mean 'delta'?",
    ],
    [
      () => losses.binaryCrossentropy({ labelSmoothing: 2 }),
      'losses.binaryCrossentropy: labelSmoothing is 2; expected a number from 0 to 1.',
    ],
    [
      () => losses.categoricalCrossentropy({ labelSmoothing: Number.NaN }),
      'losses.categoricalCrossentropy: labelSmoothing is NaN; expected a number from 0 to 1.',
    ],
    [
      () => losses.sparseCategoricalCrossentropy({ fromLogits: 'yes' as unknown as boolean }),
      "losses.sparseCategoricalCrossentropy: fromLogits is 'yes'; expected true or false.",
    ],
    [
      () => losses.sparseCategoricalCrossentropy({ from_logits: true } as object),
      "losses.sparseCategoricalCrossentropy has no setting 'from_logits'. Did you mean 'fromLogits'?",
    ],
  ])('%s', (make, message) => {
    expect(make).toThrow(new ConfigError(message));
  });

  test.each([
    ['meanSquareError', "there is no loss 'meanSquareError'. Did you mean 'meanSquaredError'?"],
    ['mean_squared_error', "there is no loss 'mean_squared_error'. Did you mean 'meanSquaredError'?"],
    ['binaryCrossEntropy', "there is no loss 'binaryCrossEntropy'. Did you mean 'binaryCrossentropy'?"],
    ['hinge', "there is no loss 'hinge'. Known: meanSquaredError, mse, "],
    [7, 'there is no loss 7. Known: meanSquaredError, mse, '],
  ])('compile({ loss: %s })', (loss, message) => {
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })] });
    expect(() => net.compile({ loss: loss as 'mse' })).toThrow(ConfigError);
    expect(() => net.compile({ loss: loss as 'mse' })).toThrow(message);
  });
});

describe('targets that make no sense', () => {
  const net = (units: number, loss: Loss | keyof typeof losses) =>
    sequential({ layers: [layers.dense({ units, inputShape: [1] })] }).compile({ loss });
  const x = [[1], [2], [3], [4]];

  test.each([
    [
      [0, 9, 10, 11],
      'the label of example 2 is 10; sparseCategoricalCrossentropy expects a whole number from 0 to 9, since the model tells 10 classes apart.',
    ],
    [
      [0, 1.5, 10, 11],
      'the label of example 1 is 1.5; sparseCategoricalCrossentropy expects a whole number from 0 to 9',
    ],
    [
      [-1, 1, 2, 3],
      'the label of example 0 is -1; sparseCategoricalCrossentropy expects a whole number from 0 to 9',
    ],
    [
      new Uint8Array([0, 1, 2, 10]),
      'the label of example 3 is 10; sparseCategoricalCrossentropy expects a whole number from 0 to 9',
    ],
    [
      [[0], [1], [2], [10]],
      'the label of example 3 is 10; sparseCategoricalCrossentropy expects a whole number from 0 to 9',
    ],
  ])('labels %j of 10 classes', (labels, message) => {
    const train = () => net(10, 'sparseCategoricalCrossentropy').trainOnBatch(x, labels);
    expect(train).toThrow(DataError);
    expect(train).toThrow(`y: ${message}`);
  });

  test('every class may occur', () => {
    const { loss } = net(4, losses.sparseCategoricalCrossentropy({ fromLogits: true })).trainOnBatch(
      x,
      [0, 1, 2, 3],
    );
    expect(loss).toBeGreaterThan(0);
  });

  test('in the validation data', async () => {
    const fit = net(2, 'sparseCategoricalCrossentropy').fit(x, [0, 1, 0, 1], {
      validationData: [x, [0, 1, 2, 1]],
    });
    await expect(fit).rejects.toThrow(
      'the validation y: the label of example 2 is 2; sparseCategoricalCrossentropy expects',
    );
  });

  test('binary targets outside [0, 1]', () => {
    expect(() => net(1, 'binaryCrossentropy').trainOnBatch(x, [0, 1, -1, 1])).toThrow(
      new DataError(
        'y: the target of example 2 is -1; binaryCrossentropy expects a number from 0 to 1. Map the two classes to 0 and 1, and do not scale the targets.',
      ),
    );
    const rows = [
      [0, 1],
      [1, 0.5],
      [0, 2],
      [1, 1],
    ];
    expect(() => net(2, 'binaryCrossentropy').trainOnBatch(x, rows)).toThrow(
      'the target of example 2 at position 1 is 2;',
    );
  });

  test('negative class shares', () => {
    const rows = [
      [0, 1],
      [1, 0.5],
      [0, 2],
      [-1, 1],
    ];
    expect(() => net(2, 'categoricalCrossentropy').trainOnBatch(x, rows)).toThrow(
      'y: the target of example 3 at position 0 is -1; categoricalCrossentropy expects a number that is not negative',
    );
    expect(() =>
      net(2, 'categoricalCrossentropy').trainOnBatch(x, rows.slice(0, 3).concat([[3, 0]])),
    ).not.toThrow();
  });

  test.each([
    [
      'categoricalCrossentropy',
      3,
      [0, 1, 2, 0],
      'y has shape [4]; expected [batch, 3]: examples of 3 numbers each. For class indices, such as 3, use sparseCategoricalCrossentropy.',
    ],
    [
      'sparseCategoricalCrossentropy',
      3,
      [
        [0, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
      ],
      'y has shape [4, 3]; expected [batch]: examples of 1 number each. For a number per class, such as [0, 0, 1], use categoricalCrossentropy.',
    ],
    ['meanSquaredError', 2, [[0], [1], [2], [0]], 'y has shape [4, 1]; expected [batch, 2]'],
  ] as const)('%s of %i units and targets of another shape', (loss, units, y, message) => {
    expect(() => net(units, loss).trainOnBatch(x, y)).toThrow(message);
  });

  test.each([[[4]], [[4, 1]]])('labels of shape %j for one prediction each', (shape) => {
    const { loss } = net(3, losses.sparseCategoricalCrossentropy({ fromLogits: true })).trainOnBatch(
      x,
      tensor([0, 1, 2, 0], shape),
    );
    expect(loss).toBeGreaterThan(0);
  });

  test.each([[[2, 4]], [[2, 4, 1]]])('labels of shape %j for sequences', (shape) => {
    const sequences = sequential({ layers: [layers.dense({ units: 3, inputShape: [4, 1] })] });
    sequences.compile({
      loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
      metrics: ['accuracy'],
    });
    sequences.setWeights([[[0, 0, 0]], [1, 2, 3]]);
    const labels = tensor([0, 1, 2, 0, 2, 2, 1, 0], shape);
    const { loss, accuracy } = sequences.trainOnBatch(tensor(new Float32Array(8), [2, 4, 1]), labels);
    expectClose([loss, accuracy], [(3 * 2.407606 + 2 * 1.407606 + 3 * 0.407606) / 8, 3 / 8]);
    expect(() =>
      sequences.trainOnBatch(tensor(new Float32Array(8), [2, 4, 1]), tensor([0, 1, 2, 0, 2, 3, 1, 0], shape)),
    ).toThrow(
      'the label of example 1 at position 1 is 3; sparseCategoricalCrossentropy expects a whole number from 0 to 2',
    );
  });

  test('a loss used in a formula checks shapes too', () => {
    const yTrue = given([0, 1], [2]);
    const yPred = given([0, 1, 2, 3, 4, 5], [2, 3]);
    const message =
      'meanSquaredError: the targets have shape [2] and the predictions [2, 3]; they must be alike.';
    expect(() => losses.meanSquaredError().call(yTrue, yPred)).toThrow(ShapeError);
    expect(() => losses.meanSquaredError().call(yTrue, yPred)).toThrow(message);
    expect(() => losses.sparseCategoricalCrossentropy().call(yPred, yPred)).toThrow(
      'predictions of shape [2, 3] need class indices of shape [2]. For a number per class, take the form whose name does not begin',
    );
    expect(() => losses.categoricalCrossentropy().call(yTrue, yPred)).toThrow(
      'Class indices need the form whose name begins with "sparse".',
    );
  });
});
