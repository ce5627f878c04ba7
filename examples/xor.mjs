// The smallest network that needs backpropagation: exclusive or.
import { layers, optimizers, sequential } from 'chainrule';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [[0], [1], [1], [0]];

const net = sequential({
  layers: [
    layers.dense({ units: 8, activation: 'tanh', inputShape: [2] }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
});
net.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: 'binaryCrossentropy' });
const { history } = await net.fit(x, y, { epochs: 500, batchSize: 4, verbose: 0 });
console.log(`loss ${history.loss[0].toFixed(4)} → ${history.loss.at(-1).toFixed(4)}`);

const { data } = net.predict(x);
for (const [i, [a, b]] of x.entries()) console.log(`${a} xor ${b} = ${data[i].toFixed(3)}`);
