// A loss and an activation of your own, as formulas of `ops`; their gradients come by the chain rule.
import { layers, ops, sequential } from 'chainrule';

// log(cosh(error)): like the squared error near 0, like the absolute error for outliers.
const logCosh = (yTrue, yPred) => {
  const error = ops.sub(yPred, yTrue);
  return ops.sub(ops.add(error, ops.softplus(ops.mul(error, -2))), Math.log(2));
};
// The square of the positive part.
const squaredRelu = (x) => ops.square(ops.relu(x));

// A noisy parabola with some wild outliers.
const x = Float32Array.from({ length: 400 }, (_, i) => i / 200 - 1);
const y = x.map((v, i) => v * v + (i % 50 === 7 ? 3 : 0.02 * Math.sin(i * 12.9898)));

const net = sequential({
  layers: [layers.dense({ units: 32, activation: squaredRelu, inputShape: [1] }), layers.dense({ units: 1 })],
});
net.compile({ optimizer: 'adam', loss: logCosh });
const { history } = await net.fit(x, y, { epochs: 300, batchSize: 40, verbose: 0 });
console.log(`loss ${history.loss[0].toFixed(4)} → ${history.loss.at(-1).toFixed(4)}`);
for (const at of [-1, -0.5, 0, 0.5, 1]) {
  console.log(`f(${at}) = ${net.predict([[at]]).data[0].toFixed(3)}, without noise ${(at * at).toFixed(3)}`);
}
