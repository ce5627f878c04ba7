/**
 * Tells penguins apart: a CSV file with words and gaps in it becomes numbers, as it streams, and a network
 * learns the species. 344 penguins measured at Palmer Station, Antarctica, by Kristen Gorman and the LTER
 * (palmerpenguins, CC0). With a path, the file with the numbers is written there, to be used by others.
 */
import { writeFile } from 'node:fs/promises';
import { data, layers, optimizers, sequential } from 'chainrule';

const penguins = await data.csv(new URL('penguins.csv', import.meta.url), {
  label: 'species',
  missing: 'mean', // of measurements that were not taken
  columns: {
    species: 'index',
    island: 'oneHot',
    sex: { type: 'oneHot', missing: { fill: 'unknown' } },
  },
});
const { schema } = penguins;
console.log(`inputs: ${schema.inputs.join(', ')}\nclasses: ${schema.classes.join(', ')}\n`);

const [train, test] = penguins.split(0.75, { seed: 1, stratify: true });

// Grams and millimetres are of very different size; this layer brings them all to mean 0 and deviation 1.
const scaled = layers.normalization({ inputShape: schema.inputShape });
await scaled.adapt(train);

const net = sequential({
  layers: [
    scaled,
    layers.dense({ units: 16, activation: 'relu' }),
    layers.dense({ units: schema.classes.length, activation: 'softmax' }),
  ],
});
net.compile({
  optimizer: optimizers.adam({ learningRate: 0.01 }),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
});
await net.fitDataset(train.shuffle(344), { epochs: 40, batchSize: 16 });

const { accuracy } = await net.evaluateDataset(test);
console.log(`accuracy on penguins it has not seen: ${(100 * accuracy).toFixed(1)}%`);

// Elsewhere, where only the model and the schema are known.
const saved = JSON.stringify(schema);
const row = {
  island: 'Dream',
  beak_length: 50.2,
  beak_depth: 18.8,
  flipper_length: 202,
  body_mass: 3800,
  sex: 'male',
};
const { data: probabilities } = net.predict(data.schema(JSON.parse(saved)).encode(row));
const best = probabilities.indexOf(Math.max(...probabilities));
console.log(
  `${JSON.stringify(row)}\nis a ${schema.classes[best]}, ${(100 * probabilities[best]).toFixed(1)}% sure`,
);

if (process.argv[2]) await writeFile(process.argv[2], saved);
