/** A small trained model, saved to the path given: see make_safetensors.py. */
import { layers, sequential } from '../../dist/index.js';

const net = sequential({
  name: 'small',
  layers: [
    layers.dense({ units: 2, activation: 'tanh', inputShape: [3] }),
    layers.batchNormalization(),
    layers.dense({ units: 1 }),
  ],
});
net.compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] });
net.setWeights(net.weights.map(({ shape }) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5)));
net.trainOnBatch(
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  [[1], [0]],
);
await net.save(process.argv[2]);
