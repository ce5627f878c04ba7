// What backpropagation computes: for every weight, by how much the loss grows when that weight grows a little.
// Trying it out takes two passes through the network for each weight. The chain rule gives all of them in one pass
// back. Here both, side by side, for a network of 13 weights that is to learn exclusive or; then gradient descent, by hand.
import { layers, sequential, tensor } from 'chainrule';

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [[0], [1], [1], [0]];

const net = sequential({
  layers: [
    layers.dense({ units: 3, activation: 'tanh', inputShape: [2], name: 'hidden' }),
    layers.dense({ units: 1, activation: 'sigmoid', name: 'output' }),
  ],
});
net.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' });
const lossWith = async (weights) => {
  net.setWeights(weights);
  return (await net.evaluate(x, y)).loss;
};
/** The same tensors, one number of one of them changed. */
const changed = (tensors, which, at, by) =>
  tensors.map(({ data, shape }, i) =>
    tensor(
      data.map((v, k) => (i === which && k === at ? v + by : v)),
      shape,
    ),
  );

let weights = net.getWeights();
const gradients = net.gradients(x, y);
console.log('weight                   by the chain rule   by trying');
for (const [i, { name }] of net.weights.entries()) {
  for (const [k, slope] of gradients[i].data.entries()) {
    const [more, less] = [
      await lossWith(changed(weights, i, k, 0.01)),
      await lossWith(changed(weights, i, k, -0.01)),
    ];
    const tried = (more - less) / 0.02;
    console.log(
      `${`${name}[${k}]`.padEnd(24)} ${slope.toFixed(4).padStart(17)}  ${tried.toFixed(4).padStart(10)}`,
    );
  }
}

// Gradient descent: every weight one small step against its gradient, again and again.
const learningRate = 0.5;
for (let step = 0; step <= 1000; step++) {
  if (step % 200 === 0)
    console.log(
      `${step === 0 ? '\n' : ''}after ${String(step).padStart(4)} steps: loss ${(await lossWith(weights)).toFixed(4)}`,
    );
  net.setWeights(weights);
  const slopes = net.gradients(x, y);
  weights = weights.map(({ data, shape }, i) =>
    tensor(
      data.map((w, k) => w - learningRate * slopes[i].data[k]),
      shape,
    ),
  );
}

const { data } = net.predict(x);
console.log();
for (const [i, [a, b]] of x.entries()) console.log(`${a} xor ${b} = ${data[i].toFixed(3)}`);
