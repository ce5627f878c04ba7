/** Whether what was diagnosed still shows, told from one batch: a short run may not last until the loss can tell. */
import type { Problem } from '../diagnosis.js';
import { column, norm } from '../measure.js';
import { kernelOf } from '../patient.js';
import type { LayerView, Probe } from '../probe.js';
import { limit } from '../thresholds/index.js';

interface Symptom {
  /** Larger is worse; NaN and infinity are worst. */
  readonly measure: (look: Probe) => number;
  /** From here on it counts as gone. */
  readonly gone: number;
}

/** Sizes of the kernels' gradients, first layer first. */
const gradientNorms = ({ layers, gradients }: Probe): number[] =>
  layers.flatMap(({ layer }) => {
    const kernel = kernelOf(layer);
    const gradient = kernel && gradients.get(kernel);
    return gradient ? [norm(gradient)] : [];
  });

function fading(look: Probe): number {
  const norms = gradientNorms(look);
  const faintest = norms.map((own, i) => Math.max(own, ...norms.slice(i + 1)) / own);
  return Math.max(...faintest, 0);
}

function growing(look: Probe): number {
  const norms = gradientNorms(look);
  const size = Math.max(...look.layers.map(({ output }) => norm(output) / Math.sqrt(output.length)));
  return Number.isFinite(size) ? Math.max(...norms) / norms[norms.length - 1] : Number.POSITIVE_INFINITY;
}

const hidden = (look: Probe): readonly LayerView[] => look.layers.slice(0, -1);

function deadShare({ shape, output }: LayerView): number {
  const units = shape[shape.length - 1];
  let dead = 0;
  for (let u = 0; u < units; u++) if (column(output, units, u).every((value) => value === 0)) dead++;
  return dead / units;
}

/** Where slopes are below a hundredth of the largest. */
const flat: Readonly<Record<string, (y: number) => boolean>> = {
  sigmoid: (y) => Math.abs(y - 0.5) > 0.4933,
  tanh: (y) => Math.abs(y) > 0.9866,
};

const symptoms: Readonly<Partial<Record<Problem, Symptom>>> = {
  'vanishing-gradient': { measure: fading, gone: 1 / limit('vanishedSignal') },
  'exploding-gradient': { measure: growing, gone: limit('explodedSignal') },
  'dead-relu': {
    measure: (look) =>
      Math.max(0, ...hidden(look).map((view) => (/^relu/.test(view.activation) ? deadShare(view) : 0))),
    gone: limit('deadUnits'),
  },
  'saturated-activation': {
    measure: (look) =>
      Math.max(
        0,
        ...hidden(look).map(({ activation, output }) => {
          const isFlat = flat[activation];
          return isFlat ? output.reduce((n, y) => n + Number(isFlat(y)), 0) / output.length : 0;
        }),
      ),
    gone: limit('flatShare'),
  },
};

/** Whether a problem has a symptom that one batch shows. */
export const showsInABatch = (problem: Problem): boolean => problem in symptoms;

/** Whether the symptom is gone. */
export function relieved(problem: Problem, look: Probe): boolean {
  const symptom = symptoms[problem];
  return symptom !== undefined && symptom.measure(look) < symptom.gone;
}
