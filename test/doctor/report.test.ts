import { describe, expect, test } from 'vitest';
import {
  emptyVitals,
  type LayerFacts,
  type LayerSample,
  record,
  type Vitals,
} from '../../src/doctor/vitals.js';
import { diagnose, optimizers, report } from '../../src/index.js';
import { mlp, plane } from './patients.js';

const { x, y } = plane(1);
const diagnoses = diagnose(
  mlp(4, [8], 1, { output: 'sigmoid' }).compile({ optimizer: 'adam', loss: 'meanSquaredError' }),
  x.map((row) => row.map((v) => v * 1000)),
  y,
);

const facts: LayerFacts = {
  name: '<b>',
  kind: 'dense',
  activation: 'relu',
  units: 8,
  trained: true,
  isOutput: false,
};

/** `samples` of two layers, 4 updates apart, 10 updates an epoch. */
function measured(samples: number): Vitals {
  const vitals = emptyVitals([facts, { ...facts, name: 'out', isOutput: true }], 10);
  for (let i = 0; i < samples; i++) {
    const layer: LayerSample = {
      gradientNorm: i === 3 ? Number.POSITIVE_INFINITY : 10 ** -i,
      gradientMost: 1,
      weightNorm: 1,
      weightMost: 1,
      updateRatio: 1e-3,
      mean: 0,
      std: 1,
      least: 0,
      most: 1,
      saturated: 0,
      zeros: 0.5,
      dead: i / samples,
      signal: 1,
      nonFinite: { gradient: 0, weight: 0, output: 0, signal: 0 },
    };
    record(vitals, {
      step: i * 4,
      epoch: Math.floor((i * 4) / 10),
      loss: 1 / (i + 1),
      batchLoss: 1,
      learningRate: 0.1,
      layers: [layer, { ...layer, dead: Number.NaN, saturated: Number.NaN }],
    });
  }
  return vitals;
}

const history = {
  epoch: [0, 1, 2],
  history: { loss: [1, 0.5, 0.2], val_loss: [1.1, 0.7, Number.NaN], accuracy: [0.5, 0.7, 0.9] },
  vitals: measured(8),
  diagnoses,
};

