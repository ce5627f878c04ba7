import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { read } from './network.mjs';

const require = createRequire(new URL('../peers/', import.meta.url));

/** TensorFlow.js Layers; `backend` is 'wasm' or 'cpu'. */
export async function start({ backend, threads = 1 }) {
  const tf = require('@tensorflow/tfjs');
  if (backend === 'wasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm');
    const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
    wasm.setWasmPaths(`${existsSync(join(folder, 'tfjs-backend-wasm.wasm')) ? folder : dirname(folder)}/`);
    wasm.setThreadsCount(threads);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  await tf.ready();
  if (threads > 1) {
    const can = backend === 'wasm' && (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'));
    if (!can || require('@tensorflow/tfjs-backend-wasm').getThreadsCount() < threads)
      throw new Error('has one thread in Node');
  }
  let model;
  let optimizer;
  let batches;
  let network;
  return {
    version: tf.version_core,

    build(request) {
      network = request.network;
      for (const old of [model, ...(batches ?? []).flat()]) old?.dispose();
      const { x, y, layers } = read(network);
      const { inputs, outputs, hidden, activation, norm, dropout, task, count } = network;
      model = tf.sequential();
      const dense = (i, config) => {
        const { kernel, inputs, units } = layers[i];
        const layer = tf.layers.dense({ units, ...config, ...(i === 0 ? { inputShape: [inputs] } : {}) });
        model.add(layer);
        layer.setWeights([tf.tensor2d(kernel, [inputs, units]), tf.zeros([units])]);
      };
      for (const i of hidden.keys()) {
        dense(i, norm ? {} : { activation });
        if (norm) {
          model.add(tf.layers.batchNormalization({}));
          model.add(tf.layers.activation({ activation }));
        }
        if (dropout) model.add(tf.layers.dropout({ rate: dropout }));
      }
      dense(hidden.length, task === 'xor' ? { activation: 'sigmoid' } : {});
      const { learningRate, epsilon, batch } = network;
      optimizer =
        network.optimizer === 'adam'
          ? tf.train.adam(learningRate, 0.9, 0.999, epsilon)
          : tf.train.sgd(learningRate);
      const examples = tf.tensor2d(x, [count, inputs]);
      const targets =
        task === 'xor' ? tf.tensor2d(y, [count, 1]) : tf.oneHot(tf.tensor1d(y, 'int32'), outputs).toFloat();
      batches = Array.from({ length: count / batch }, (_, i) => [
        examples.slice([i * batch, 0], [batch, inputs]),
        targets.slice([i * batch, 0], [batch, outputs]),
      ]);
    },

    /** Its leanest way: `fit` and `trainOnBatch` take up to twice as long for small networks. */
    train({ epochs, losses }) {
      // Cross-entropy of logits: the layers' own would take the logarithm of a clipped softmax.
      const loss = network.task === 'xor' ? tf.losses.meanSquaredError : tf.losses.softmaxCrossEntropy;
      const means = [];
      const start = performance.now();
      for (let epoch = 0; epoch < epochs; epoch++) {
        let total = 0;
        for (const [x, t] of batches) {
          const step = () => loss(t, model.apply(x, { training: true }));
          const cost = tf.tidy(() => optimizer.minimize(step, losses));
          if (losses) total += cost.dataSync()[0] / batches.length;
          cost?.dispose();
        }
        if (losses) means.push(total);
      }
      return { seconds: (performance.now() - start) / 1000, losses: means };
    },

    predict({ times }) {
      const x = batches[0][0].slice([0, 0], [1, network.inputs]);
      let out;
      const start = performance.now();
      for (let i = 0; i < times; i++) {
        const y = model.predict(x);
        out = y.dataSync();
        y.dispose();
      }
      return { seconds: (performance.now() - start) / 1000, out: [...out] };
    },
  };
}
