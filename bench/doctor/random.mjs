/**
 * The baseline: repairs by chance. Draws a few random changes of a model, runs each for a short time, and trains the one
 * that did best as planned: what tools that search at random do, with the same budget and the same short runs.
 */
import { layers, losses, optimizers, sequential } from 'chainrule';
import { randomOf } from './data.mjs';

/** Candidates, each run for this part of the planned epochs. */
const CANDIDATES = 6;
const SHARE = 0.05;

/** One random change, as of a repair tool's list of operators. */
function change(stack, compile, { uniform }) {
  const pick = (list) => list[Math.floor(uniform() * list.length)];
  const denses = stack.flatMap(({ kind }, i) => (kind === 'dense' ? [i] : []));
  const hidden = denses.slice(0, -1);
  const last = denses.at(-1);
  const put = (at, changes) => {
    stack[at] = { ...stack[at], config: { ...stack[at].config, ...changes } };
  };
  const operators = [
    () => {
      compile.optimizer = pick(['sgd', 'adam', 'rmsprop']);
      compile.learningRate = 10 ** -(1 + Math.floor(uniform() * 4));
    },
    () => {
      const activation = pick(['relu', 'tanh', 'sigmoid', 'elu', 'leakyRelu', 'selu']);
      for (const at of hidden) put(at, { activation });
    },
    () => {
      const kernelInitializer = pick(['glorotUniform', 'heUniform', 'heNormal', 'lecunNormal', 'orthogonal']);
      for (const at of denses) put(at, { kernelInitializer, biasInitializer: 'zeros' });
    },
    () => {
      const at = pick(hidden.length > 0 ? hidden : denses);
      stack.splice(at + 1, 0, { kind: 'batchNormalization', config: {} });
    },
    () => stack.unshift({ kind: 'batchNormalization', config: { inputShape: compile.inputShape } }),
    () => put(last, { activation: pick(['linear', 'sigmoid', 'tanh', 'softmax', 'relu']) }),
    () => {
      compile.loss = pick([
        'meanSquaredError',
        'binaryCrossentropy',
        'categoricalCrossentropy',
        'sparseCategoricalCrossentropy',
      ]);
    },
    () => {
      const rate = pick([0, 0.1, 0.2, 0.5]);
      for (const [i, { kind }] of stack.entries()) if (kind === 'dropout') put(i, { rate });
    },
  ];
  pick(operators)();
}

function candidate(set, random, seed) {
  const { model } = set;
  const { loss, metrics, optimizer } = model.compileOptions;
  const stack = model.layers.map(({ kind, config }) => ({ kind, config }));
  const compile = { loss, optimizer, inputShape: model.inputShape };
  for (let changes = 1 + Math.floor(random.uniform() * 2); changes > 0; changes--)
    change(stack, compile, random);
  const made = stack.map(({ kind, config }) => layers[kind]({ ...config, name: undefined }));
  const net = sequential({ layers: made, seed });
  const { optimizer: how, learningRate } = compile;
  net.compile({
    optimizer: learningRate === undefined ? how : optimizers[how]({ learningRate }),
    loss: typeof compile.loss === 'string' ? losses[compile.loss]() : compile.loss,
    metrics,
  });
  return net;
}

/** How much a model has learned, whatever its loss: accuracy, or the share of variance explained. */
function score(model, { x, y }) {
  const { data, shape } = model.predict(x, { batchSize: 500 });
  const flat = Array.from(y.data ?? (Array.isArray(y) ? y.flat() : y));
  const units = shape[1];
  if (!data.every(Number.isFinite)) return Number.NEGATIVE_INFINITY;
  if (units > 1 && flat.length === shape[0])
    return (
      flat.reduce((n, t, i) => {
        const row = data.subarray(i * units, (i + 1) * units);
        return n + Number(row.indexOf(Math.max(...row)) === t);
      }, 0) / flat.length
    );
  const mean = flat.reduce((a, b) => a + b, 0) / flat.length;
  return (
    1 -
    flat.reduce((sum, t, i) => sum + (t - data[i]) ** 2, 0) /
      flat.reduce((sum, t) => sum + (t - mean) ** 2, 0)
  );
}

/** The best of some random changes, trained as planned; the model as it was where none could be run. */
export async function randomRepair(build, seed) {
  const random = randomOf(seed + 9000);
  const set = build();
  const epochs = Math.max(1, Math.round(set.fit.epochs * SHARE));
  const [tx, ty] = set.fit.validationData ?? [set.x, set.y];
  let best;
  for (let n = 0; n < CANDIDATES; n++) {
    const draw = Math.floor(random.uniform() * 2 ** 30);
    const make = () => candidate(set, randomOf(draw), seed);
    try {
      const net = make();
      await net.fit(set.x, set.y, { ...set.fit, epochs, doctor: 'off' });
      const reached = score(net, { x: tx, y: ty });
      if (!best || reached > best.reached) best = { reached, make };
    } catch {
      // Not every random change makes a model that runs.
    }
  }
  const model = best ? best.make() : set.model;
  await model.fit(set.x, set.y, { ...set.fit, doctor: 'off' });
  return { model, held: set.held };
}
