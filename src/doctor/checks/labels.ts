/** Labels: whether there is something to tell apart, and how evenly the classes come. */

import { sizeOf } from '../../graph/shape.js';
import type { Loss } from '../../losses/loss.js';
import { digits, percent } from '../measure.js';
import type { Examples } from '../patient.js';
import { limit } from '../thresholds/index.js';
import { type Check, type Exam, type Finding, remedy } from './check.js';
import { outputLayer } from './targets.js';

/** Examples of each class, where the targets are classes. */
export function classCounts(y: Examples, loss: Loss | undefined, units: number): number[] | undefined {
  if (loss?.name === 'sparseCategoricalCrossentropy') return count(y.data, units, (label) => label);
  if (loss?.name === 'categoricalCrossentropy' && units > 1) {
    const rows = y.data.length / units;
    const classes = Array.from({ length: rows }, (_, i) => {
      const row = Array.from(y.data.subarray(i * units, (i + 1) * units));
      return row.indexOf(Math.max(...row));
    });
    return count(classes, units, (label) => label);
  }
  // Whatever the loss: one number that is 0 or 1 tells two classes apart.
  if (loss && units === 1) {
    return y.data.every((target) => target === 0 || target === 1)
      ? count(y.data, 2, (label) => label)
      : undefined;
  }
  return undefined;
}

function count(labels: ArrayLike<number>, classes: number, classOf: (label: number) => number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[classOf(labels[i])]++;
  return counts;
}

export const labels: Check = (exam) => {
  const {
    data: { y },
    loss,
    patient,
  } = exam;
  if (y.count < 2) return [];
  const units = sizeOf(patient.outputShape.slice(-1));
  const counts = classCounts(y, loss, units);
  const width = sizeOf(y.shape);
  const same = y.data.every((value, i) => value === y.data[i % width]);
  if (same) return [allTheSame(exam, counts)];
  if (!counts) return [];
  const present = counts.filter((n) => n > 0);
  const total = present.reduce((sum, n) => sum + n, 0);
  if (present.length < counts.length / 2 && total >= limit('fewestPerClass') * counts.length)
    return [unused(exam, counts, present.length)];
  const [most, least] = [Math.max(...present), Math.min(...present)];
  const uneven =
    most / total >= limit('majorityClass') ||
    (most / least >= limit('classRatio') && counts.length <= limit('manyClasses'));
  return uneven && total >= limit('fewestLabelled') ? [imbalance(exam, counts, total)] : [];
};

function allTheSame(exam: Exam, counts: number[] | undefined): Finding {
  const {
    data: { y },
  } = exam;
  const value = Array.from(y.data.slice(0, Math.min(sizeOf(y.shape), 8)));
  const what = counts ? `class ${counts.findIndex((n) => n > 0)}` : value.map(digits).join(', ');
  return {
    problem: 'degenerate-labels',
    layer: outputLayer(exam).layer.name,
    severity: 'error',
    evidence: { examples: y.count, differentTargets: 1, target: value },
    explanation:
      `All ${y.count} targets are the same (${what}). The biases of the last layer alone can learn that, so the loss falls to almost nothing and the network has learned nothing about the inputs. ` +
      'Look at how the targets are read: a wrong column, a slice of data sorted by class, or a comparison that is always true.',
    remedies: [
      remedy(
        'change-loss',
        'new Set(Array.from(y)).size  // how many different targets there are: must be more than 1 before any loss can teach',
        'With targets that differ, the loss depends on the inputs.',
      ),
    ],
  };
}

function unused(exam: Exam, counts: readonly number[], present: number): Finding {
  const { layer } = outputLayer(exam);
  return {
    problem: 'degenerate-labels',
    layer: layer.name,
    severity: 'warning',
    evidence: { units: counts.length, classesPresent: present, examplesPerClass: counts.slice(0, 32) },
    explanation:
      `${layer.name} tells ${counts.length} classes apart, but only ${present} of them occur in ${counts.reduce((a, b) => a + b, 0)} examples. ` +
      'The other units can only learn to stay silent. Perhaps labels were cut, or the data are sorted by class and this is the first part.',
    remedies: [
      remedy(
        'change-output-activation',
        `layers.dense({ units: ${present}, … }),  // as many units as classes, numbered from 0`,
        'Units and classes then correspond.',
      ),
    ],
  };
}

function imbalance(exam: Exam, counts: readonly number[], total: number): Finding {
  const present = counts.filter((n) => n > 0);
  const [most, least] = [Math.max(...present), Math.min(...present)];
  const share = most / total;
  return {
    problem: 'class-imbalance',
    layer: outputLayer(exam).layer.name,
    severity: share >= limit('majorityClass') ? 'warning' : 'note',
    evidence: {
      examplesPerClass: counts.slice(0, 32),
      majorityClass: counts.indexOf(most),
      majorityShare: share,
      ratio: most / least,
    },
    explanation:
      `Class ${counts.indexOf(most)} makes up ${percent(share)} of the examples, class ${counts.indexOf(least)} only ${percent(least / total)}. ` +
      `Always answering ${counts.indexOf(most)} is right ${percent(share)} of the time, and the sum of gradients is nearly that of the frequent class alone, so the rare one is learned late or not at all. Accuracy does not show it.`,
    remedies: [
      remedy(
        'change-loss',
        `// repeat the examples of rare classes before fit, class ${counts.indexOf(least)} about ${Math.max(2, Math.round(most / least / 2))} times`,
        'Each class then has about the same weight in the gradient.',
      ),
    ],
  };
}
