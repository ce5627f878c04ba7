// Regression with a report: Friedman's function of ten inputs, of which five count for nothing.
//
//   y = 10 sin(π x₁ x₂) + 20 (x₃ − ½)² + 10 x₄ + 5 x₅ + noise,   x uniform in 0 … 1, noise of variance 1
//
// (J. Friedman, Multivariate adaptive regression splines, 1991.) No model can have a mean squared error below 1, the
// variance of the noise; always guessing the mean has about 24.
import { writeFile } from 'node:fs/promises';
import { callbacks, layers, optimizers, report, sequential } from 'chainrule';
import { randomFrom } from './data.mjs';

const out = process.argv[2] ?? 'regression.html';

const random = randomFrom(1);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function friedman(count) {
  const x = Array.from({ length: count }, () => Array.from({ length: 10 }, random));
  const y = x.map(([a, b, c, d, e]) => [
    10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + normal(),
  ]);
  return [x, y];
}
const [x, y] = friedman(2000);
const [xTest, yTest] = friedman(1000);

// Training goes best with inputs and targets near ±1: the first layer standardizes the ones, the last brings the
// network's output back to the size of the others.
const standardize = layers.normalization({ inputShape: [10] });
standardize.adapt(x);
const restore = layers.normalization({ invert: true });
restore.adapt(y);

const net = sequential({
  layers: [
    standardize,
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 64, activation: 'relu' }),
    layers.dense({ units: 1 }),
    restore,
  ],
});
net.compile({
  optimizer: optimizers.adam({ learningRate: 3e-3 }),
  loss: 'meanSquaredError',
  metrics: ['meanAbsoluteError'],
});
const history = await net.fit(x, y, {
  epochs: 100,
  batchSize: 64,
  validationSplit: 0.2,
  callbacks: [callbacks.earlyStopping({ patience: 15, restoreBestWeights: true })],
  verbose: 0,
});

const { loss } = await net.evaluate(xTest, yTest);
console.log(report.text(history, { title: 'Friedman’s function' }));
await writeFile(out, report.html(history, { title: 'Friedman’s function' }));
console.log(
  `\nmean squared error on 1000 others: ${loss.toFixed(2)} (the mean as a guess: 24, the noise alone: 1)`,
);
console.log(`report: ${out}`);
