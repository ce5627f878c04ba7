import { describe, expect, test } from 'vitest';
import {
  emptyVitals,
  type LayerFacts,
  type LayerSample,
  record,
  type Vitals,
} from '../../src/doctor/vitals.js';
import { diagnose, report } from '../../src/index.js';
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
  const vitals = emptyVitals([facts, { ...facts, name: 'out', isOutput: true }]);
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
    const open: string[] = [];
    for (const [, close, name, self] of page.matchAll(/<(\/?)([a-z]\w*)[^>]*?(\/?)>/g)) {
      if (name === 'meta' || self) continue;
      if (!close) open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
    for (const [, value] of page.matchAll(/ (?:x|y|x1|x2|y1|y2|width|height|d)="([^"]*)"/g))
      expect(value).not.toMatch(/NaN|Infinity|undefined/);
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
    expect(Math.abs(at - (132 + (692 * 15) / 30))).toBeLessThan(60);
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
