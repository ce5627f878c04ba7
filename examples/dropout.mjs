// Dropout at 0.0, 0.2, 0.5 and 1.0: a network that learns wrong labels by heart, and one that learns nothing.
//
// 1000 digits, and two labels in five are replaced by chance. A network with 120,000 weights can store them all, the
// wrong ones too: its training loss falls on while its loss on other digits rises. That is overfitting.
//
// Dropout multiplies each unit's output by m / (1 − rate) in every update, with m = 0 for a share `rate` of the
// units, drawn anew, and 1 for the others. No unit can rely on what some others have stored, so only what many of
// them agree on is learned. By the chain rule the gradient meets the same m: where it is 0, nothing flows back.
// At rate 1.0 every m is 0, every gradient before the last layer is exactly 0, and the model learns nothing.
import { layers, sequential } from 'chainrule';
import { digits, randomFrom } from './data.mjs';
import { show } from './lesson.mjs';

const { x, y, validationData } = await digits(1000);
const random = randomFrom(1);
const noisy = y.map((digit) => (random() < 0.4 ? Math.floor(10 * random()) : digit));

function train(rate) {
  const net = sequential({
    layers: [
      layers.dense({ units: 128, activation: 'relu', name: 'hidden 1', inputShape: [784] }),
      layers.dropout({ rate }),
      layers.dense({ units: 128, activation: 'relu', name: 'hidden 2' }),
      layers.dropout({ rate }),
      layers.dense({ units: 10, activation: 'softmax', name: 'output' }),
    ],
  });
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return net.fit(x, noisy, { epochs: 24, batchSize: 32, validationData, verbose: 0 });
}

const runs = {};
for (const rate of [0.0, 0.2, 0.5, 1.0]) runs[`dropout ${rate.toFixed(1)}`] = await train(rate);
await show(runs, {
  title: 'Dropout against overfitting: 1000 digits, two labels in five are left to chance',
});
