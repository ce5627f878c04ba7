/**
 * A training script as a user would write it, to be killed: it goes on from its backup when it is started again.
 *
 *     node train.mjs <folder> <seed>       with a backup in that folder
 *     node train.mjs - <seed>              without: the reference
 *
 * Prints 'training' when the first epoch is about to begin, and at the end a hash of all that it has learnt.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { callbacks, layers, optimizers, sequential } from '../../dist/index.js';

const [folder, seed] = [process.argv[2], Number(process.argv[3] ?? 1)];

/** Counts in its own way, as a callback that adapts the learning rate would. */
const slowDown = {
  epochs: 0,
  setModel(model) {
    this.model = model;
  },
  onEpochEnd() {
    if (++this.epochs % 7 === 0) this.model.learningRate *= 0.9;
  },
  getState() {
    return { epochs: this.epochs };
  },
  setState({ epochs }) {
    this.epochs = epochs;
  },
};

const random = (state) => () => {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state / 2 ** 31;
};
const next = random(seed);
const x = Float32Array.from({ length: 600 * 8 }, next);
const y = Float32Array.from({ length: 600 }, (_, i) => Math.sin(3 * x[8 * i]) * x[8 * i + 1] + 0.1 * next());

const net = sequential({
  seed,
  layers: [
    layers.dense({ units: 32, activation: 'relu', inputShape: [8] }),
    layers.batchNormalization(),
    layers.dropout({ rate: 0.2 }),
    layers.dense({ units: 16, activation: 'gelu' }),
    layers.dense({ units: 1 }),
  ],
});
net.compile({
  optimizer: optimizers.adam({ learningRate: 0.01 }),
  loss: 'meanSquaredError',
  metrics: ['mae'],
});

const stopping = callbacks.earlyStopping({ patience: 1000, restoreBestWeights: true });
const kept = [slowDown, stopping];
const backup = { path: join(folder, 'backup.safetensors'), saveFreq: 11 };
// The reference has as many callbacks, so that nothing but the backup differs.
kept.push(folder === '-' ? {} : callbacks.backupAndRestore(backup));
console.log('training');
const history = await net.fit(x, y, {
  epochs: 60,
  batchSize: 25,
  validationSplit: 0.2,
  seed: seed + 1,
  timeSlice: 2,
  callbacks: kept,
});

const hash = createHash('sha256');
for (const { data } of net.getWeights()) hash.update(data);
hash.update(net.toSafetensors());
hash.update(JSON.stringify([history.epoch, history.history, stopping.bestEpoch, slowDown.epochs]));
console.log(hash.digest('hex'));
