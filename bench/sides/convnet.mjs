import { createRequire } from 'node:module';
import { read } from './network.mjs';

const require = createRequire(new URL('../peers/', import.meta.url));

/** ConvNetJS: plain JavaScript, one example at a time; updates may be by batches. */
export async function start({ threads = 1 }) {
  if (threads > 1) throw new Error('has one thread');
  const { Net, Trainer, Vol } = require('convnetjs');
  let network;
  let trainer;
  let net;
  let examples;
  return {
    version: require('convnetjs/package.json').version,

    build(request) {
      network = request.network;
      const { inputs, hidden, outputs, activation, task, batch, learningRate } = network;
      if (network.norm) return { lacks: 'has no batch norm' };
      if (network.optimizer !== 'sgd') return { lacks: 'has no Adam' };
      const { x, y, layers } = read(network);
      const stack = hidden.map((num_neurons) => ({ type: 'fc', num_neurons, activation }));
      net = new Net();
      net.makeLayers([
        { type: 'input', out_sx: 1, out_sy: 1, out_depth: inputs },
        ...stack,
        ...(task === 'xor'
          ? [
              { type: 'fc', num_neurons: 1, activation: 'sigmoid' },
              { type: 'regression', num_neurons: 1 },
            ]
          : [{ type: 'softmax', num_classes: outputs }]),
      ]);
      // makeLayers puts a dense layer before the squared error; the sigmoid is to be the last.
      if (task === 'xor') net.layers.splice(net.layers.length - 2, 1);
      const dense = net.layers.filter(({ layer_type }) => layer_type === 'fc');
      for (const [i, { kernel, inputs, units }] of layers.entries()) {
        dense[i].biases.w.fill(0);
        for (let unit = 0; unit < units; unit++)
          for (let k = 0; k < inputs; k++) dense[i].filters[unit].w[k] = kernel[k * units + unit];
      }
      trainer = new Trainer(net, {
        method: 'sgd',
        // Its squared error is half of ours.
        learning_rate: learningRate * (task === 'xor' ? 2 : 1),
        momentum: 0,
        l2_decay: 0,
        batch_size: batch,
      });
      examples = [...y].map((label, i) => {
        const vol = new Vol(1, 1, inputs, 0);
        vol.w.set(x.subarray(i * inputs, (i + 1) * inputs));
        return [vol, task === 'xor' ? [label] : label];
      });
    },

    train({ epochs }) {
      const losses = [];
      const start = performance.now();
      for (let epoch = 0; epoch < epochs; epoch++) {
        let total = 0;
        for (const [x, y] of examples) total += trainer.train(x, y).loss;
        // It tells twice the square, though it derives half of it.
        losses.push(total / examples.length / (network.task === 'xor' ? 2 : 1));
      }
      return { seconds: (performance.now() - start) / 1000, losses: losses.slice(0, network.epochs) };
    },
  };
}
