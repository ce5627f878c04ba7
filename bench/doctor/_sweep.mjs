import { diagnose, layers, losses, optimizers, sequential } from 'chainrule';
import { mnist, randomOf, table } from './data.mjs';

const N = Number(process.argv[2] ?? 60),
  from = Number(process.argv[3] ?? 0);
const acts = ['relu', 'tanh', 'sigmoid', 'elu', 'gelu', 'silu', 'leakyRelu', 'selu'];
const pickOf = (r) => (list) => list[Math.floor(r.uniform() * list.length)];
function dataset(kind, r) {
  const n = 300 + Math.floor(r.uniform() * 500);
  const X = [],
    Y = [];
  let task, out;
  if (kind === 'spiral') {
    for (let i = 0; i < n; i++) {
      const c = i % 2,
        t = Math.sqrt(r.uniform()) * 5;
      X.push([
        (t * Math.cos(t + c * Math.PI)) / 5 + 0.02 * r.normal(),
        (t * Math.sin(t + c * Math.PI)) / 5 + 0.02 * r.normal(),
      ]);
      Y.push([c]);
    }
    task = 'binary';
  }
  if (kind === 'moons') {
    for (let i = 0; i < n; i++) {
      const c = i % 2,
        t = Math.PI * r.uniform();
      X.push(
        c
          ? [1 - Math.cos(t) + 0.1 * r.normal(), 0.5 - Math.sin(t) + 0.1 * r.normal()]
          : [Math.cos(t) + 0.1 * r.normal(), Math.sin(t) + 0.1 * r.normal()],
      );
      Y.push([c]);
    }
    task = 'binary';
  }
  if (kind === 'iris') {
    const m = [
        [5, 3.4, 1.5, 0.2],
        [5.9, 2.8, 4.3, 1.3],
        [6.6, 3, 5.6, 2],
      ],
      s = [0.4, 0.35, 0.4, 0.2];
    for (let i = 0; i < n; i++) {
      const c = i % 3;
      X.push(m[c].map((v, j) => v + s[j] * r.normal()));
      Y.push(c);
    }
    task = 'classes';
    out = 3;
  }
  if (kind === 'unit') {
    for (let i = 0; i < n; i++) {
      const x = Array.from({ length: 6 }, r.uniform);
      X.push(x);
      Y.push([x[0] + x[1] * x[2] - x[3] + 0.05 * r.normal()]);
    }
    task = 'regression';
  }
  if (kind === 'standard') {
    const t = table(Math.floor(r.uniform() * 1e6));
    return { X: t.train.x, Y: t.train.y, task: 'regression', d: 9 };
  }
  if (kind === 'onehot') {
    for (let i = 0; i < n; i++) {
      const a = Math.floor(r.uniform() * 8),
        b = Math.floor(r.uniform() * 5);
      const x = new Array(13).fill(0);
      x[a] = 1;
      x[8 + b] = 1;
      X.push(x);
      Y.push([Math.sin(a) + 0.3 * b - 0.6 + 0.1 * r.normal()]);
    }
    task = 'regression';
  }
  if (kind === 'words') {
    for (let i = 0; i < n; i++) {
      const c = i % 2;
      const x = new Array(200).fill(0);
      for (let k = 0; k < 15; k++) x[Math.floor(r.uniform() ** (c ? 2 : 1) * 200)] += 1;
      X.push(x);
      Y.push([c]);
    }
    task = 'binary';
  }
  if (kind === 'mixed') {
    for (let i = 0; i < n; i++) {
      const x = [
        r.normal(),
        r.normal() * 3,
        r.uniform() * 5,
        Number(r.uniform() < 0.1),
        Math.floor(r.uniform() * 10),
      ];
      X.push(x);
      Y.push([x[0] * 2 + x[1] - x[2] + 3 * x[3] + 0.3 * r.normal() + 5]);
    }
    task = 'regression';
  }
  if (kind === 'xor') {
    return {
      X: [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      Y: [[0], [1], [1], [0]],
      task: 'binary',
      d: 2,
      tiny: true,
    };
  }
  if (kind === 'mnist') {
    const m = mnist(Math.floor(r.uniform() * 20), { count: 1000 });
    return { X: m.train.x, Y: m.train.y, task: 'classes', out: 10, d: 784 };
  }
  if (kind === 'auto') {
    const m = mnist(Math.floor(r.uniform() * 20), { count: 600 });
    return { X: m.train.x, Y: m.train.x, task: 'auto', out: 784, d: 784 };
  }
  if (kind === 'line') {
    for (let i = 0; i < n; i++) {
      const x = r.normal();
      X.push([x]);
      Y.push([3 * x + 2 + 0.1 * r.normal()]);
    }
    task = 'regression';
  }
  if (kind === 'multi') {
    for (let i = 0; i < n; i++) {
      const x = Array.from({ length: 8 }, r.normal);
      X.push(x);
      Y.push([Number(x[0] > 0), Number(x[1] + x[2] > 0.5), Number(x[3] > 1)]);
    }
    task = 'multi';
    out = 3;
  }
  return { X, Y, task, out, d: X[0].length };
}
const kinds = [
  'spiral',
  'moons',
  'iris',
  'unit',
  'standard',
  'onehot',
  'words',
  'mixed',
  'xor',
  'mnist',
  'auto',
  'line',
  'multi',
];
let alarms = 0,
  good = 0;
let slowest = 0;
for (let s = from; s < from + N; s++) {
  const r = randomOf(s * 77 + 5),
    pick = pickOf(r);
  const kind = kinds[s % kinds.length];
  const { X, Y, task, out = 1, d, tiny } = dataset(kind, r);
  const depth = kind === 'line' ? Math.floor(r.uniform() * 2) : 1 + Math.floor(r.uniform() * 4);
  const act = pick(acts),
    width = pick([8, 16, 32, 64, 128]),
    norm = !tiny && r.uniform() < 0.2,
    drop = !tiny && r.uniform() < 0.25 ? pick([0.1, 0.2, 0.3, 0.5]) : 0;
  const ls = [];
  const shape = () => (ls.length === 0 ? { inputShape: [d] } : {});
  for (let k = 0; k < depth; k++) {
    ls.push(
      layers.dense({
        units: width,
        ...(norm ? {} : { activation: act }),
        ...(r.uniform() < 0.3 ? { kernelInitializer: 'heNormal' } : {}),
        ...shape(),
      }),
    );
    if (norm) ls.push(layers.batchNormalization(), layers.activation({ activation: act }));
    if (drop) ls.push(layers.dropout({ rate: drop }));
  }
  let loss, act2, base;
  if (task === 'binary') {
    const v = pick([0, 1, 2]);
    act2 = v === 1 ? undefined : 'sigmoid';
    loss = v === 2 ? losses.meanSquaredError() : losses.binaryCrossentropy({ fromLogits: v === 1 });
    base = v === 2 ? 0.25 : Math.log(2);
  }
  if (task === 'classes') {
    const v = r.uniform() < 0.5;
    act2 = v ? 'softmax' : undefined;
    loss = losses.sparseCategoricalCrossentropy({ fromLogits: !v });
    base = Math.log(out);
  }
  if (task === 'regression') {
    loss = pick([losses.meanSquaredError, losses.huber, losses.meanAbsoluteError])();
    const f = Y.map((y) => y[0]),
      m = f.reduce((a, b) => a + b) / f.length;
    base =
      loss.name === 'meanSquaredError'
        ? f.reduce((a, b) => a + (b - m) ** 2, 0) / f.length
        : f.reduce((a, b) => a + Math.abs(b - m), 0) / f.length;
  }
  if (task === 'auto') {
    act2 = 'sigmoid';
    loss = pick([losses.meanSquaredError(), losses.binaryCrossentropy()]);
    base = loss.name === 'meanSquaredError' ? 0.1 : 0.3;
  }
  if (task === 'multi') {
    act2 = 'sigmoid';
    loss = losses.binaryCrossentropy();
    base = 0.6;
  }
  ls.push(layers.dense({ units: out, ...(act2 ? { activation: act2 } : {}), ...shape() }));
  const opt = pick([
    ['sgd', { learningRate: 0.01 }],
    ['sgd', { learningRate: 0.05, momentum: 0.9 }],
    ['sgd', { learningRate: 0.1 }],
    ['adam', {}],
    ['adam', { learningRate: 0.005 }],
    ['adam', { learningRate: 0.01 }],
    ['adam', { learningRate: 2e-4 }],
    ['rmsprop', {}],
    ['adamW', {}],
  ]);
  const net = sequential({ layers: ls, seed: s });
  net.compile({ optimizer: optimizers[opt[0]](opt[1]), loss });
  const batchSize = tiny ? pick([1, 4]) : pick([8, 16, 32, 64, 128]);
  const t0 = performance.now();
  const before = JSON.stringify(net.getWeights().map((w) => w.data[0]));
  const told = diagnose(net, X, Y, {
    batchSize,
    epochs: tiny ? 1500 : task === 'auto' || kind === 'mnist' ? 6 : 60,
  }).filter((d) => d.severity !== 'note');
  if (JSON.stringify(net.getWeights().map((w) => w.data[0])) !== before) console.log('!!! weights changed');
  slowest = Math.max(slowest, performance.now() - t0);
  const h = await net.fit(X, Y, { doctor: 'watch',
    epochs: tiny ? 1500 : task === 'auto' || kind === 'mnist' ? 6 : 60,
    batchSize,
    verbose: 0,
  });
  const end = h.history.loss.at(-1);
  for (const d of h.diagnoses) if (d.severity !== 'note') told.push(d);
  const ok = end < base * .5;
  if (ok) good++;
  if (told.length) {
    if (ok) alarms++;
    console.log(
      ok ? 'FALSE' : 'bad  ',
      s,
      kind,
      `${depth}x${width}${act}${norm ? ' bn' : ''}${drop ? ` d${drop}` : ''}`,
      loss.name,
      loss.fromLogits ?? '',
      JSON.stringify(opt),
      'b' + batchSize,
      'base',
      base.toFixed(3),
      'end',
      end.toFixed(4),
      told
        .map((d) => d.problem + ' ' + d.severity + ' ' + JSON.stringify(d.evidence).slice(0, 200))
        .join('; '),
    );
  } else if (!ok && process.argv[4])
    console.log(
      'missed',
      s,
      kind,
      `${depth}x${width}${act}${norm ? ' bn' : ''}${drop ? ` d${drop}` : ''}`,
      loss.name,
      JSON.stringify(opt),
      'b' + batchSize,
      'base',
      base.toFixed(3),
      'end',
      end.toFixed(4),
    );
}
console.log({ N, good, alarms, slowest });
