/** What a network's training keeps in memory, beside what no plan could do without. */
import * as chainrule from 'chainrule';
import { dataFor, networks } from './networks.mjs';
import { build } from './sides/chainrule.mjs';
import { codes } from './wasm.mjs';

const bytes = (list) => list.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);

/** The most bytes of values alive at once: those that are computed and not kept in a variable, without any padding. */
function liveBytes({ steps, places }) {
  const spans = new Map();
  const root = (node) => (node.op.view ? root(node.inputs[0]) : node);
  steps.forEach(({ node }, step) => {
    const touched = [...node.inputs.map(root), ...(node.op.view ? [] : [node])];
    for (const { id } of touched) {
      const place = places.get(id);
      if (place?.base !== 'scratch') continue;
      // Values computed in place of one another are one.
      const span = spans.get(id) ?? { first: step, bytes: place.bytes, at: place.offset };
      span.last = step;
      spans.set(id, span);
    }
  });
  let most = 0;
  for (let step = 0; step < steps.length; step++) {
    const alive = new Map();
    for (const { first, last, bytes, at } of spans.values())
      if (first <= step && step <= last) alive.set(at, Math.max(bytes, alive.get(at) ?? 0));
    most = Math.max(
      most,
      [...alive.values()].reduce((a, b) => a + b, 0),
    );
  }
  return most;
}

/**
 * Rows of bytes by network: parameters, slots (the optimizer's state), gradients, live (activations and their
 * gradients alive at once), scratch (what the plan takes for them, with work areas), work (the largest of these), data,
 * arena (all memory held).
 */
export async function benchMemory() {
  await chainrule.init({ threads: 1 });
  const rows = [];
  for (const network of networks) {
    const { x, y, count } = dataFor(network);
    const net = build(chainrule, network);
    await net.fit(x, y, { batchSize: network.batch, verbose: 0, doctor: 'off' });
    const { F32, I32 } = codes.Storage;
    const xor = network.task === 'xor';
    const feed = {
      xShape: [network.inputs],
      xStorage: F32,
      yShape: xor ? [1] : [],
      yStorage: xor ? F32 : I32,
    };
    const { loaded } = net.program('train', { ...feed, key: JSON.stringify(feed) }, network.batch);
    const { runs } = net.compiled('memory').parts;
    rows.push({
      network: network.name,
      parameters: bytes(net.weights),
      slots: runs.reduce((sum, { slots }) => sum + bytes(Object.values(slots)), 0),
      gradients: bytes(net.trainableWeights),
      live: liveBytes(loaded.plan),
      scratch: loaded.plan.scratchBytes,
      work: Math.max(...loaded.plan.steps.map(({ node }) => node.op.work?.(node) ?? 0)),
      data: x.byteLength + y.byteLength,
      order: 4 * Math.max(count, 32768),
      arena: net.executor.arena.bytes,
    });
  }
  return rows;
}

/** The rows as lines of text. */
export function printMemory(rows) {
  const kib = (value) => (value / 1024).toFixed(value < 10240 ? 1 : 0).padStart(11);
  const heads = [
    'parameters',
    'slots',
    'gradients',
    'live',
    'bound',
    'planned',
    'over',
    'work',
    'data',
    'arena',
  ];
  const lines = [`${'memory of training, KiB'.padEnd(54)}${heads.map((head) => head.padStart(11)).join('')}`];
  for (const { network, parameters, slots, gradients, live, scratch, work, data, arena } of rows) {
    const kept = parameters + slots + gradients;
    const over = `${(100 * ((kept + scratch) / (kept + live) - 1)).toFixed(1)} %`.padStart(11);
    const numbers = [parameters, slots, gradients, live, kept + live, kept + scratch].map(kib).join('');
    lines.push(`  ${network.padEnd(52)}${numbers}${over}${[work, data, arena].map(kib).join('')}`);
  }
  lines.push(
    'live: activations and their gradients alive at once; bound: the sum up to there; planned: with work areas and alignment;',
    'work: the largest work area, panels and lists of a matrix product, which others share and values may lie in at other times;',
    'arena: the whole memory, with the data set, the order of examples, programs and counters, in pages of 64 KiB',
  );
  return lines.join('\n');
}
