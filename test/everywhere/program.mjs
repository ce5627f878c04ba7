/**
 * What every runtime is given to do: plain JavaScript that needs nothing but chainrule. It trains two networks
 * of fixed seeds with `numerics: 'portable'`, and tells the losses and the SHA-256 of all weights.
 */

/** All activations that have a name; runtimes.test.ts holds the list against the library's own. */
export const activations = [
  'linear',
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'selu',
  'gelu',
  'silu',
  'swish',
  'mish',
  'sigmoid',
  'hardSigmoid',
  'tanh',
  'softplus',
  'softsign',
  'softmax',
  'logSoftmax',
  'exponential',
];

const count = 200;
const features = 64;
const classes = 5;

/** Numbers in [−1, 1) that every engine makes alike. */
function numbers(n, seed) {
  let state = seed >>> 0;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

/** Examples of a class lie around a centre. */
function examples() {
  const centres = numbers(classes * features, 5);
  const x = numbers(count * features, 1);
  const labels = Int32Array.from({ length: count }, (_, i) => (i * 7) % classes);
  for (let i = 0; i < x.length; i++) x[i] += centres[labels[(i / features) | 0] * features + (i % features)];
  return { x, labels };
}

/** Dense, dropout, batch norm and Adam, with enough weights for several threads; 200 examples leave a smaller last batch. */
async function trainMixed({ layers, losses, optimizers, sequential }, epochs) {
  const { x, labels } = examples();
  const net = sequential({
    seed: 11,
    layers: [
      layers.dense({ units: 131, activation: 'relu', inputShape: [features] }),
      layers.batchNormalization(),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 67, activation: 'gelu' }),
      layers.layerNormalization(),
      layers.dense({ units: classes }),
    ],
  });
  net.compile({
    optimizer: optimizers.adam({ learningRate: 0.003, clipnorm: 1 }),
    loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ['accuracy'],
  });
  const { history } = await net.fit(x, labels, { epochs, batchSize: 64, seed: 3, verbose: 0 });
  return { net, losses: history.loss };
}

/** A small network for each activation, with other initializers, losses and optimizers in turn. */
async function trainActivations({ layers, sequential }) {
  const x = numbers(60 * 6, 9);
  const y = numbers(60 * 3, 17).map((value) => Math.abs(value));
  const losses = ['meanSquaredError', 'huber', 'binaryCrossentropy', 'meanAbsoluteError'];
  const optimizers = ['adam', 'sgd', 'rmsprop', 'adamW'];
  const kernelInitializers = ['glorotUniform', 'heNormal', 'orthogonal', 'lecunUniform', 'truncatedNormal'];
  const nets = [];
  for (const [i, activation] of activations.entries()) {
    const net = sequential({
      seed: i,
      layers: [
        layers.dense({
          units: 9,
          activation,
          kernelInitializer: kernelInitializers[i % kernelInitializers.length],
          inputShape: [6],
        }),
        layers.dense({ units: 3, activation: 'sigmoid' }),
      ],
    });
    net.compile({ optimizer: optimizers[i % optimizers.length], loss: losses[i % losses.length] });
    await net.fit(x, y, { epochs: 3, batchSize: 16, verbose: 0 });
    nets.push(net);
  }
  return nets;
}

/** The SHA-256 of all weights of all models. */
async function sha256(nets) {
  const parts = nets.flatMap((net) => net.getWeights().map(({ data }) => data));
  if (parts.some((data) => data.some((value) => !Number.isFinite(value))))
    throw new Error('a weight is not finite');
  const bytes = new Uint8Array(parts.reduce((sum, data) => sum + data.byteLength, 0));
  let at = 0;
  for (const data of parts) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Trains with each number of threads. `threads` in the results is how many there were: one where memory cannot be shared. */
async function withThreads(chainrule, numerics, counts, options) {
  const results = [];
  for (const count of counts) {
    const settings = { ...options, numerics, threads: count };
    await chainrule.init(settings);
    const { net, losses } = await trainMixed(chainrule, 6);
    const { threads, relaxedSimd } = await chainrule.init(settings);
    results.push({ threads, relaxedSimd, first: losses[0], last: losses.at(-1), hash: await sha256([net]) });
  }
  return results;
}

/** `options` go to `init`. */
export async function run(chainrule, { threads = [1], options = {} } = {}) {
  const portable = await withThreads(chainrule, 'portable', threads, options);
  const activations = await sha256(await trainActivations(chainrule));
  const fast = await withThreads(chainrule, 'fast', threads.slice(0, 2), options);
  return { portable, activations, fast };
}
