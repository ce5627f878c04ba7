// The doctor at work: the network whose gradients vanish (see vanishing.mjs), trained with doctor: 'repair'.
//
// When something is wrong, fit goes back to a state from before it, tries remedies in short runs against leaving things
// alone, keeps what clearly helps, and goes on from there. Nothing is hidden: each try is told with what it came to, and
// what the model has become is printed as code.
import { init, layers, optimizers, report, sequential, toCode } from 'chainrule';
import { digits } from './data.mjs';

await init({ numerics: 'portable' });
const { x, y, validationData } = await digits(3000);

const hidden = Array.from({ length: 8 }, (_, i) =>
  layers.dense({ units: 32, activation: 'sigmoid', ...(i === 0 && { inputShape: [784] }) }),
);
const net = sequential({ layers: [...hidden, layers.dense({ units: 10, activation: 'softmax' })] });
net.compile({
  optimizer: optimizers.sgd({ learningRate: 0.1 }),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
});
const history = await net.fit(x, y, {
  epochs: 12,
  batchSize: 32,
  validationData,
  doctor: 'repair',
  verbose: 0,
});

console.log(report.text(history, { title: 'Eight layers of sigmoids, repaired' }));
console.log('\nThe model is now:\n');
console.log(toCode(net));
