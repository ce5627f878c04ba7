// Dead ReLU units: steps that are too long switch them off for good; cured by a lower learning rate, or by leaky ReLU.
//
// A ReLU passes on a unit's weighted sum z = w·x + b where it is above 0, and 0 elsewhere. So does its slope: by the
// chain rule the gradient of the unit's weights is
//
//   ∂loss/∂w = ∂loss/∂h · (1 where z > 0, else 0) · x
//
// One step that is too long can push a unit's sum below 0 for every example there is. From then on its output is 0,
// its gradient is exactly 0, and no later step can bring it back. When all units of a layer are gone, nothing flows
// through it any more, neither forward nor back.
//
// Shorter steps do not push that far. A leaky ReLU keeps a slope of 0.2 below 0, so that a unit that is off still
// gets a gradient and finds its way back, with steps as long as they were.
import { layers, optimizers, sequential } from 'chainrule';
import { digits } from './data.mjs';
import { show } from './lesson.mjs';

const { x, y, validationData } = await digits(3000);

function train({ learningRate, activation }) {
  const net = sequential({
    layers: [
      layers.dense({ units: 16, activation, name: 'hidden 1', inputShape: [784] }),
      layers.dense({ units: 16, activation, name: 'hidden 2' }),
      layers.dense({ units: 10, activation: 'softmax', name: 'output' }),
    ],
  });
  net.compile({
    // No step is longer than the learning rate, since gradients are cut to a norm of 1: nothing can explode here.
    optimizer: optimizers.sgd({ learningRate, clipnorm: 1 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return net.fit(x, y, { epochs: 16, batchSize: 128, validationData, verbose: 0 });
}

await show(
  {
    'ReLU, learning rate 1.5': await train({ learningRate: 1.5, activation: 'relu' }),
    'ReLU, learning rate 0.15': await train({ learningRate: 0.15, activation: 'relu' }),
    'leaky ReLU, learning rate 1.5': await train({ learningRate: 1.5, activation: 'leakyRelu' }),
  },
  {
    title: 'Dead ReLU units: steps that are too long',
    panels: ['loss', 'accuracy', 'gradientNorm', 'deadShare'],
  },
);
