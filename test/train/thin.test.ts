import { expect, test } from 'vitest';
import { layers, optimizers, sequential } from '../../src/index.js';
import { printPlan } from '../../src/compile/plan.js';
import { printProgram } from '../../src/compile/program.js';
import { printGraph } from '../../src/graph/print.js';

test('xor is learned', async () => {
  const net = sequential({
    layers: [layers.dense({ units: 8, activation: 'tanh', inputShape: [2] }), layers.dense({ units: 1, activation: 'sigmoid' })],
  });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
  const x = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const y = [[0], [1], [1], [0]];
  const history = await net.fit(x, y, { epochs: 2000, batchSize: 1 });
  console.log(history.history.loss.filter((_, i) => i % 200 === 0), net.predict(x).data);
  const step = net.program('train', { xShape: [2], xStorage: 0, yShape: [1], yStorage: 0, key: '' }, 1);
  console.log(printGraph(step.roots), '\n', printPlan(step.plan), '\n', printProgram(step.loaded.words));
  expect(history.history.loss.at(-1)).toBeLessThan(0.01);
});
