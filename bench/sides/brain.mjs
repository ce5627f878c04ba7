import { createRequire } from 'node:module';
import { read } from './network.mjs';

const require = createRequire(new URL('../peers/', import.meta.url));

/** brain.js, which updates after each example and knows the squared error only: of the networks, XOR. */
export async function start({ threads = 1 }) {
  if (threads > 1) throw new Error('has one thread');
  const { NeuralNetwork } = require('brain.js');
  let net;
  let data;
  let learningRate;
  return {
    version: require('brain.js/package.json').version,

    build({ network }) {
      if (network.task !== 'xor') return { lacks: 'has neither cross-entropy nor batches' };
      const { x, y, layers } = read(network);
      // Its error is half the square of ours.
      learningRate = 2 * network.learningRate;
      net = new NeuralNetwork({
        hiddenLayers: network.hidden,
        activation: 'sigmoid',
        inputSize: 2,
        outputSize: 1,
      });
      net.initialize();
      for (const [i, { kernel, inputs, units }] of layers.entries()) {
        for (let unit = 0; unit < units; unit++) {
          net.biases[i + 1][unit] = 0;
          for (let k = 0; k < inputs; k++) net.weights[i + 1][unit][k] = kernel[k * units + unit];
        }
      }
      data = [...y].map((out, i) => ({ input: [...x.slice(2 * i, 2 * i + 2)], output: [out] }));
    },

    train({ epochs, losses }) {
      const means = [];
      // It demands a momentum above 0.
      const options = {
        learningRate,
        momentum: 1e-30,
        errorThresh: 1e-30,
        errorCheckInterval: losses ? 1 : 1e9,
      };
      const log = losses ? ({ error }) => means.push(error) : undefined;
      const start = performance.now();
      net.train(data, { ...options, iterations: epochs, callback: log, callbackPeriod: 1 });
      return { seconds: (performance.now() - start) / 1000, losses: means };
    },
  };
}
