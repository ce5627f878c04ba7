/** The first batch, layer by layer: signals and gradients that die, saturate or blow up on their way. */
import { firstNotFinite } from '../../data/finite.js';
import { layerCode } from '../code.js';
import { column, digits, norm, percent } from '../measure.js';
import { kernelOf } from '../patient.js';
import type { LayerView } from '../probe.js';
import { limit } from '../thresholds/index.js';
import type { Work } from '../work.js';
import { type Exam, type Finding, remedy } from './check.js';

export function* signal(exam: Exam): Work<readonly Finding[]> {
  // Gradients that a wrong output has bent say nothing of the layers, nor do examples that are all the same.
  const bent = ['loss-activation-mismatch', 'constant-inputs'];
  if (exam.found.some(({ problem, severity }) => bent.includes(problem) && severity === 'error')) return [];
  const broken = nonFinite(exam);
  if (broken) return [broken];
  const dead = deadLayers(exam);
  const saturated = yield* saturatedLayers(exam);
  const flow = gradientFlow(exam);
  if (dead.some(({ severity }) => severity === 'error')) return dead;
  return [...dead, ...flow, ...(flow.length > 0 ? [] : saturated)];
}

const finite = (values: Float32Array): boolean => firstNotFinite(values) < 0;

const batchNorm = remedy(
  'add-batch-normalization',
  'layers.batchNormalization(),  // after each hidden dense layer',
  'It brings the sums back to mean 0 and spread 1 in every layer, whatever the layers before did.',
);

const expands = (activation: string): boolean => activation === 'exp' || activation === 'square';

const reluInstead = (view: LayerView) =>
  remedy(
    'use-relu',
    `${layerCode(view.layer, { activation: 'relu' })},  // and so in all hidden layers`,
    'The slope of a ReLU is 1 wherever it is active: products of it neither shrink nor grow.',
  );

/** Values beyond what 32 bits can hold, in the very first batch. */
function nonFinite(exam: Exam): Finding | undefined {
  const {
    probe: { layers, gradients, loss },
  } = exam;
  const at = layers.findIndex(({ output }) => !finite(output));
  const badGradients = [...gradients].filter(([, values]) => !finite(values)).map(([weight]) => weight.name);
  if (at < 0 && badGradients.length === 0 && Number.isFinite(loss)) return undefined;
  const view =
    at >= 0
      ? layers[at]
      : (layers.findLast(({ gradient }) => !finite(gradient)) ?? layers[layers.length - 1]);
  const before = at > 0 ? Math.max(...layers[at - 1].output.map(Math.abs)) : undefined;
  const explosive = layers.some(({ activation }) => expands(activation));
  const evidence = {
    loss: String(loss),
    nonFiniteGradients: badGradients.length,
    ...(before === undefined ? {} : { largestBefore: before }),
  };
  const what =
    at >= 0
      ? `the output of ${view.layer.name} is no longer a number${before === undefined ? '' : ` (the layer before reached ${digits(before)})`}`
      : `the gradient is no longer a number from ${view.layer.name} on`;
  return {
    problem: 'exploding-gradient',
    layer: view.layer.name,
    severity: 'error',
    evidence,
    explanation:
      `In the first batch already ${what}. ` +
      (explosive
        ? 'An exponential is its own slope: each layer raises what the layer before has raised, and the chain rule multiplies all those slopes on the way back, so both pass the largest number that 32 bits can hold.'
        : 'Signals grow from layer to layer, and the chain rule multiplies the same growth on the way back, until both pass the largest number that 32 bits can hold.') +
      ' From then on every weight becomes NaN.',
    remedies: [
      ...(explosive ? [reluInstead(layers.find(({ activation }) => expands(activation)) ?? view)] : []),
      batchNorm,
    ],
  };
}

function deadLayers({ probe: { layers, count }, found }: Exam): Finding[] {
  if (found.some(({ problem }) => problem === 'poor-initialization')) return [];
  for (const view of layers.slice(0, -1)) {
    if (view.activation !== 'relu' && view.activation !== 'relu6') continue;
    const units = view.shape[view.shape.length - 1];
    let dead = 0;
    for (let u = 0; u < units; u++) if (column(view.output, units, u).every((value) => value === 0)) dead++;
    const share = dead / units;
    if (share < limit('deadShare')) continue;
    const all = dead === units;
    return [
      {
        problem: 'dead-relu',
        layer: view.layer.name,
        severity: all ? 'error' : 'warning',
        evidence: { deadUnits: dead, units, examples: count },
        explanation:
          `${all ? 'All' : `${dead} of`} ${units} units of ${view.layer.name} give 0 for every one of ${count} examples. Where a ReLU gives 0 its slope is 0, and the chain rule multiplies by it: ` +
          (all
            ? 'no gradient reaches this layer or any before it, so only the biases behind it can learn and the output is the same for all inputs.'
            : 'these units get no gradient and cannot come back, and everything has to pass through the few that are left.'),
        remedies: [
          remedy(
            'use-leaky-relu',
            `${layerCode(view.layer, { activation: 'leakyRelu' })},  // and so in all hidden layers`,
            'It keeps a small slope below 0, so the gradient always finds a way through.',
          ),
          batchNorm,
          remedy(
            'reinitialize-weights',
            `${layerCode(view.layer, { kernelInitializer: 'heNormal' })},  // fewer or wider layers help as well`,
            'In narrow, deep stacks a whole layer can fall silent by chance; wider layers hardly ever do.',
          ),
        ],
      },
    ];
  }
  return [];
}

