/** Saves, loads and resumes at a place (a file or IndexedDB), in whatever runtime it is run. */
const numbers = (count, seed) => {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
};
const [x, y] = [numbers(96, 1), numbers(32, 2)];
const options = { epochs: 6, batchSize: 8, seed: 3, verbose: 0 };

function make({ layers, sequential }) {
  const net = sequential({
    layers: [
      layers.dense({ units: 6, activation: 'tanh', inputShape: [3] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 1 }),
    ],
  });
  return net.compile({ optimizer: 'adam', loss: 'mse' });
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** What must be true, by name. */
export async function run(chainrule, place) {
  const { callbacks, init, loadModel } = chainrule;
  await init({ threads: 1 });
  const whole = make(chainrule);
  await whole.fit(x, y, options);
  const bytes = whole.toSafetensors();
  await whole.save(place('net.safetensors'));
  const loaded = await loadModel(place('net.safetensors'));
  const backup = () => callbacks.backupAndRestore(place('backup.safetensors'));
  const bomb = {
    onEpochBegin(epoch) {
      if (epoch === 4) throw new Error('killed');
    },
  };
  const killed = await make(chainrule)
    .fit(x, y, { ...options, callbacks: [bomb, backup()] })
    .catch(({ message }) => message);
  const resumed = make(chainrule);
  const { epoch } = await resumed.fit(x, y, { ...options, callbacks: [{}, backup()] });
  const gone = await loadModel(place('backup.safetensors')).catch(({ name }) => name);
  return {
    'a loaded model is the one that was saved': same(loaded.toSafetensors(), bytes),
    'it was killed': killed,
    'it went on to the end': epoch.length,
    'to the same bits': same(resumed.toSafetensors(), bytes),
    'and the backup is gone': gone,
  };
}

/** In another process, or another page: what was saved before is still there. */
export async function again(chainrule, place) {
  const whole = make(chainrule);
  await whole.fit(x, y, options);
  const loaded = await chainrule.loadModel(place('net.safetensors'));
  return same(loaded.toSafetensors(), whole.toSafetensors());
}

/** The file that a browser is asked to save. */
export async function download(chainrule) {
  let link;
  HTMLAnchorElement.prototype.click = function () {
    link = { name: this.download, href: this.href };
  };
  const net = make(chainrule);
  net.build([3]);
  await net.save('downloads://digits');
  const blob = await (await fetch(link.href)).blob();
  const loaded = await chainrule.loadModel(new File([blob], link.name));
  return { name: link.name, same: same(loaded.toSafetensors(), net.toSafetensors()) };
}
