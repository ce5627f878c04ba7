/** Writes a network down in a line: stack(2, '5s 5s 1s'). */
import { layers, optimizers, sequential } from 'chainrule';

const activations = {
  r: 'relu',
  s: 'sigmoid',
  t: 'tanh',
  e: 'exponential',
  sm: 'softmax',
  L: undefined,
  lr: 'leakyRelu',
};

/**
 * Layers from words: '50r' a dense layer of 50 with ReLU (s sigmoid, t tanh, e exponential, sm softmax, L none),
 * 'd0.2' dropout, 'bn' batch normalization. `hidden` and `all` are settings of dense layers.
 */
export function stack(inputs, text, { hidden = {}, all = {}, seed, first = [] }) {
  const words = text.split(/\s+/).flatMap((word) => {
    const [, what, times] = word.match(/^(.*?)(?:x(\d+))?$/);
    return Array(Number(times ?? 1)).fill(what);
  });
  const last = words.findLastIndex((word) => /^\d/.test(word));
  const made = words.map((word, i) => {
    const inputShape = i === 0 && first.length === 0 ? { inputShape: [inputs] } : {};
    if (word === 'bn') return layers.batchNormalization({ ...inputShape });
    if (word.startsWith('d')) return layers.dropout({ rate: Number(word.slice(1)), ...inputShape });
    const [, units, kind] = word.match(/^(\d+)(\w+)$/);
    if (!(kind in activations)) throw new Error(`what is ${word}?`);
    const activation = activations[kind];
    return layers.dense({
      units: Number(units),
      ...(activation ? { activation } : {}),
      ...inputShape,
      ...all,
      ...(i < last ? hidden : {}),
    });
  });
  return sequential({ layers: [...first, ...made], seed });
}

export const adam = (learningRate = 1e-3, config = {}) => optimizers.adam({ learningRate, ...config });
export const sgd = (learningRate = 0.01, config = {}) => optimizers.sgd({ learningRate, ...config });
