// Exploding gradients: large weights and a large learning rate; cured by a lower rate, or by batch normalization.
//
// Weights drawn with 1.6 times He's spread √(2 / inputs) make each layer's values, on the way forward, and its
// gradients, on the way back, about 1.6 times larger: 1.6⁸ = 43 over eight layers. The first update makes the
// weights larger still, the next gradient is a product of larger factors, and five updates later it is beyond
// what 32-bit numbers can hold.
//
// Smaller steps never get there: gradients stay where they began, then shrink. Batch normalization divides each
// layer's sums by their own spread, so the size of the weights no longer counts, and large steps do no harm.
import { initializers, layers, optimizers, sequential } from 'chainrule';
import { digits } from './data.mjs';
import { show } from './lesson.mjs';

const { x, y, validationData } = await digits(3000);

function train({ learningRate, batchNormalization = false }) {
  const hidden = Array.from({ length: 8 }, (_, i) => {
    const inputs = i === 0 ? 784 : 32;
    const weights = {
      units: 32,
      kernelInitializer: initializers.randomNormal({ stddev: 1.6 * Math.sqrt(2 / inputs) }),
      name: `hidden ${i + 1}`,
      ...(i === 0 && { inputShape: [784] }),
    };
    return batchNormalization
      ? [layers.dense(weights), layers.batchNormalization(), layers.reLU()]
      : [layers.dense({ ...weights, activation: 'relu' })];
  });
  const net = sequential({
    layers: [...hidden.flat(), layers.dense({ units: 10, activation: 'softmax', name: 'output' })],
  });
  net.compile({
    optimizer: optimizers.sgd({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return net.fit(x, y, { epochs: 12, batchSize: 32, validationData, verbose: 0 });
}

await show(
  {
    'learning rate 0.1': await train({ learningRate: 0.1 }),
    'learning rate 0.01': await train({ learningRate: 0.01 }),
    '0.1 with batch normalization': await train({ learningRate: 0.1, batchNormalization: true }),
  },
  { title: 'Exploding gradients: eight hidden layers with large weights', time: 'updates' },
);
