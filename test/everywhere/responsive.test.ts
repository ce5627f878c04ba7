/**
 * A page that trains on its main thread answers: no task takes longer than 50 ms, the length from which browsers
 * call it long. Timed, hence by `npm run test:thorough` only, and the best of a few tries counts: what else
 * the machine does makes tasks longer, never shorter.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project, root } from '../support/project.js';
import { thorough } from '../support/thorough.js';
import { Browser, browsers, findBrowser, notFound } from './browser.js';
import { library, writePage } from './pages.js';

const TRIES = 5;

/** The benches are plain JavaScript. */
const bench = <T>(file: string): Promise<T> => import(join(root, 'bench', file));
const { networks } = await bench<{ networks: readonly { readonly name: string }[] }>('networks.mjs');
const { build } = await bench<{ build: unknown }>('sides/chainrule.mjs');

const chromium = browsers[0];
const path = findBrowser(chromium);
let project: Project;
let browser: Browser;

/** Trains network after network with default settings, on examples without a pattern, and reports the tasks that were too long. */
const main = `
  import * as chainrule from '${library}';
  const networks = ${JSON.stringify(networks)};
  const build = ${build};
  const network = networks[new URLSearchParams(location.search).get('network')];
  const random = (n) => {
    let state = 1;
    return Float32Array.from({ length: n }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    });
  };
  const rest = () => new Promise((resolve) => setTimeout(resolve, 200));
  async function train() {
    const xor = network.task === 'xor';
    const count = xor ? 4 : 4096;
    const x = xor ? Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1) : random(count * network.inputs);
    const y = xor ? Float32Array.of(0, 1, 1, 0) : Int32Array.from(random(count), (value) => value * network.outputs);
    await rest();
    const long = [];
    const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: 'longtask' });
    const net = build(chainrule, network);
    await net.fit(x, y, { epochs: xor ? 5000 : 3, batchSize: network.batch });
    await rest();
    observer.disconnect();
    return long;
  }
  report(train());`;

beforeAll(async () => {
  if (!thorough || !path) return;
  project = new Project();
  writePage(project, 'train', { 'main.js': main });
  browser = new Browser(project.folder);
  await browser.start(chromium, path);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  project?.remove();
});

test.for(networks.map(({ name }) => name))('%s', { timeout: 120_000 }, async (name, context) => {
  if (!thorough) return context.skip('Tasks of pages that train: timed, see `npm run test:thorough`.');
  if (!path) return context.skip(notFound(chromium));
  const index = networks.findIndex((network) => network.name === name);
  let fewest: number[] | undefined;
  for (let i = 0; i < TRIES && fewest?.length !== 0; i++) {
    const long = await browser.visit<number[]>(`/train/index.html?network=${index}`);
    if (!fewest || long.length < fewest.length) fewest = long;
  }
  expect(fewest).toEqual([]);
});
