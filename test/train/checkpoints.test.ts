import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decode } from '../../src/formats/readSafetensors.js';
import {
  type Callback,
  ConfigError,
  callbacks,
  DataError,
  type FitOptions,
  type History,
  layers,
  loadModel,
  optimizers,
  type Sequential,
  sequential,
} from '../../src/index.js';
import { checksumOf } from '../../src/train/backup.js';
import { torture } from '../crash/torture.mjs';
import { line, network, weightsOf } from '../support/problems.js';

/** A disk of a few kilobytes takes a file system in memory, which only root on Linux may mount; elsewhere errors are made up. */
const disk = process.platform === 'linux' && process.getuid?.() === 0 && mountable();

function mountable(): boolean {
  const place = fs.mkdtempSync(join(tmpdir(), 'disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', place], { stdio: 'pipe' });
    execFileSync('umount', [place]);
    return true;
  } catch {
    return false;
  } finally {
    fs.rmSync(place, { recursive: true, force: true });
  }
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const { x, y } = line(40);
const quiet = { verbose: 0 } as const;

describe('modelCheckpoint', () => {
  const files = async () => (await readdir(folder)).sort();

  test('saves a model after every epoch, under a name of its own', async () => {
    const net = network();
    const filepath = join(folder, 'net-{epoch:02d}-{val_loss:.3f}.safetensors');
    const { history } = await net.fit(x, y, {
      ...quiet,
      epochs: 3,
      validationSplit: 0.25,
      callbacks: [callbacks.modelCheckpoint({ filepath })],
    });
    expect(await files()).toEqual(
      history.val_loss.map((loss, i) => `net-0${i + 1}-${loss.toFixed(3)}.safetensors`),
    );
    const last = (await files())[2];
    expect((await loadModel(join(folder, last))).toSafetensors()).toEqual(net.toSafetensors());
  });

  test('formats numbers as Python does', async () => {
    const name = (await import('../../src/train/modelCheckpoint.js')).fill;
    const values = { epoch: 7, loss: 0.0123456, acc: 12.5 };
    // >>> '{epoch}|{epoch:d}|{epoch:03d}|{epoch:4}|{loss:.2f}|{loss:f}|{loss:.2e}|{acc:06.2f}'.format(...)
    expect(
      name('{epoch}|{epoch:d}|{epoch:03d}|{epoch:4}|{loss:.2f}|{loss:f}|{loss:.2e}|{acc:06.2f}', values),
    ).toBe('7|7|007|   7|0.01|0.012346|1.23e-02|012.50');
    expect(String(name(new URL('file:///a/{epoch:02d}.st'), values))).toBe('file:///a/07.st');
  });

  test('keeps only the best, and its weights alone', async () => {
    const net = network({ learningRate: 0.3 });
    const best: number[][][] = [];
    const losses: number[] = [];
    const note: Callback = {
      onEpochEnd(_, { loss }) {
        if (losses.every((other) => loss < other)) best.push(weightsOf(net));
        losses.push(loss);
      },
    };
    const checkpoint = callbacks.modelCheckpoint({
      filepath: join(folder, 'best.safetensors'),
      monitor: 'loss',
      saveBestOnly: true,
      saveWeightsOnly: true,
    });
    await net.fit(x, y, { ...quiet, epochs: 30, batchSize: 4, callbacks: [note, checkpoint] });
    expect(best.length).toBeLessThan(30);
    expect(checkpoint.best).toBe(Math.min(...losses));
    expect(await files()).toEqual(['best.safetensors']);
    const other = network({ seed: 4 });
    await other.loadWeights(join(folder, 'best.safetensors'));
    expect(weightsOf(other)).toEqual(best[best.length - 1]);
  });

  test('a threshold that nothing beats', async () => {
    const config = { monitor: 'loss', saveBestOnly: true, initialValueThreshold: 0 };
    const filepath = join(folder, 'a');
    await network().fit(x, y, { ...quiet, callbacks: [callbacks.modelCheckpoint({ ...config, filepath })] });
    expect(await files()).toEqual([]);
  });

  test('every so many epochs, batches, or minutes', async () => {
    const saved = async (config: object, epochs: number) => {
      const checkpoint = callbacks.modelCheckpoint({
        filepath: join(folder, '{epoch}-{batch}'),
        ...config,
      });
      await network().fit(x, y, { ...quiet, epochs, batchSize: 10, callbacks: [checkpoint] });
      const names = await files();
      await Promise.all(names.map((name) => rm(join(folder, name))));
      return names;
    };
    expect(await saved({ everyEpochs: 2 }, 5)).toEqual(['2-0', '4-0']);
    // Four batches an epoch: the counting goes on from one to the next.
    expect(await saved({ saveFreq: 3 }, 3)).toEqual(['1-3', '2-2', '3-1', '3-4']);
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
    const often = await saved({ everyMinutes: 1 / 60 }, 6);
    const seldom = await saved({ everyMinutes: 1 }, 6);
    expect(often).toHaveLength(6);
    expect(seldom.length).toBeGreaterThan(0);
    expect(seldom.length).toBeLessThan(6);
  });

  test.each([
    [{}, /the path is undefined/],
    [{ filepath: 'https://example.org/a' }, /cannot be written to/],
    [
      { filepath: 'x-{epoch:zz}.safetensors' },
      /filepath has '{epoch:zz}', which nothing can be filled into; expected such as {epoch}/,
    ],
    [{ filepath: new URL('file:///a-{epoch:zz}') }, /filepath has '{epoch:zz}'/],
    [{ filepath: '{epoch}-{loss' }, /filepath has '{loss'/],
    [{ filepath: '{epoch}}' }, /filepath has '}'/],
    [{ filepath: 'a', file: 1 }, /no setting 'file'. Known: filepath/],
    [{ filepath: 'a', saveFreq: 'batch' }, /saveFreq, unless it is 'epoch', is 'batch'/],
    [{ filepath: 'a', saveFreq: 2, everyEpochs: 2 }, /only one can be used/],
    [{ filepath: 'a', everyMinutes: -1 }, /everyMinutes is -1/],
    [{ filepath: 'a', mode: 'best' }, /mode is 'best'/],
    [{ filepath: 'a', initialValueThreshold: 'low' }, /initialValueThreshold is 'low'/],
  ])('%o is refused', (config, message) => {
    expect(() => callbacks.modelCheckpoint(config as never)).toThrow(message);
  });

  test.each([
    [{ filepath: 'a', saveBestOnly: true }, /there is no 'val_loss' to monitor.*Give fit validationData/],
    [
      { filepath: '{epoch}-{accuracy}' },
      /filepath has \{accuracy\}, but this fit reports loss, epoch and batch/,
    ],
    [{ filepath: 'a', monitor: 'val_loss', saveBestOnly: true, saveFreq: 2 }, /there is no 'val_loss'/],
  ])('%o does not fit the fit', async (config, message) => {
    const net = network();
    const before = weightsOf(net);
    const given = { callbacks: [callbacks.modelCheckpoint(config as never)] };
    await expect(net.fit(x, y, given)).rejects.toThrow(message);
    expect(weightsOf(net)).toEqual(before);
  });
});

