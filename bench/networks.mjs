/** The networks that are timed: one description that every side builds from. */

/** A hidden layer is [units, activation]; `norm` puts batch normalization and dropout after each. */
export const networks = [
  {
    name: 'XOR 2-8-1, online',
    inputs: 2,
    hidden: [8],
    outputs: 1,
    activation: 'sigmoid',
    task: 'xor',
    optimizer: 'sgd',
    learningRate: 0.3,
    batch: 1,
  },
  {
    name: '2-64-64-3, batch 32',
    inputs: 2,
    hidden: [64, 64],
    outputs: 3,
    activation: 'relu',
    task: 'classes',
    optimizer: 'adam',
    learningRate: 1e-3,
    batch: 32,
  },
  {
    name: '784-128-10, batch 32',
    inputs: 784,
    hidden: [128],
    outputs: 10,
    activation: 'relu',
    task: 'classes',
    optimizer: 'adam',
    learningRate: 1e-3,
    batch: 32,
  },
  {
    name: '784-128-10, batch 128',
    inputs: 784,
    hidden: [128],
    outputs: 10,
    activation: 'relu',
    task: 'classes',
    optimizer: 'adam',
    learningRate: 1e-3,
    batch: 128,
  },
  {
    name: '784-512-512-10, batch 128',
    inputs: 784,
    hidden: [512, 512],
    outputs: 10,
    activation: 'relu',
    task: 'classes',
    optimizer: 'adam',
    learningRate: 1e-3,
    batch: 128,
  },
  {
    name: '784-256-128-10 with batch norm and dropout, batch 64',
    inputs: 784,
    hidden: [256, 128],
    outputs: 10,
    activation: 'relu',
    norm: true,
    dropout: 0.2,
    task: 'classes',
    optimizer: 'adam',
    learningRate: 1e-3,
    batch: 64,
  },
];

/** The data of a network: the four cases of XOR, or random examples with random classes. */
export function dataFor({ task, inputs, outputs, batch }) {
  if (task === 'xor')
    return { x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0), count: 4 };
  const count = batch * 8;
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    x: Float32Array.from({ length: count * inputs }, random),
    y: Int32Array.from({ length: count }, () => Math.floor(random() * outputs)),
    count,
  };
}
