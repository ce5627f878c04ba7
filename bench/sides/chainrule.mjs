import { init, layers, losses, optimizers, sequential } from 'chainrule';
import { dataFor } from '../networks.mjs';

// One thread on every side: what is compared is the code, not the number of cores.
await init({ threads: 1 });

/** The compiled model of a network's description. */
export function build(network) {
  const { inputs, hidden, outputs, activation, norm, dropout, task, optimizer, learningRate } = network;
  const stack = hidden.flatMap((units, i) => [
    layers.dense({ units, ...(norm ? {} : { activation }), ...(i === 0 ? { inputShape: [inputs] } : {}) }),
    ...(norm ? [layers.batchNormalization({}), layers.activation({ activation })] : []),
    ...(dropout ? [layers.dropout({ rate: dropout })] : []),
  ]);
  const last = layers.dense({ units: outputs, ...(task === 'xor' ? { activation: 'sigmoid' } : {}) });
  const net = sequential({ layers: [...stack, last] });
  const loss =
    task === 'xor' ? 'meanSquaredError' : losses.sparseCategoricalCrossentropy({ fromLogits: true });
  return net.compile({ optimizer: optimizers[optimizer]({ learningRate }), loss });
}

/** A function that trains for at least `steps` steps and gives seconds and steps done. */
export async function chainrule(network) {
  const net = build(network);
  const { batch } = network;
  const { x, y, count } = dataFor(network);
  const perEpoch = Math.ceil(count / batch);
  return async (steps) => {
    const epochs = Math.ceil(steps / perEpoch);
    const start = performance.now();
    // Without the doctor, which no peer has; bench/doctor-overhead.mjs tells what it costs.
    await net.fit(x, y, { epochs, batchSize: batch, verbose: 0, doctor: 'off' });
    return { seconds: (performance.now() - start) / 1000, steps: epochs * perEpoch };
  };
}
