// Vanishing gradients: eight hidden layers with sigmoids do not learn to read digits; with ReLU they do.
//
// Backpropagation follows the chain rule from the loss back to the first layer. At every layer it
// passes, the gradient is multiplied by that layer's weights W and the slope σ′ of its activation:
//
//   ∂loss/∂h₁ = ∂loss/∂h₈ · (σ′₈ W₈) · (σ′₇ W₇) · … · (σ′₂ W₂)
//
// The slope of a sigmoid is at most 1/4. Seven factors of about 1/4 leave 0.25⁷ = 0.00006 of the
// gradient: the first layers stand still. The slope of a ReLU is 1 for every unit that is on.
import { layers, optimizers, sequential } from 'chainrule';
import { digits } from './data.mjs';
import { show } from './lesson.mjs';

const { x, y, validationData } = await digits(3000);

function train(activation) {
  const hidden = Array.from({ length: 8 }, (_, i) =>
    layers.dense({ units: 32, activation, name: `hidden ${i + 1}`, ...(i === 0 && { inputShape: [784] }) }),
  );
  const net = sequential({
    layers: [...hidden, layers.dense({ units: 10, activation: 'softmax', name: 'output' })],
  });
  net.compile({
    optimizer: optimizers.sgd({ learningRate: 0.1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return net.fit(x, y, { epochs: 12, batchSize: 32, validationData, verbose: 0 });
}

await show(
  { sigmoid: await train('sigmoid'), ReLU: await train('relu') },
  { title: 'Vanishing gradients: eight hidden layers that read digits' },
);