/** Every tag is closed, every place is a number. */
function expectWellFormed(markup: string): void {
  const open: string[] = [];
  for (const [, close, name, self] of markup.matchAll(/<(\/?)([a-z]\w*)[^>]*?(\/?)>/gi)) {
    if (name === 'meta' || name === 'doctype' || self) continue;
    if (!close) open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
  for (const [, value] of markup.matchAll(/ (?:x|y|x1|x2|y1|y2|width|height|d)="([^"]*)"/g))
    expect(value).not.toMatch(/NaN|Infinity|undefined/);
}

describe('text', () => {
  test('tells problem, place, evidence and remedies, in lines that fit', () => {
    expect(diagnoses.map(({ problem }) => problem)).toEqual(['unscaled-inputs', 'target-range-mismatch']);
    const text = report.text(history, { title: 'A plane' });
    expect(text).toMatch(/^A plane\n/);
    expect(text).toContain('After 3 epochs: loss 0.2, val_loss NaN, accuracy 0.9.');
    expect(text).toContain('1. Unscaled inputs in dense  (warning, before training)');
    expect(text).toContain('2. Target range mismatch in dense_1  (error, before training)');
    for (const { remedies } of diagnoses)
      for (const { code } of remedies) for (const line of code.split('\n')) expect(text).toContain(line);
    const prose = text.split('\n').filter((line) => !line.startsWith('       '));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(88);
  });

  test('has a table of what was measured by layer', () => {
    const rows = report.text(history).split('\n');
    const head = rows.findIndex((row) => row.startsWith('layer '));
    expect(rows.slice(head, head + 3)).toEqual([
      'layer  first gradient  last  update/weights  dead units',
      '<b>                 1  1e-7           0.001      87.5 %',
      'out                 1  1e-7           0.001',
    ]);
    expect(report.text({ ...history, vitals: measured(0) })).not.toContain('layer  ');
  });

  test('says so where nothing is wrong', () => {
    expect(report.text({ diagnoses: [] })).toContain('Nothing wrong was found.');
    expect(report.text({})).toContain('Nothing wrong was found.');
  });
});

describe('html', () => {
  const page = report.html(history, { title: 'A <plane>' });
  test('stands by itself: no scripts, nothing to load', () => {
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<link|src=|url\(|@import|https?:/);
    expect(page).toContain('prefers-color-scheme:dark');
  });

  test('escapes what users name', () => {
    expect(page).toContain('<title>A &lt;plane&gt;</title>');
    expect(page).not.toContain('<b>');
    expect(page).toContain('&lt;b&gt;');
  });

  test('is well formed: every tag is closed, every place is a number', () => {
    expectWellFormed(page);
  });

  test('shows each diagnosis and each kind of measurement', () => {
    for (let i = 1; i <= diagnoses.length; i++) {
      expect(page).toContain(`id="d${i}"`);
      expect(page).toContain(`href="#d1"`);
    }
    for (const title of ['Loss', 'Accuracy', 'Diagnoses', 'Gradient flow', 'Size of updates', 'Dead units'])
      expect(page).toContain(`<h2>${title}</h2>`);
    // The infinite gradient stands out; nothing was saturated.
    expect(page).toContain('class="broken"');
    expect(page).not.toContain('Saturated units');
  });

  test('puts samples into their epochs', () => {
    const marked = report.html({ ...history, diagnoses: [{ ...diagnoses[0], step: 15, epoch: 1 }] });
    const at = Number(marked.match(/class="mark warning" x1="([\d.]+)"/)?.[1]);
    // 15 updates of 30, on an axis from 132 to 824.
    expect(at).toBeCloseTo(132 + (692 * 15) / 30, 1);
    expect(marked).toContain('epoch 2, after 15 updates');
  });

  test('does with what there is', () => {
    expect(report.html({ diagnoses })).not.toContain('<svg');
    expect(report.html({ history: { loss: [1, 0.5] } })).toContain('<svg');
    expect(report.html({ vitals: measured(1), diagnoses })).toContain('Gradient flow');
    expect(report.html({ vitals: measured(2000) }).length).toBeLessThan(200_000);
    expect(() => report.html(undefined as never)).toThrow(/report.html/);
    expect(() => report.text({ diagnoses: 3 as never })).toThrow(/diagnoses/);
    expect(() => report.text({}, { titel: 'x' } as never)).toThrow(/titel/);
  });
});

describe('svg', () => {
  const broken = {
    ...history,
    history: { loss: [1, Number.NaN, Number.NaN], accuracy: [0.5, 0.1, 0.1] },
    vitals: measured(4),
    diagnoses: [{ ...diagnoses[0], problem: 'non-finite' as const, layer: 'out', step: 14, epoch: 1 }],
  };
  const figure = report.svg([history, broken], { title: 'A <plane>', names: ['one', 'two'] });

  test('stands by itself and is well formed', () => {
    expect(figure).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 960 \d+"/);
    expect(figure).not.toMatch(/<script|<style|<image|href=|@import/);
    expectWellFormed(figure);
    for (const escaped of ['A &lt;plane&gt;', '&lt;b&gt;']) expect(figure).toContain(escaped);
    expect(figure).not.toContain('<b>');
  });

  const texts = (markup: string) =>
    [...markup.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, words]) => words);

  test('shows both runs with loss, metrics, gradients by layer and what was found', () => {
    const words = texts(figure);
    for (const one of [
      'one',
      'two',
      'loss',
      'accuracy',
      'gradient norm by layer',
      'training',
      'validation',
      'epoch',
    ])
      expect(words).toContain(one);
    expect(words).toContain('1: Unscaled inputs in dense, before training');
    expect(words).toContain('1: Non-finite values in out, update 14');
    expect(words.filter((word) => word === 'out')).toHaveLength(1);
    // The second run: what follows after the loss has stopped being a number, in each panel.
    expect(words.filter((word) => word === 'NaN')).toHaveLength(3);
    expect(texts(report.svg({ ...history, diagnoses: [] }))).toContain('Nothing wrong was found.');
    expect(texts(report.svg({ history: history.history }))).not.toContain('Nothing wrong was found.');
  });

  test('tells the repairs that were kept', () => {
    const outcome = { learned: 0, loss: 1 };
    const repair = {
      remedy: 'use-leaky-relu' as const,
      problem: 'dead-relu' as const,
      step: 3,
      epoch: 0,
      code: '',
      why: '',
      backTo: 1,
      updates: 9,
      before: outcome,
      after: outcome,
    };
    const words = texts(
      report.svg({
        ...history,
        repairs: [
          { ...repair, kept: true },
          { ...repair, kept: false, remedy: 'use-relu' },
        ],
      }),
    );
    expect(words).toContain('Repaired: Use leaky ReLU from epoch 2 on');
    expect(words.filter((word) => word.startsWith('Repaired'))).toHaveLength(1);
  });

  test('a mark stands at its update on both kinds of time axis', () => {
    const markOf = (markup: string) => Number(markup.match(/<line x1="([\d.]+)"[^>]*stroke-dasharray/)?.[1]);
    const plot = (markup: string) => {
      const [, x1, x2] =
        markup.match(/<line x1="([\d.]+)" x2="([\d.]+)" y1="\d+" y2="\d+" stroke="#e4e1da"/) ?? [];
      return { left: Number(x1), width: Number(x2) - Number(x1) };
    };
    const epochs = report.svg(broken, { panels: ['loss'] });
    expect(markOf(epochs)).toBeCloseTo(plot(epochs).left + (plot(epochs).width * 14) / 30, 0);
    const updates = report.svg(broken, { panels: ['loss'], time: 'updates' });
    const share = Math.log(15) / Math.log(30);
    expect(markOf(updates)).toBeCloseTo(plot(updates).left + plot(updates).width * share, 0);
  });

  test('one loss or gradient beyond all others does not flatten them', () => {
    const vitals = measured(8);
    const layer = {
      ...vitals.layers[0],
      gradientNorm: vitals.layers[0].gradientNorm.map((_, i) => (i === 5 ? 1e30 : 1)),
    };
    const wild = {
      ...history,
      vitals: { ...vitals, layers: [layer], loss: vitals.loss.map((v, i) => (i === 5 ? 1e30 : v)) },
    };
    expect(texts(report.svg(wild)).filter((word) => /^1e[2-9]\d$/.test(word))).toEqual([]);
  });

  test('panels are chosen by name', () => {
    const chosen = texts(report.svg(history, { panels: ['deadShare', 'updateRatio', 'loss'] }));
    const places = ['share of dead units by layer', 'size of an update in parts of the weights', 'loss'].map(
      (title) => chosen.indexOf(title),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(chosen).not.toContain('gradient norm by layer');
    // Nothing of it was saturated, and the output cannot die.
    expect(
      texts(
        report.svg(
          { ...history, vitals: { ...measured(3), layers: [measured(3).layers[1]] } },
          { panels: ['deadShare'] },
        ),
      ),
    ).toContain('no unit here can die');
  });

  test('refuses what cannot be drawn', () => {
    expect(() => report.svg([])).toThrow(/empty list/);
    expect(() => report.svg(Array(30).fill(history))).toThrow(/30 runs have no room/);
    expect(() => report.svg({ diagnoses })).toThrow(/nothing to draw/);
    expect(() => report.svg([history, history], { names: ['one'] })).toThrow(/one for each of the 2 runs/);
    expect(() => report.svg(history, { panels: ['acuracy'] })).toThrow(/accuracy/);
    expect(() => report.svg(history, { time: 'hours' as never })).toThrow(/'epochs' or 'updates'/);
    expect(() => report.svg(history, { name: 'x' } as never)).toThrow(/names/);
  });
});

