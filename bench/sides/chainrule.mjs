import { read } from './network.mjs';

/** The compiled model of a network's description. */
export function build({ layers, losses, optimizers, sequential }, network) {
  const { inputs, hidden, outputs, activation, norm, dropout, task } = network;
  const stack = hidden.flatMap((units, i) => [
    layers.dense({ units, ...(norm ? {} : { activation }), ...(i === 0 ? { inputShape: [inputs] } : {}) }),
    ...(norm ? [layers.batchNormalization({}), layers.activation({ activation })] : []),
    ...(dropout ? [layers.dropout({ rate: dropout })] : []),
  ]);
  const last = layers.dense({ units: outputs, ...(task === 'xor' ? { activation: 'sigmoid' } : {}) });
  const net = sequential({ layers: [...stack, last] });
  const loss =
    task === 'xor' ? 'meanSquaredError' : losses.sparseCategoricalCrossentropy({ fromLogits: true });
  const { optimizer, learningRate, epsilon } = network;
  const options = { learningRate, ...(epsilon ? { epsilon } : {}) };
  return net.compile({ optimizer: optimizers[optimizer](options), loss });
}

/** Training without the doctor, which no peer has; bench/doctor-overhead.mjs tells what it costs. */
export async function start({ threads = 1, turbo = false, dist = 'chainrule' } = {}) {
  const on = turbo ? (await import('chainrule/turbo')).turbo : undefined;
  const chainrule = await import(dist);
  await chainrule.init({ threads });
  let net;
  let network;
  let data;
  return {
    version: `Node ${process.versions.node}`,
    note: on && !(on.relaxedSimd || on.wideVectors) ? 'turbo found nothing to turn on' : undefined,

    build(request) {
      network = request.network;
      data = read(network);
      net = build(chainrule, network);
      net.setWeights(
        net.weights.map(({ name, shape }, i) => {
          const dense = data.layers[net.weights.slice(0, i).filter((w) => /kernel/.test(w.name)).length];
          return /kernel/.test(name) ? chainrule.tensor(dense.kernel, shape) : net.getWeights()[i];
        }),
      );
    },

    /** In the order of the data, as everyone does. */
    async train({ epochs }) {
      const { x, y } = data;
      const start = performance.now();
      const options = { epochs, batchSize: network.batch, shuffle: false, verbose: 0, doctor: 'off' };
      const { history } = await net.fit(x, y, options);
      return { seconds: (performance.now() - start) / 1000, losses: history.loss.slice(0, network.epochs) };
    },

    predict({ times }) {
      const x = chainrule.tensor(data.x.slice(0, network.inputs), [1, network.inputs]);
      const start = performance.now();
      let out;
      for (let i = 0; i < times; i++) out = net.predict(x);
      return { seconds: (performance.now() - start) / 1000, out: [...out.data] };
    },

    /** GFLOP/s on registers alone, in the variant that this engine chooses. */
    async peak() {
      const [{ peaks }, { race, variants }] = [await import('../peak.mjs'), await import('../wasm.mjs')];
      const jobs = await peaks((await variants()).some(({ variant }) => variant === 'relaxed'));
      // Turns so short that others on the machine leave some alone.
      race(jobs, { rounds: 40, milliseconds: 0.5 });
      return { gflops: Math.max(...jobs.map(({ flops, best }) => flops / best / 1e6)) };
    },
  };
}
