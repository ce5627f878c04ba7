import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { read } from './network.mjs';
import { denseModel } from './onnx.mjs';

const require = createRequire(new URL('../peers/', import.meta.url));

/** onnxruntime-web's wasm, which only predicts. */
export async function start({ threads = 1 }) {
  const ort = require('onnxruntime-web');
  ort.env.wasm.numThreads = threads;
  let session;
  let x;
  const main = require.resolve('onnxruntime-web');
  return {
    version: JSON.parse(readFileSync(join(dirname(main), '../package.json'), 'utf8')).version,

    async build({ network }) {
      const { x: data, layers } = read(network);
      if (network.task === 'xor' || network.norm) return { lacks: 'is raced on dense networks of logits' };
      session = await ort.InferenceSession.create(denseModel(layers, { batch: 1, activation: 'Relu' }), {
        executionProviders: ['wasm'],
      });
      x = new ort.Tensor('float32', data.slice(0, network.inputs), [1, network.inputs]);
    },

    async predict({ times }) {
      let out;
      const start = performance.now();
      for (let i = 0; i < times; i++) out = (await session.run({ x })).y.data;
      return { seconds: (performance.now() - start) / 1000, out: [...out] };
    },
  };
}