test('a history gives its own report, which neither JSON nor a copy of it holds', async () => {
  const net = mlp(4, [8], 1).compile({
    optimizer: optimizers.sgd({ learningRate: 5 }),
    loss: 'meanSquaredError',
  });
  const history = await net.fit(x, y, { epochs: 5, verbose: 0 });
  expect(history.diagnoses).not.toEqual([]);
  expect(history.report()).toBe(report.text(history));
  expect(history.report({ title: 'Mine' })).toBe(report.text(history, { title: 'Mine' }));
  expect(history.report({ format: 'html', title: 'Mine' })).toBe(report.html(history, { title: 'Mine' }));
  expect(() => history.report({ format: 'pdf' as 'html' })).toThrow(
    /format is 'pdf'.*'text', 'html' or 'svg'/,
  );
  expect(history.report({ format: 'svg', time: 'updates' })).toBe(report.svg(history, { time: 'updates' }));
  expect(() => history.report({ time: 'updates' })).toThrow(/time/);
  expect(() => history.report({ titel: 'Mine' } as object)).toThrow(/titel/);
  expect(Object.keys(history)).not.toContain('report');

  const unwatched = await net.fit(x, y, { epochs: 1, verbose: 0, doctor: 'off' });
  expect(() => unwatched.report()).toThrow(/doctor: 'off'.*report\.text\(history\)/);
});
