/** Targets that a loss refuses, where the reason is plain. */
import type { Tensor } from '../data/tensor.js';
import { showShape, sizeOf } from '../graph/shape.js';
import { type Finding, remedy } from './checks/check.js';
import { changeLoss, oneHotShare } from './checks/output.js';
import { layerCode } from './code.js';
import { digits, moments, percent } from './measure.js';
import type { Patient } from './patient.js';
import { limit } from './thresholds/index.js';

export function misfit(patient: Patient, y: Tensor): Finding | undefined {
  const { loss } = patient.compiled('diagnose');
  const units = sizeOf(patient.outputShape.slice(-1));
  const width = y.shape.length > 1 ? sizeOf(y.shape.slice(1)) : 1;
  if (!loss || y.data.length === 0 || !y.data.every(Number.isFinite)) return undefined;
  const whole = y.data.every(Number.isInteger);
  const layer = patient.layers[patient.layers.length - 1];
  const config = loss.fromLogits ? '{ fromLogits: true }' : '';

  if (loss.name === 'sparseCategoricalCrossentropy') {
    if (width === units && units > 1 && oneHotShare(y.data, units) > limit('oneHotRows')) {
      return {
        problem: 'loss-activation-mismatch',
        layer: layer.name,
        severity: 'error',
        evidence: { loss: loss.name, targetShape: showShape(y.shape), units },
        explanation: `The targets hold a number for each of ${units} classes (one-hot), but sparseCategoricalCrossentropy wants the number of the class itself, one for each example. Both losses are the same formula; only the form of the targets differs.`,
        remedies: [
          changeLoss(
            'categoricalCrossentropy',
            config,
            'The same loss for targets with a number for each class.',
          ),
        ],
      };
    }
    return width === 1 && whole ? labelsBeyond(patient, y, units) : undefined;
  }
  if (width === 1 && units > 1 && whole && moments(y.data).max < limit('classNumbers')) {
    return {
      problem: 'loss-activation-mismatch',
      layer: layer.name,
      severity: 'error',
      evidence: { loss: loss.name, targetShape: showShape(y.shape), units },
      explanation:
        `The targets look like class numbers, one for each example, but ${loss.name} compares each of the ${units} outputs with a target of its own (one-hot). ` +
        'The sparse form of categorical cross-entropy takes class numbers as they are.',
      remedies: [changeLoss('sparseCategoricalCrossentropy', config, 'The loss for class numbers.')],
    };
  }
  if (units === 1 && width > 1 && oneHotShare(y.data, width) > limit('oneHotRows')) {
    return {
      problem: 'degenerate-labels',
      layer: layer.name,
      severity: 'error',
      evidence: { targetShape: showShape(y.shape), units, classes: width },
      explanation: `The targets tell ${width} classes apart, with a number for each (one-hot), but ${layer.name} has a single unit. There must be an output for every class that the loss is to compare.`,
      remedies: [
        remedy(
          'change-output-activation',
          `${layerCode(layer, { units: width, activation: 'softmax' })},`,
          'A probability for each class.',
        ),
        changeLoss('categoricalCrossentropy', '', 'The loss that belongs to a softmax and one-hot targets.'),
      ],
    };
  }
  if (loss.name === 'binaryCrossentropy' && width === units) return beyondBinary(patient, y);
  return undefined;
}

function labelsBeyond(patient: Patient, y: Tensor, units: number): Finding | undefined {
  const { min, max } = moments(y.data);
  if (min >= 0 && max < units) return undefined;
  const layer = patient.layers[patient.layers.length - 1];
  const classes = new Set(y.data).size;
  const shifted = min > 0 && max - min < units;
  return {
    problem: 'degenerate-labels',
    layer: layer.name,
    severity: 'error',
    evidence: { units, lowestLabel: min, highestLabel: max, classes },
    explanation:
      `The labels go from ${min} to ${max}, but ${layer.name} has ${units} unit${units === 1 ? '' : 's'}, for the classes 0 to ${units - 1}. ` +
      (shifted
        ? 'It looks as if the classes were numbered from 1: each label then names the wrong unit, or none.'
        : 'A label without a unit has no probability that the loss could raise.'),
    remedies: [
      ...(min !== 0
        ? [
            remedy(
              'change-loss',
              `y = y.map((label) => label ${min > 0 ? `- ${min}` : `+ ${-min}`});`,
              'Classes are then numbered from 0.',
            ),
          ]
        : []),
      ...(max - Math.min(min, max) + 1 > units
        ? [
            remedy(
              'change-output-activation',
              `${layerCode(layer, { units: max - min + 1 })},`,
              'One unit for each class.',
            ),
          ]
        : []),
    ],
  };
}

function beyondBinary(patient: Patient, y: Tensor): Finding | undefined {
  const { min, max } = moments(y.data);
  if (min >= 0 && max <= 1) return undefined;
  const layer = patient.layers[patient.layers.length - 1];
  const values = [...new Set(y.data)].sort((a, b) => a - b);
  const outside = Array.from(y.data).filter((value) => value < 0 || value > 1).length / y.data.length;
  const [low, high] = values;
  const two = values.length === 2;
  const classes = !two && values.length <= limit('manyClasses') && values.every(Number.isInteger);
  return {
    problem: 'target-range-mismatch',
    layer: layer.name,
    severity: 'error',
    evidence: {
      targetMin: min,
      targetMax: max,
      outputLow: 0,
      outputHigh: 1,
      shareOutside: outside,
      differentTargets: values.length,
    },
    explanation:
      `Binary cross-entropy compares probabilities, from 0 to 1, but the targets go from ${digits(min)} to ${digits(max)}: ${percent(outside)} of them lie outside. ` +
      'For such targets the loss has no lowest point: it would fall without end while the outputs run off to infinity.',
    remedies: two
      ? [
          remedy(
            'scale-targets',
            `y = y.map((t) => (t === ${digits(high)} ? 1 : 0));  // instead of ${digits(low)} and ${digits(high)}`,
            'The two classes become 0 and 1.',
          ),
        ]
      : classes
        ? [
            changeLoss(
              'sparseCategoricalCrossentropy',
              '',
              `There are ${values.length} classes: use a softmax with ${values.length} units, and number them from 0.`,
            ),
          ]
        : [
            changeLoss(
              'meanSquaredError',
              '',
              'For numbers of any size, with a last layer without activation.',
            ),
            remedy(
              'scale-targets',
              `y = y.map((t) => (t - ${digits(min)}) / ${digits(max - min)});`,
              'Brings them into 0 to 1.',
            ),
          ],
  };
}
