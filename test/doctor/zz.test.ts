import { test } from 'vitest';
import { initializers, optimizers } from '../../src/index.js';
import { rings, times, train } from './nets.js';
test('x', async () => {
  const g = (v: number) => +v.toPrecision(2);
  for (const plan of [
    { data: rings, output: 'sigmoid', batchSize: 64, hidden: times(4, [256, 'relu'] as const), initializer: initializers.randomNormal({ stddev: 1 }), epochs: 20 },
    { data: rings, output: 'sigmoid', batchSize: 64, hidden: times(4, [64, 'tanh'] as const), initializer: initializers.randomNormal({ stddev: 3 }), optimizer: () => optimizers.sgd({ learningRate: 0.01 }), epochs: 60 },
  ] as const) {
    const { history: h } = await train(plan, 0);
    console.log(h.vitals!.step.join(' '), '\n', h.vitals!.loss.map(g).join(' '), h.diagnoses.map((d) => d.problem));
    for (const l of h.vitals!.layers) console.log(l.name, l.signal.map(g).slice(-20).join(' '), '|', l.saturatedShare.map(g).slice(-20).join(' '));
  }
});
