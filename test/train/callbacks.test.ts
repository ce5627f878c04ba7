import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Callback,
  ConfigError,
  callbacks,
  layers,
  optimizers,
  type Sequential,
  sequential,
} from '../../src/index.js';
import { goldenCases, showConfig } from '../support/golden.js';
import { line, network, weightsOf } from '../support/problems.js';

afterEach(() => vi.restoreAllMocks());

type Config = NonNullable<Parameters<typeof callbacks.earlyStopping>[0]>;

/** Drives the callback with one value an epoch. A model's weights are the epoch's number. */
function drive(config: Config, values: readonly number[], monitors = ['loss', 'val_loss']) {
  const model = {
    stopTraining: false,
    epoch: 0,
    restored: null as number | null,
    getWeights() {
      return [this.epoch];
    },
    setWeights([epoch]: number[]) {
      this.restored = epoch;
    },
  };
  const callback = callbacks.earlyStopping(config);
  callback.setModel(model as unknown as Sequential);
  callback.setParams({ epochs: values.length, steps: 1, monitors });
  callback.onTrainBegin();
  for (model.epoch = 0; model.epoch < values.length && !model.stopTraining; model.epoch++) {
    callback.onEpochEnd(model.epoch, { [callback.monitor]: values[model.epoch] });
  }
  const best = callback.bestEpoch;
  callback.onTrainEnd();
  return { stopped: callback.stoppedEpoch ?? null, restored: model.restored, best };
}

interface Case {
  readonly config: Config;
  readonly epochs: readonly number[];
  readonly stopped: number | null;
  readonly restored: number | null;
  readonly best: number;
}

describe('earlyStopping', () => {
  test.each(goldenCases<Case>('early-stopping').map((given) => [showConfig(given.config), given] as const))(
    'as Keras: %s',
    (_, { config, epochs, stopped, restored, best }) => {
      expect(drive(config, epochs)).toEqual({ stopped, restored, best });
    },
  );

  test.each([
    ['val_loss', [3, 2, 1]],
    ['loss', [3, 2, 1]],
    ['val_meanSquaredError', [3, 2, 1]],
    ['mae', [3, 2, 1]],
    ['accuracy', [1, 2, 3]],
    ['val_sparseCategoricalAccuracy', [1, 2, 3]],
    ['acc', [1, 2, 3]],
    ['val_auc', [1, 2, 3]],
  ])('%s improves with %j', (monitor, values) => {
    expect(drive({ monitor, patience: 1 }, values, [monitor]).stopped).toBeNull();
    expect(drive({ monitor, patience: 1 }, [...values].reverse(), [monitor]).stopped).toBe(1);
  });

  test('a number of which nothing is known needs a mode', () => {
    expect(() => drive({ monitor: 'seen' }, [], ['seen'])).toThrow(ConfigError);
    expect(() => drive({ monitor: 'seen' }, [], ['seen'])).toThrow(/set mode to 'max' or 'min'/);
    expect(drive({ monitor: 'seen', mode: 'max' }, [1, 2, 3], ['seen']).stopped).toBeNull();
  });

  test('NaN is no improvement', () => {
    expect(drive({ patience: 2 }, [1, Number.NaN, Number.NaN]).stopped).toBe(2);
    expect(drive({ patience: 2, restoreBestWeights: true }, [Number.NaN, 1, Number.NaN, Number.NaN])).toEqual(
      {
        stopped: 3,
        restored: 1,
        best: 1,
      },
    );
  });

  test('says what it does, if asked to', () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text) => void lines.push(text));
    drive({ verbose: 1, restoreBestWeights: true }, [1, 2]);
    expect(lines).toEqual([
      'Epoch 2: early stopping',
      'Restoring model weights from the end of the best epoch: 1.',
    ]);
    drive({ restoreBestWeights: true }, [1, 2]);
    expect(lines).toHaveLength(2);
  });

  test('stops a fit and puts the best weights back', async () => {
    const { x, y } = line(60);
    const held = line(20, 2);
    const net = network({ learningRate: 0.1 });
    // Spoils the network after the tenth epoch.
    const spoiler: Callback = {
      onEpochBegin(epoch) {
        if (epoch === 10) net.learningRate = 2;
      },
    };
    const { history } = await net.fit(x, y, {
      epochs: 200,
      validationData: [held.x, held.y],
      callbacks: [callbacks.earlyStopping({ patience: 3, restoreBestWeights: true }), spoiler],
    });
    expect(history.val_loss).toHaveLength(10 + 3);
    const best = Math.min(...history.val_loss);
    expect(best).toBe(history.val_loss[9]);
    expect((await net.evaluate(held.x, held.y)).loss).toBe(best);
  });

  test.each([
    [
      {},
      {},
      /there is no 'val_loss' to monitor; this fit reports loss\. Give fit validationData or a validationSplit/,
    ],
    [{ monitor: 'los' }, {}, /reports loss\. Did you mean 'loss'\?/],
    [{ monitor: 'val_acuracy' }, { validationSplit: 0.5 }, /this fit reports loss, val_loss\./],
  ])('a number that will not be there is refused before training: %j', async (config, options, message) => {
    const { x, y } = line(10);
    const net = network();
    const before = weightsOf(net);
    const fit = net.fit(x, y, { ...options, callbacks: [callbacks.earlyStopping(config)] });
    await expect(fit).rejects.toThrow(ConfigError);
    await expect(fit).rejects.toThrow(message);
    expect(weightsOf(net)).toEqual(before);
  });

  test.each([
    [{ patience: -1 }, /patience is -1; expected a whole number, at least 0/],
    [{ patience: 1.5 }, /patience is 1.5/],
    [{ mode: 'best' as never }, /mode is 'best'; expected 'auto', 'min' or 'max'/],
    [{ monitor: 7 as never }, /monitor is 7; expected a name/],
    [{ minDelta: '1' as never }, /minDelta is '1'/],
    [{ baseline: Number.NaN }, /baseline is NaN/],
    [{ startFromEpoch: -2 }, /startFromEpoch is -2/],
    [{ pacience: 3 } as never, /no setting 'pacience'\. Did you mean 'patience'/],
  ])('refuses %j', (config, message) => {
    expect(() => callbacks.earlyStopping(config)).toThrow(ConfigError);
    expect(() => callbacks.earlyStopping(config)).toThrow(message);
  });
});

describe('terminateOnNaN', () => {
  const { x, y } = line(40);

  test('ends training when the loss is no number any more', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })] });
    net.compile({ optimizer: optimizers.sgd({ learningRate: 1e20 }), loss: 'meanSquaredError' });
    const { epoch } = await net.fit(x, y, {
      epochs: 50,
      batchSize: 4,
      callbacks: [callbacks.terminateOnNaN()],
    });
    expect(epoch).toEqual([0]);
    expect(console.log).toHaveBeenCalledOnce();
    expect(vi.mocked(console.log).mock.lastCall?.[0]).toMatch(
      /^Batch \d+: the loss is (NaN|Infinity); training ends\.$/,
    );
  });

  test('lets a healthy training be', async () => {
    const { epoch } = await network().fit(x, y, { epochs: 4, callbacks: [callbacks.terminateOnNaN()] });
    expect(epoch).toHaveLength(4);
  });
});
