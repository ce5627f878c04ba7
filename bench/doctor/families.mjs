/** What the cases of the corpus share: how a case is written, and the four families of data and networks. */
import { losses } from 'chainrule';
import { adam, stack } from './build.mjs';
import { blobs, circles, mnist, table } from './data.mjs';

export const he = { kernelInitializer: 'heUniform' };
export const classes = () => losses.sparseCategoricalCrossentropy();
export const logits = () => losses.sparseCategoricalCrossentropy({ fromLogits: true });

/**
 * A case: build(seed) gives a model that is compiled, its data, and what fit is to be told. `accept` are the
 * problems that a right diagnosis may name at all, `cause` those that should come first. `learned` tells from the
 * last epoch whether a healthy set-up did learn: by bad luck of the draw, some narrow networks are born dead.
 */
function make(
  name,
  kind,
  {
    data,
    net,
    loss,
    optimizer = () => adam(),
    metrics = ['accuracy'],
    epochs = 50,
    batchSize = 32,
    ...known
  },
) {
  const build = (seed, change = {}) => {
    const { train, test, held } = (change.data ?? data)(seed);
    const model = (change.net ?? net)(seed);
    model.compile({ optimizer: (change.optimizer ?? optimizer)(), loss: (change.loss ?? loss)(), metrics });
    return {
      model,
      ...train,
      held: held ?? test ?? train,
      fit: { epochs, batchSize, seed, verbose: 0, ...(test ? { validationData: [test.x, test.y] } : {}) },
    };
  };
  const { fixed, ...rest } = known;
  return { name, kind, build, ...rest, ...(fixed ? { fixed: (seed) => build(seed, fixed) } : {}) };
}

export const faulty = (name, settings) => make(name, 'faulty', settings);
export const healthy = (name, settings) => make(name, 'healthy', settings);

export const rings = {
  data: circles,
  loss: () => losses.binaryCrossentropy(),
  batchSize: 128,
  epochs: 300,
  learned: ({ loss }) => loss < 0.6,
};
export const clouds = {
  data: (seed) => blobs(seed),
  loss: classes,
  batchSize: 32,
  epochs: 100,
  learned: ({ loss }) => loss < 0.5,
};
export const numbers = {
  data: (seed) => table(seed),
  loss: () => losses.meanSquaredError(),
  metrics: [],
  epochs: 60,
  learned: ({ loss }) => loss < 0.4,
};
export const images = {
  data: (seed) => mnist(seed),
  loss: logits,
  batchSize: 64,
  epochs: 5,
  learned: ({ loss }) => loss < 0.8,
};
export const ringsNet =
  (text, hidden = he) =>
  (seed) =>
    stack(2, `${text} 1s`, { hidden, seed });
export const tableNet = (text, options) => (seed) => stack(9, text, { seed, ...options });
