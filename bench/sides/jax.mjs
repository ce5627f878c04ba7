import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { read } from './network.mjs';

const require = createRequire(new URL('../peers/', import.meta.url));

/** jax-js, whose step is a function of one's own, derived by valueAndGrad and compiled by jit. */
export async function start({ threads = 1 }) {
  if (threads > 1) throw new Error('has one thread in Node');
  const {
    blockUntilReady,
    defaultDevice,
    init,
    jit,
    nn,
    numpy: np,
    valueAndGrad,
  } = await import(pathToFileURL(require.resolve('@jax-js/jax')).href);
  const { version } = JSON.parse(
    readFileSync(join(dirname(require.resolve('@jax-js/jax')), '../package.json'), 'utf8'),
  );
  await init('wasm');
  defaultDevice('wasm');
  let network;
  let state;
  let batches;
  let step;
  let forward;

  const array = (values, shape) => np.array(values, { dtype: np.float32 }).reshape(shape);

  return {
    version,

    build(request) {
      network = request.network;
      const { inputs, outputs, task, batch, count, learningRate, epsilon, norm, dropout } = network;
      if (norm || dropout) return { lacks: 'has no layers: batch norm and dropout would be our own' };
      const { x, y, layers } = read(network);
      const hot = new Float32Array(count * outputs);
      if (task === 'xor') hot.set(y);
      else for (const [i, label] of y.entries()) hot[i * outputs + label] = 1;
      batches = Array.from({ length: count / batch }, (_, i) => [
        array(x.slice(i * batch * inputs, (i + 1) * batch * inputs), [batch, inputs]),
        array(hot.slice(i * batch * outputs, (i + 1) * batch * outputs), [batch, outputs]),
      ]);
      const parameters = layers.flatMap(({ kernel, inputs, units }) => [
        array(kernel, [inputs, units]),
        np.zeros([units]),
      ]);
      const activate = network.activation === 'relu' ? nn.relu : nn.sigmoid;
      forward = (p, x) => {
        let h = x;
        for (let i = 0; i < p.length; i += 2) {
          h = np.matmul(h, p[i]).add(p[i + 1]);
          if (i + 2 < p.length) h = activate(h);
        }
        return task === 'xor' ? nn.sigmoid(h) : h;
      };
      const loss = (p, x, t) => {
        const out = forward(p, x);
        if (task === 'xor') {
          const error = out.sub(t);
          return np.mean(error.ref.mul(error));
        }
        return np.sum(nn.logSoftmax(out).mul(t)).mul(-1 / batch);
      };
      const gradient = valueAndGrad(loss);
      if (network.optimizer === 'sgd') {
        state = parameters;
        step = jit((p, x, t) => {
          const [value, g] = gradient(
            p.map((w) => w.ref),
            x,
            t,
          );
          return [value, p.map((w, i) => w.sub(g[i].mul(learningRate)))];
        });
      } else {
        // Adam: [step count, parameters, first moments, second moments].
        const zeros = () => parameters.map((p) => np.zeros(p.shape));
        state = [np.zeros([]), parameters, zeros(), zeros()];
        step = jit(([count, p, m, v], x, t) => {
          const [value, g] = gradient(
            p.map((w) => w.ref),
            x,
            t,
          );
          const next = count.add(1);
          const correction = (beta) =>
            np
              .exp(next.ref.mul(Math.log(beta)))
              .mul(-1)
              .add(1);
          const mean = m.map((m, i) => m.mul(0.9).add(g[i].ref.mul(0.1)));
          const square = v.map((v, i) => v.mul(0.999).add(g[i].ref.mul(g[i]).mul(0.001)));
          const rate = np.sqrt(correction(0.999)).div(correction(0.9)).mul(learningRate);
          const out = p.map((w, i) =>
            w.sub(mean[i].ref.mul(rate.ref).div(np.sqrt(square[i].ref).add(epsilon))),
          );
          rate.dispose();
          return [value, [next, out, mean, square]];
        });
      }
    },

    async train({ epochs }) {
      const means = [];
      const start = performance.now();
      for (let epoch = 0; epoch < epochs; epoch++) {
        let total = 0;
        for (const [x, t] of batches) {
          const [value, next] = step(state, x.ref, t.ref);
          state = next;
          // Reading the loss lets the step be computed; left alone, steps pile up and get slower and slower.
          total += value.item() / batches.length;
        }
        means.push(total);
      }
      await blockUntilReady(state);
      return { seconds: (performance.now() - start) / 1000, losses: means.slice(0, network.epochs) };
    },

    predict({ times }) {
      const p = network.optimizer === 'sgd' ? state : state[1];
      const once = jit(forward);
      const [xs] = batches[0];
      const x = xs.ref.slice([0, 1]);
      let out;
      const start = performance.now();
      for (let i = 0; i < times; i++)
        out = once(
          p.map((w) => w.ref),
          x.ref,
        ).dataSync();
      return { seconds: (performance.now() - start) / 1000, out: [...out] };
    },
  };
}
