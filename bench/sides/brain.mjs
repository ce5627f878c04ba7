import { createRequire } from 'node:module';

/** brain.js, which does online updates of sigmoid networks: only XOR is like for like. */
export async function brain({ task, hidden, learningRate }) {
  if (task !== 'xor') return undefined;
  const { NeuralNetwork } = createRequire(new URL('../peers/', import.meta.url))('brain.js');
  const net = new NeuralNetwork({ hiddenLayers: hidden, activation: 'sigmoid', learningRate });
  const data = [
    [0, 0, 0],
    [0, 1, 1],
    [1, 0, 1],
    [1, 1, 0],
  ].map(([a, b, out]) => ({ input: [a, b], output: [out] }));
  return async (steps) => {
    const iterations = Math.ceil(steps / 4);
    const start = performance.now();
    net.train(data, { iterations, errorThresh: 1e-12, errorCheckInterval: iterations });
    return { seconds: (performance.now() - start) / 1000, steps: iterations * 4 };
  };
}
