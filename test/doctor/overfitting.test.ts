/** When a rising validation loss is a warning, and when it is only worth knowing. */
import { describe, expect, test } from 'vitest';
import { Chart, type Circumstances } from '../../src/doctor/chart.js';
import { overfitting } from '../../src/doctor/rules/overfitting.js';
import { finish, outcome } from '../../src/doctor/work.js';

const none = (): never => {
  throw new Error('nothing is tried');
};
const tools = { causes: none, hasten: none, deadShares: none };

interface Course {
  readonly examples: number;
  /** Of a constant guess. */
  readonly base: number;
  readonly guessed?: number;
  /** Of the validation data, at the lowest loss and in the end. */
  readonly losses: readonly [number, number];
  readonly accuracies?: readonly [number, number];
}

/** Eight good epochs, then eight in which only the training loss falls on. */
function look({ examples, base, guessed, losses, accuracies }: Course) {
  const chart = new Chart({
    model: [],
    stepsPerEpoch: 10,
    baseline: base,
    validationBaseline: base,
    targetSize: guessed === undefined ? 1 : 0,
    guessed,
    validationExamples: examples,
  } as unknown as Circumstances);
  for (let epoch = 0; epoch < 16; epoch++) {
    const late = Number(epoch >= 8);
    chart.epochLosses.push(late ? 0.04 * base : 0.5 * base);
    chart.validationLosses.push(losses[late]);
    if (accuracies) chart.validationAccuracies.push(accuracies[late]);
  }
  return finish(outcome(overfitting.look(chart, tools)));
}

describe('classes', () => {
  const classes = { base: Math.log(2), guessed: 0.5, losses: [0.4, 0.7] } as const;

  test('answers that hold make it a note, which says over-confidence', () => {
    const found = look({ ...classes, examples: 1000, accuracies: [0.85, 0.85] });
    expect(found?.severity).toBe('note');
    expect(found?.explanation).toMatch(/over-confidence/);
  });

  test.each([
    [1000, 0.78, 'warning'],
    [50, 0.78, 'note'],
    [50, 0.6, 'warning'],
    [100_000, 0.835, 'note'],
    [100_000, 0.82, 'warning'],
  ])('of %i examples from 85 %% to %d right: a %s', (examples, now, severity) => {
    expect(look({ ...classes, examples, accuracies: [0.85, now] })?.severity).toBe(severity);
  });

  test('answers no better than a guess hold nothing', () => {
    const found = look({ ...classes, examples: 100, losses: [0.69, 1.4], accuracies: [0.53, 0.53] });
    expect(found?.severity).toBe('warning');
    expect(found?.explanation).toMatch(/by heart/);
  });
});

describe('numbers', () => {
  test.each([
    ['rises beyond noise', 1000, [0.3, 0.5], 'warning'],
    ['rises as the choice of thirty examples may make it', 30, [0.3, 0.45], undefined],
    ['rises above a constant guess', 30, [0.9, 1.1], 'warning'],
  ] as const)('a loss that %s', (_, examples, losses, severity) => {
    expect(look({ examples, base: 1, losses })?.severity).toBe(severity);
  });

  test.each([
    ['stays where a constant guess is', 300, 0.95, 'warning'],
    ['stays there, of few examples', 40, 0.95, 'warning'],
    ['tells half and more', 300, 0.4, undefined],
    ['may tell half, as far as thirty examples show', 30, 0.7, undefined],
  ] as const)('learned by heart from the start, a validation loss that %s', (_, examples, loss, severity) => {
    const found = look({ examples, base: 1, losses: [loss, loss] });
    expect(found?.severity).toBe(severity);
    if (found) expect(found.explanation).toMatch(/by heart/);
  });
});
