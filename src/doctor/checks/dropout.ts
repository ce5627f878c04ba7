/** Dropout that leaves too little to learn from. */
import { sizeOf } from '../../graph/shape.js';
import { Dropout } from '../../layers/dropout.js';
import { layerCode } from '../code.js';
import { digits, percent } from '../measure.js';
import { kernelOf } from '../patient.js';
import { limit } from '../thresholds/index.js';
import { type Check, type Finding, remedy } from './check.js';

export const dropout: Check = ({ anatomy: { stages } }) => {
  const drops = stages.flatMap((stage, i) =>
    stage.layer instanceof Dropout && stage.layer.rate > 0 ? [{ stage, layer: stage.layer, i }] : [],
  );
  if (drops.length === 0) return [];
  const lastKernel = stages.findLastIndex(({ layer }) => kernelOf(layer));
  const behind = drops.find(({ i }) => i > lastKernel);
  const left = drops.reduce((product, { layer }) => product * (1 - layer.rate), 1);
  const worst = drops.reduce((a, b) => (b.layer.rate > a.layer.rate ? b : a));
  const units = sizeOf(worst.stage.shape);
  const evidence = {
    rates: drops.map(({ layer }) => layer.rate),
    leftOfAll: left,
    unitsKept: units * (1 - worst.layer.rate),
  };
  const lower = (layer: Dropout, to: number, why: string) =>
    remedy('lower-dropout', `${layerCode(layer, { rate: to })},`, why);
  const tell = (
    layer: Dropout,
    severity: Finding['severity'],
    explanation: string,
    remedies: Finding['remedies'],
  ): Finding[] => [
    { problem: 'too-much-dropout', layer: layer.name, severity, evidence, explanation, remedies },
  ];

  if (worst.layer.rate === 1) {
    return tell(
      worst.layer,
      'error',
      `${worst.layer.name} drops everything: in training its output is 0 for every example, and so is the gradient, which the chain rule multiplies by the same mask. Nothing before it can learn, and what comes after it only learns its biases.`,
      [lower(worst.layer, 0.2, 'Dropout is meant to disturb, not to silence: 0.2 to 0.5 is usual.')],
    );
  }
  if (behind) {
    return tell(
      behind.layer,
      'warning',
      `${behind.layer.name} comes after the last kernel, so it drops ${percent(behind.layer.rate)} of the predictions themselves. An output that is set to 0 at random cannot meet its target, whatever the weights, so the loss keeps a floor and the gradient is mostly noise.`,
      [
        remedy(
          'lower-dropout',
          `// leave out ${layerCode(behind.layer)}, or put it before the last dense layer`,
          'Hidden features may be dropped; answers may not.',
        ),
      ],
    );
  }
  const few = units * (1 - worst.layer.rate) < limit('fewUnits') && worst.layer.rate >= limit('halfDropped');
  if (worst.layer.rate >= limit('highDropout') || left <= limit('dropoutLeft') || few) {
    return tell(
      worst.layer,
      worst.layer.rate >= limit('silencingDropout') ? 'error' : 'warning',
      `${worst.layer.name} keeps only ${percent(1 - worst.layer.rate)} of its ${units} values in each step` +
        (drops.length > 1 ? `, and all dropout layers one after the other leave ${percent(left)}. ` : '. ') +
        `What is left is enlarged ${digits(1 / (1 - worst.layer.rate))} times to make up for it, so each step sees a loud, random scrap of the network, and its gradient points mostly at noise: little or nothing is learned.`,
      [
        lower(
          worst.layer,
          0.2,
          'Enough to keep units from relying on each other, and most of the signal stays.',
        ),
      ],
    );
  }
  return [];
};
