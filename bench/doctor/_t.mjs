import { cases } from './cases.mjs';
const only = process.argv[2]; const seeds = Number(process.argv[3] ?? 5); const train = process.argv[4] !== 'no';
for (const c of cases.filter(({name}) => name.includes(only))) for (let seed = 0; seed < seeds; seed++) {
  const { model, x, y, fit } = c.build(seed);
  const rows = Array.isArray(x) ? x.length : x.shape[0];
  const bs = Math.min(fit.batchSize < 8 ? 8 : fit.batchSize, 128);
  const pick = Array.from({length: bs}, (_, i) => Math.floor(i * rows / bs));
  const bx = Array.isArray(x) ? pick.map(i => x[i]) : { data: Float32Array.from(pick.flatMap(i => [...x.data.slice(i*784,(i+1)*784)])), shape: [bs, 784], dtype: 'float32' };
  const by = pick.map(i => y[i]);
  const w = model.getWeights(); const ls = [];
  for (let k = 0; k <= 30; k++) ls.push(model.trainOnBatch(bx, by).loss);
  console.log(c.name, seed, ls.map(v => Number(v.toPrecision(2))).join(' '));
  if (train) { const b = c.build(seed); const h = await b.model.fit(b.x, b.y, b.fit); const s = Object.entries(h.history).map(([k, v]) => `${k} ${v[0].toPrecision(3)} ${v[Math.floor(v.length/2)].toPrecision(3)} ${v.at(-1).toPrecision(3)}`); console.log('   ', s.join(' | ')); }
}