/** A model in which everything that a backup keeps matters. */
function make(): Sequential {
  const net = sequential({
    seed: 2,
    layers: [
      layers.dense({ units: 6, activation: 'tanh', inputShape: [3] }),
      layers.batchNormalization(),
      layers.dropout({ rate: 0.25 }),
      layers.dense({ units: 1 }),
    ],
  });
  return net.compile({ optimizer: optimizers.adam({ learningRate: 0.02 }), loss: 'mse', metrics: ['mae'] });
}

/** Changes the learning rate by a count of its own. */
class Halve implements Callback {
  #model: Sequential | undefined;
  count = 0;
  setModel(model: Sequential) {
    this.#model = model;
  }
  onEpochEnd() {
    if (++this.count % 2 === 0 && this.#model) this.#model.learningRate /= 2;
  }
  getState() {
    return { count: this.count };
  }
  setState({ count }: { count: number }) {
    this.count = count;
  }
}

/** Ends a fit the hard way, before anybody hears of the batch or epoch. */
function bomb(at: { batch?: number; epoch?: number }): Callback {
  let batches = 0;
  const check = (value: number, limit: number | undefined) => {
    if (value === limit) throw new Error('killed');
  };
  return {
    onTrainBatchEnd: () => check(++batches, at.batch),
    onEpochEnd: (epoch) => check(epoch, at.epoch),
  };
}

describe('backupAndRestore', () => {
  const backup = () => join(folder, 'backup.safetensors');
  const options: FitOptions = { ...quiet, epochs: 6, batchSize: 7, validationSplit: 0.3, seed: 9 };

  async function train(
    net: Sequential,
    { bombs = {}, config = {}, more = {} }: { bombs?: object; config?: object; more?: FitOptions } = {},
  ): Promise<{ history: History; stopping: { bestEpoch: number } }> {
    const stopping = callbacks.earlyStopping({ monitor: 'loss', patience: 50, restoreBestWeights: true });
    const kept = [
      bomb(bombs),
      new Halve(),
      stopping,
      callbacks.backupAndRestore({ path: backup(), saveFreq: 1, ...config }),
    ];
    return { history: await net.fit(x, y, { ...options, ...more, callbacks: kept }), stopping };
  }

  let known: { net: Sequential; history: History; stopping: { bestEpoch: number } } | undefined;

  /** What an uninterrupted training ends with. */
  async function reference() {
    if (known) return known;
    const net = make();
    const stopping = callbacks.earlyStopping({ monitor: 'loss', patience: 50, restoreBestWeights: true });
    const history = await net.fit(x, y, { ...options, callbacks: [new Halve(), stopping] });
    known = { net, history, stopping };
    return known;
  }

  // Four batches an epoch: in the first, in the middle, the last of an epoch, the first of one, two lives.
  test.each([
    [[{ batch: 2 }]],
    [[{ batch: 10 }]],
    [[{ batch: 12 }]],
    [[{ batch: 13 }]],
    [[{ epoch: 3 }]],
    [[{ epoch: 5 }]],
    [[{ batch: 7 }, { batch: 6 }, { epoch: 4 }]],
  ])('a fit that was ended %o goes on bit by bit', async (deaths) => {
    const whole = await reference();
    for (const bombs of deaths) await expect(train(make(), { bombs })).rejects.toThrow('killed');
    const net = make();
    const { history, stopping } = await train(net);
    expect(weightsOf(net)).toEqual(weightsOf(whole.net));
    expect(history.history).toEqual(whole.history.history);
    expect(history.epoch).toEqual([0, 1, 2, 3, 4, 5]);
    expect(net.toSafetensors()).toEqual(whole.net.toSafetensors());
    expect(stopping.bestEpoch).toBe(whole.stopping.bestEpoch);
    expect(await readdir(folder)).toEqual([]);
  });

  test('a backup is a model like any other, and can be kept', async () => {
    const net = make();
    await train(net, { config: { saveFreq: 'epoch', deleteCheckpoint: false }, more: { doctor: 'off' } });
    const kept = await loadModel(backup());
    await kept.fit(x, y, quiet);
    expect(JSON.parse(decode(await readFile(backup())).metadata.fit).epoch).toBe(6);
    // A fit that had ended has nothing left to do.
    const again = make();
    const { history } = await train(again, { config: { saveFreq: 'epoch' } });
    expect(history.epoch.length).toBe(6);
    expect(weightsOf(again)).toEqual(weightsOf(net));
  });

  test('a training that was to stop does stop', async () => {
    const stopAt: Callback = {
      onEpochEnd(epoch) {
        if (epoch === 2) net.stopTraining = true;
      },
    };
    let net = make();
    const saves = callbacks.backupAndRestore({ path: backup(), deleteCheckpoint: false });
    await net.fit(x, y, { ...options, callbacks: [stopAt, saves] });
    net = make();
    const history = await net.fit(x, y, { ...options, callbacks: [{}, saves] });
    expect(history.epoch).toEqual([0, 1, 2]);
  });

  test('every so many minutes, in the middle of an epoch too', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 500));
    const config = { saveFreq: undefined, everyMinutes: 0.1 };
    await expect(train(make(), { bombs: { batch: 11 }, config })).rejects.toThrow('killed');
    const { epoch, batch } = JSON.parse(decode(await readFile(backup())).metadata.fit);
    expect(4 * epoch + batch).toBeGreaterThan(0);
    const net = make();
    await train(net, { config });
    expect(weightsOf(net)).toEqual(weightsOf((await reference()).net));
  });

  test('NaN and infinity in the history come back', async () => {
    const more: FitOptions = { epochs: 3, doctor: 'off' };
    const broken = () => {
      const net = make();
      net.compile({ optimizer: optimizers.sgd({ learningRate: 1e30 }), loss: 'mse' });
      return net;
    };
    await expect(train(broken(), { bombs: { epoch: 2 }, more })).rejects.toThrow('killed');
    const { history } = await train(broken(), { more });
    expect(history.history.loss).toHaveLength(3);
    expect(history.history.loss[1]).toBeNaN();
  });

  describe('where a backup is damaged', () => {
    const damage = {
      truncated: (path: string) => truncate(path, 700),
      emptied: (path: string) => truncate(path, 0),
      'bit-flipped': async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 9] ^= 16;
        await writeFile(path, bytes);
      },
      'written over': (path: string) => writeFile(path, 'not a model'),
    };

    test.each(Object.entries(damage))('%s, the one before serves', async (_, harm) => {
      await expect(train(make(), { bombs: { batch: 15 } })).rejects.toThrow('killed');
      await harm(backup());
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
      const net = make();
      // The next life is short as well: what was damaged must not have taken the good one's place.
      await expect(train(net, { bombs: { batch: 1 } })).rejects.toThrow('killed');
      expect(warn.mock.calls).toEqual([
        [expect.stringMatching(/backup\.safetensors is damaged \(.*going on from/)],
      ]);
      await train(make());
      expect(warn).toHaveBeenCalledTimes(1);
      const last = make();
      await train(last);
      expect(weightsOf(last)).toEqual(weightsOf((await reference()).net));
    });

    test('and the one before as well, nothing is lost and the error names both', async () => {
      await expect(train(make(), { bombs: { batch: 15 } })).rejects.toThrow('killed');
      for (const path of [backup(), `${backup()}.previous`]) await damage.truncated(path);
      const net = make();
      const before = weightsOf(net);
      const fit = train(net);
      await expect(fit).rejects.toThrow(DataError);
      await expect(fit).rejects.toThrow(
        /no backup can be read: .*backup\.safetensors: .*\.previous: .*Delete the files to begin anew/,
      );
      expect(weightsOf(net)).toEqual(before);
      expect((await readdir(folder)).length).toBe(2);
    });
  });

  test.each<[string, (net: Sequential) => void, FitOptions, RegExp]>([
    ['seed', () => {}, { seed: 8 }, /its seed was 9 and is now 8/],
    ['batch size', () => {}, { batchSize: 8 }, /its batchSize was 7 and is now 8/],
    ['shuffling', () => {}, { shuffle: false }, /its shuffle was true and is now false/],
    ['data', () => {}, { validationSplit: 0.5 }, /its number of examples was 28 and is now 20/],
    ['settings', (net) => net.compile({ loss: 'mse' }), {}, /its compile settings differ/],
    [
      'a later fit',
      (net) => (net.epochsTrained = 6),
      {},
      /its trainedBefore was 0 and is now 6.*a path of its own/,
    ],
  ])('a backup of another training is refused: %s', async (_, change, more, message) => {
    await expect(train(make(), { bombs: { batch: 9 } })).rejects.toThrow('killed');
    const net = make();
    change(net);
    const before = weightsOf(net);
    const fit = train(net, { more });
    await expect(fit).rejects.toThrow(ConfigError);
    await expect(fit).rejects.toThrow(message);
    expect(weightsOf(net)).toEqual(before);
    expect((await readdir(folder)).length).toBe(2);
  });

  test('of other data, and of other callbacks', async () => {
    await expect(train(make(), { bombs: { batch: 9 } })).rejects.toThrow('killed');
    const callback = callbacks.backupAndRestore({ path: backup() });
    await expect(make().fit(x, y, { ...options, callbacks: [callback] })).rejects.toThrow(
      /its number of callbacks was 4 and is now 1/,
    );
    const kept = [{}, {}, {}, callback];
    const other = [...y];
    other[3] = other[3] === y[0] ? (y.find((value) => value !== y[0]) as (typeof y)[0]) : y[0];
    expect(other).not.toEqual(y);
    await expect(make().fit(x, other as typeof y, { ...options, callbacks: kept })).rejects.toThrow(
      /its training data differ\. Run it with the same/,
    );
    const net = make();
    const before = weightsOf(net);
    await expect(net.fit(x, y, { ...options, callbacks: kept })).rejects.toThrow(
      /its callback number 3 was earlyStopping and is now of your own/,
    );
    expect(weightsOf(net)).toEqual(before);
  });

  test('the sum of large data is over all of them, but not over every byte', () => {
    const examples = (data: Float32Array) => ({ data, count: data.length, shape: [1] });
    const sum = (change?: number) => {
      const data = new Float32Array(2 ** 20);
      if (change !== undefined) data.fill(1, change, change + 2 ** 14);
      return checksumOf({ x: examples(data), y: examples(new Float32Array(1)) });
    };
    expect(sum()).toBe(sum());
    for (const change of [0, 2 ** 19, 2 ** 20 - 2 ** 14]) expect(sum(change)).not.toBe(sum());
  });

  test('of another network', async () => {
    await expect(train(make(), { bombs: { batch: 9 } })).rejects.toThrow('killed');
    await expect(train(network())).rejects.toThrow(/its model's layers differ/);
    await network().save(backup());
    await rm(`${backup()}.previous`);
    await expect(train(network())).rejects.toThrow(/the file is no backup of a fit/);
  });

  test.each([
    [7, /the path is 7|expected an object/],
    ['https://example.org/a', /cannot be written to/],
    ['downloads://a', /cannot be read back/],
    [{ path: 'a', saveFreq: 0 }, /saveFreq, unless it is 'epoch', is 0/],
    [{ path: 'a', saveFreq: 2, everyMinutes: 1 }, /only one can be used/],
    [{ path: 'a', everyMinutes: 0 }, /everyMinutes is 0/],
    [{ path: 'a', deleteCheckpoint: 1 }, /deleteCheckpoint is 1/],
    [{ file: 'a' }, /no setting 'file'/],
  ])('%o is refused', (config, message) => {
    expect(() => callbacks.backupAndRestore(config as never)).toThrow(message);
  });

  test('a full disk or a read-only folder ends the fit with a clear error, and the last backup stays', async () => {
    await expect(train(make(), { bombs: { batch: 9 } })).rejects.toThrow('killed');
    const good = await readFile(backup());
    const open = fs.promises.open;
    const fail = (code: string) => Object.assign(new Error(`${code}: told so`), { code });
    const full = vi.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
      const file = await open(...args);
      if (args[1] === 'w') {
        vi.spyOn(file, 'writeFile').mockImplementation(async () => {
          await file.write('half');
          throw fail('ENOSPC');
        });
      }
      return file;
    });
    const fit = train(make());
    await expect(fit).rejects.toThrow(DataError);
    await expect(fit).rejects.toThrow(/backupAndRestore: could not write .*backup\.safetensors: ENOSPC/);
    full.mockImplementation(async (...args) => {
      if (args[1] === 'w') throw fail('EROFS');
      return open(...args);
    });
    await expect(train(make())).rejects.toThrow(/EROFS/);
    full.mockRestore();
    expect((await readdir(folder)).sort()).toEqual(['backup.safetensors', 'backup.safetensors.previous']);
    expect(await readFile(backup())).toEqual(good);
    const net = make();
    await train(net);
    expect(weightsOf(net)).toEqual(weightsOf((await reference()).net));
  });

  test.runIf(disk)('on a disk that is really full, and one that is read-only', async () => {
    const on = (command: string[]) =>
      execFileSync(command[0], [...command.slice(1), folder], { stdio: 'pipe' });
    on(['mount', '-t', 'tmpfs', '-o', 'size=40k', 'tmpfs']);
    try {
      const wide = () =>
        sequential({
          layers: [layers.dense({ units: 400, inputShape: [3] }), layers.dense({ units: 1 })],
        }).compile({
          loss: 'mse',
          optimizer: 'sgd',
        });
      const trained = (net: Sequential, epochs: number) =>
        net.fit(x, y, { ...quiet, epochs, callbacks: [callbacks.backupAndRestore(backup())] });
      // 12 KiB a backup: beside two of them and something else's 8 KiB there is no room for a third.
      await writeFile(join(folder, 'other'), new Uint8Array(8192));
      await expect(trained(wide(), 4)).rejects.toThrow(/could not write .*: ENOSPC/);
      expect((await readdir(folder)).sort()).toEqual([
        'backup.safetensors',
        'backup.safetensors.previous',
        'other',
      ]);
      on(['mount', '-o', 'remount,ro']);
      await expect(trained(wide(), 4)).rejects.toThrow(/could not write .*: EROFS/);
      on(['mount', '-o', 'remount,rw']);
      await rm(join(folder, 'other'));
      const net = wide();
      const { epoch } = await trained(net, 4);
      expect(epoch).toEqual([0, 1, 2, 3]);
      const whole = wide();
      await whole.fit(x, y, { ...quiet, epochs: 4 });
      expect(weightsOf(net)).toEqual(weightsOf(whole));
    } finally {
      on(['umount']);
    }
  });

  test('the order of writing: synced before it is renamed, the folder synced after', async () => {
    const order: string[] = [];
    const { open, rename } = fs.promises;
    vi.spyOn(fs.promises, 'open').mockImplementation(async (...args) => {
      const file = await open(...args);
      const what = args[1] === 'w' ? 'file' : 'folder';
      const sync = file.sync.bind(file);
      vi.spyOn(file, 'sync').mockImplementation(() => {
        order.push(`sync ${what}`);
        return sync();
      });
      return file;
    });
    vi.spyOn(fs.promises, 'rename').mockImplementation((from, to) => {
      order.push(`rename ${String(to).endsWith('.previous') ? 'to previous' : 'to backup'}`);
      return rename(from, to);
    });
    await train(make(), { config: { saveFreq: 'epoch' }, more: { epochs: 1 } });
    expect(order).toEqual(['sync file', 'rename to previous', 'rename to backup', 'sync folder']);
    order.length = 0;
    await make().save(pathToFileURL(join(folder, 'a')));
    expect(order).toEqual(['sync file', 'rename to backup', 'sync folder']);
  });
});

test('killed again and again, a script ends as if it never had been', { timeout: 120_000 }, async () => {
  expect(await torture({ kills: 6, seed: 3 })).toMatchObject({ kills: 6 });
});