/** Where a bounded activation is flat: its slope is under 1 % of the largest. */
const flat: Readonly<Record<string, (y: number) => boolean>> = {
  sigmoid: (y) => y < 0.0025 || y > 0.9975,
  hardSigmoid: (y) => y === 0 || y === 1,
  tanh: (y) => y < -0.995 || y > 0.995,
  softsign: (y) => y < -0.9 || y > 0.9,
};

function* saturatedLayers(exam: Exam): Work<Finding[]> {
  const {
    probe: { layers },
    found,
  } = exam;
  if (found.some(({ problem }) => problem === 'unscaled-inputs' || problem === 'poor-initialization'))
    return [];
  for (const view of layers.slice(0, -1)) {
    const isFlat = flat[view.activation];
    if (!isFlat) continue;
    const share = view.output.reduce((sum, y) => sum + Number(isFlat(y)), 0) / view.output.length;
    if (share < limit('saturatedShare')) continue;
    // Clouds of points far apart saturate a tanh and are told apart all the same.
    const trial = yield* exam.trial();
    if (trial.end < limit('trialFall') * trial.start) return [];
    return [
      {
        problem: 'saturated-activation',
        layer: view.layer.name,
        severity: 'warning',
        evidence: { saturatedShare: share },
        explanation: `${percent(share)} of the values of ${view.layer.name} lie at the flat ends of its ${view.activation}. The slope there is nearly 0, and the chain rule multiplies by it, so hardly any gradient gets through to this layer and those before.`,
        remedies: [
          batchNorm,
          remedy(
            'reinitialize-weights',
            `${layerCode(view.layer, { kernelInitializer: 'glorotUniform' })},`,
            'Smaller kernels keep the sums where the curve is steep.',
          ),
          reluInstead(view),
        ],
      },
    ];
  }
  return [];
}

/** Size of the gradient of each kernel, first layer first, against the largest of any weight behind it. */
function gradientFlow({ probe: { layers, gradients }, found }: Exam): Finding[] {
  if (found.some(({ problem }) => problem === 'poor-initialization')) return [];
  const stages = layers.flatMap((view) => {
    const kernel = kernelOf(view.layer);
    const gradient = kernel && gradients.get(kernel);
    if (!kernel || !gradient) return [];
    const all = view.layer.weights.flatMap((weight) => gradients.get(weight) ?? []);
    return [{ view, own: norm(gradient), any: Math.max(...all.map(norm)) }];
  });
  if (stages.length < 3) return [];
  const norms = stages.map(({ own }) => own);
  const evidence = {
    gradientNorms: norms.slice(0, 64),
    layers: stages
      .slice(0, 64)
      .map(({ view }) => view.layer.name)
      .join(', '),
  };
  const last = stages[stages.length - 1];
  const hiddenActivations = layers.slice(0, -1).map(({ activation }) => activation);
  const largest = stages.reduce((a, b) => (b.own > a.own ? b : a));
  if (largest !== last && last.own > 0 && largest.own / last.own >= limit('explodingRatio')) {
    const explosive = hiddenActivations.some(expands);
    return [
      {
        problem: 'exploding-gradient',
        layer: largest.view.layer.name,
        severity: 'warning',
        evidence: { ...evidence, ratio: largest.own / last.own },
        explanation:
          `On its way from the loss to ${largest.view.layer.name} the gradient grows ${digits(largest.own / last.own)} times. The chain rule multiplies one factor for each layer, weights times slope, and here these are larger than 1 ` +
          (explosive ? '(an exponential’s slope is its own value). ' : '(the kernels are large). ') +
          'The first layers make wild jumps at a learning rate that suits the last.',
        remedies: [
          ...(explosive ? [reluInstead(largest.view)] : []),
          batchNorm,
          remedy(
            'clip-gradients',
            'optimizer: optimizers.adam({ globalClipnorm: 1 }),  // or globalClipnorm in the optimizer you have',
            'Keeps single updates in bounds; the cause remains.',
          ),
        ],
      },
    ];
  }
  const behind = stages.map((_, i) => Math.max(0, ...stages.slice(i + 1).map(({ any }) => any)));
  const faint = stages.findIndex(({ own }, i) => behind[i] > 0 && own / behind[i] < limit('vanishingRatio'));
  if (faint < 0) return [];
  const { view, own } = stages[faint];
  const bounded = hiddenActivations.find((activation) => activation in flat);
  return [
    {
      problem: 'vanishing-gradient',
      layer: view.layer.name,
      severity: own / behind[faint] < limit('lostRatio') ? 'error' : 'warning',
      evidence: { ...evidence, ratio: own / behind[faint] },
      explanation:
        `The gradient of ${view.layer.name} is ${digits(own / behind[faint])} times that of the layers near the loss. The chain rule multiplies one factor for each layer between, weights times slope` +
        (bounded === 'sigmoid'
          ? ', and the slope of a sigmoid is at most ¼, so little is left after a few layers. '
          : bounded
            ? `, and the slope of a ${bounded} is below 1 nearly everywhere. `
            : ', and here they are below 1, one after the other. ') +
        `With ${stages.length} layers the first ones stand almost still while the last ones learn from what is as good as noise.`,
      remedies: [
        ...(bounded
          ? [
              remedy(
                'use-relu',
                `${layerCode(view.layer, { activation: 'relu', kernelInitializer: 'heNormal' })},  // and so in all hidden layers`,
                'The slope of a ReLU is 1 wherever it is active, so the product does not shrink.',
              ),
            ]
          : []),
        batchNorm,
        remedy(
          'reinitialize-weights',
          `${layerCode(view.layer, { kernelInitializer: 'heNormal' })},  // or fewer layers: ${Math.max(2, Math.round(stages.length / 3))} instead of ${stages.length}`,
          'Kernels of the right size, and fewer factors, keep the product near 1.',
        ),
      ],
    },
  ];
}
