/** Everything that the library makes can be made again from its recipe. */
import { describe, expect, test } from 'vitest';
import { PlainWriter } from '../src/formats/plain.js';
import { initializers, layers, losses, metrics, ops, optimizers, sequential } from '../src/index.js';
import { recipeOf } from '../src/recipe.js';

type Make = (config?: object) => object;
const rooms = { initializers, layers, losses, metrics, optimizers } as unknown as Record<
  string,
  Record<string, Make>
>;

/** Settings where a call without any is an error. */
const needed: Record<string, object> = {
  'layers.activation': { activation: 'relu' },
  'layers.dense': { units: 3 },
  'layers.dropout': { rate: 0.5 },
  'layers.rescaling': { scale: 2 },
  'layers.reshape': { targetShape: [2, -1] },
};

/** Settings that tell a thing from the one that is made without. */
const other: Record<string, object> = {
  layers: { name: 'other', trainable: false },
  optimizers: { learningRate: 0.25, clipnorm: 2 },
  'initializers.constant': { value: 3 },
  'initializers.heNormal': { seed: 4 },
  'losses.huber': { delta: 2 },
  'metrics.binaryAccuracy': { threshold: 0.25 },
};

const all = Object.entries(rooms).flatMap(([room, makers]) =>
  Object.entries(makers).flatMap(([name, make]) => {
    const path = `${room}.${name}`;
    const plain = needed[path];
    const changed = other[path] ?? other[room];
    return [plain, ...(changed ? [{ ...plain, ...changed }] : [])].map((config) => ({ path, make, config }));
  }),
);

test.each(all)('$path, $config', ({ path, make, config = {} }) => {
  const thing = make(config);
  const recipe = recipeOf(thing);
  expect(recipe?.config).toEqual(config);
  const [room, name] = (recipe?.make ?? '').split('.');
  // Short names, such as mse, are made as the long ones.
  expect([path, `${room}.${name}`]).toContain(recipe?.make);
  const again = rooms[room][name](recipe?.config);
  expect(again.constructor).toBe(thing.constructor);
  expect(recipeOf(again)).toEqual(recipe);
});

describe('a recipe', () => {
  test('keeps the settings as they were handed in', () => {
    const config = { targetShape: [2, 3] };
    const layer = layers.reshape(config);
    config.targetShape[0] = 3;
    config.targetShape = [6];
    expect(recipeOf(layer)?.config).toEqual({ targetShape: [2, 3] });
    const delta = { delta: 2 };
    const loss = losses.huber(delta);
    delta.delta = 7;
    expect(recipeOf(loss)).toEqual({ make: 'losses.huber', config: { delta: 2 } });
  });

  test('is not that of a copy that was changed', () => {
    expect(recipeOf({ ...losses.huber(), call: ops.sub })).toBeUndefined();
  });

  test('of a model has names, the shape of an example, and what was frozen since', () => {
    const net = sequential({
      name: 'two',
      seed: 5,
      layers: [
        layers.dense({ units: 4, kernelInitializer: initializers.heNormal({ seed: 1 }) }),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ units: 1, activation: 'sigmoid' }),
      ],
    }).build([3]);
    net.layers[2].trainable = false;
    expect(new PlainWriter().write(net, 'the model')).toEqual({
      $make: 'sequential',
      config: {
        name: 'two',
        seed: 5,
        layers: [
          {
            $make: 'layers.dense',
            config: {
              units: 4,
              kernelInitializer: { $make: 'initializers.heNormal', config: { seed: 1 } },
              name: 'dense',
              inputShape: [3],
            },
          },
          { $make: 'layers.dropout', config: { rate: 0.5, name: 'dropout' } },
          {
            $make: 'layers.dense',
            config: { units: 1, activation: 'sigmoid', name: 'dense_1', trainable: false },
          },
        ],
      },
    });
  });
});
