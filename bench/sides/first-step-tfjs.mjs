/** The same as first-step.mjs by TensorFlow.js, in its WebAssembly backend. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { report } from './first-step.mjs';

const require = createRequire(new URL('../peers/', import.meta.url));
await report(async ({ x, y, lap }) => {
  const tf = require('@tensorflow/tfjs');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  wasm.setWasmPaths(`${existsSync(join(folder, 'tfjs-backend-wasm.wasm')) ? folder : dirname(folder)}/`);
  await tf.setBackend('wasm');
  lap();
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 128, activation: 'relu', inputShape: [784] }),
      tf.layers.dense({ units: 10 }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: tf.losses.softmaxCrossEntropy });
  lap();
  await model.trainOnBatch(tf.tensor2d(x, [32, 784]), tf.oneHot(tf.tensor1d(y, 'int32'), 10).toFloat());
});
