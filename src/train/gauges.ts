/** The doctor's instruments: cells that a sampled step measures into, and what they say. */
import { Measure, Movement } from '../../assembly/opcodes.js';
import type { LayerFacts, LayerSample } from '../doctor/vitals.js';
import type { Node } from '../graph/node.js';
import { rootOf } from '../graph/node.js';
import { Variable } from '../graph/variable.js';
import type { Layer } from '../layers/layer.js';
import { CELLS } from '../ops/statistics.js';
import type { UnaryOp } from '../ops/unary.js';
import type { Arena } from '../runtime/arena.js';
import type { Trained } from './steps.js';

/** A weight and the cells of its gradient and of its movement. */
interface WeightGauge extends Trained {
  readonly ofGradient: Variable;
  readonly ofMovement: Variable;
}

export interface Gauge {
  readonly facts: LayerFacts;
  /** Its place in the model. */
  readonly index: number;
  readonly weights: readonly WeightGauge[];
  readonly ofOutput: Variable;
  readonly ofSignal: Variable;
  /** For each unit of a layer that can die, how often it fired. */
  readonly fired?: Variable;
  /** Where the activation is flat: farther than `radius` from `center`. */
  readonly flat?: { readonly center: number; readonly radius: number };
}

/**
 * Beyond these an activation's slope is below 1/38 of its largest: |x| ≥ 5 for the sigmoid, and the same
 * point of the same curve, |x| ≥ 2.5, for tanh.
 */
const flatBeyond: Readonly<Record<string, { center: number; radius: number }>> = {
  sigmoid: { center: 0.5, radius: 0.4933 },
  tanh: { center: 0, radius: 0.9866 },
  softsign: { center: 0, radius: 0.839 },
  hardSigmoid: { center: 0.5, radius: 0.4999 },
};
const canDie = new Set(['relu', 'relu6']);
/** Functions that stand for an activation layer of their own. */
const notActivations = new Set(['linear', 'scale', 'offset', 'neg']);

const functionOf = ({ op }: Node): UnaryOp['function'] | undefined => (op as Partial<UnaryOp>).function;

/** The sum that a layer's activation is applied to; its output where it has none. */
export function beforeActivation(output: Node): Node {
  const made = rootOf(output);
  const isActivation =
    (functionOf(made) && !notActivations.has(made.op.name)) || /softmax$/i.test(made.op.name);
  return isActivation ? made.inputs[0] : made;
}

/** One gauge for each layer that has trained weights or an activation. */
export function gaugesFor(
  layers: readonly Layer[],
  outputs: readonly Node[],
  trained: readonly Trained[],
): Gauge[] {
  const cells = (name: string) => new Variable(name, [CELLS], 'f64');
  return outputs.flatMap((output, index): Gauge[] => {
    const layer = layers[index];
    const own = new Set<Variable>(layer.weights);
    const weights = trained.filter(({ weight }) => own.has(weight));
    const made = rootOf(output);
    const activation = made.op.name;
    const isOutput = index === layers.length - 1;
    if (weights.length === 0 && beforeActivation(output) === made && !isOutput) return [];
    if (index > 0 && rootOf(outputs[index - 1]) === made) return [];
    const units = output.shape[output.shape.length - 1] ?? 1;
    const { name, kind } = layer;
    return [
      {
        facts: { name, kind, activation, units, trained: weights.length > 0, isOutput },
        index,
        weights: weights.map((pair) => ({
          ...pair,
          ofGradient: cells('gradient'),
          ofMovement: cells('movement'),
        })),
        ofOutput: cells('output'),
        ofSignal: cells('signal'),
        fired: canDie.has(activation) ? new Variable('fired', [units], 'u32') : undefined,
        flat: flatBeyond[activation],
      },
    ];
  });
}

export const cellsOf = (gauges: readonly Gauge[]): Variable[] =>
  gauges.flatMap(({ weights, ofOutput, ofSignal, fired }) => [
    ...weights.flatMap(({ ofGradient, ofMovement }) => [ofGradient, ofMovement]),
    ofOutput,
    ofSignal,
    ...(fired ? [fired] : []),
  ]);

/** What the gauges say after a sampled step of `batch` examples. */
export function readGauges(
  gauges: readonly Gauge[],
  { views: { f64, u32 } }: Arena,
  batch: number,
): LayerSample[] {
  const at = ({ address }: Variable, field: number): number => f64[address / 8 + field];
  return gauges.map(({ weights, ofOutput, ofSignal, fired }) => {
    const kernels = weights.filter(({ weight }) => weight.shape.length >= 2);
    const moved = kernels.length > 0 ? kernels : weights;
    const gradient = { squares: 0, most: 0, nonFinite: 0 };
    for (const { ofGradient } of weights) {
      gradient.squares += at(ofGradient, Measure.Squares);
      gradient.most = Math.max(gradient.most, at(ofGradient, Measure.Most), -at(ofGradient, Measure.Least));
      gradient.nonFinite += at(ofGradient, Measure.NonFinite);
    }
    const movement = { squares: 0, before: 0, most: 0, nonFinite: 0 };
    for (const { ofMovement } of weights) movement.nonFinite += at(ofMovement, Movement.NonFinite);
    for (const { ofMovement } of moved) {
      movement.squares += at(ofMovement, Movement.Squares);
      movement.before += at(ofMovement, Movement.BeforeSquares);
      movement.most = Math.max(movement.most, at(ofMovement, Movement.BeforeMost));
    }
    const n = at(ofOutput, Measure.Count);
    const finite = n - at(ofOutput, Measure.NonFinite);
    const mean = at(ofOutput, Measure.Sum) / finite;
    const none = Number.NaN;
    let silent = none;
    if (fired) {
      const units = fired.shape[0];
      silent = 0;
      for (let i = 0; i < units; i++) if (u32[fired.address / 4 + i] === 0) silent++;
    }
    const hasWeights = weights.length > 0;
    return {
      gradientNorm: hasWeights ? Math.sqrt(gradient.squares) : none,
      gradientMost: hasWeights ? gradient.most : none,
      weightNorm: hasWeights ? Math.sqrt(movement.before) : none,
      weightMost: hasWeights ? movement.most : none,
      updateRatio: hasWeights ? Math.sqrt(movement.squares / movement.before) : none,
      mean,
      std: Math.sqrt(Math.max(0, at(ofOutput, Measure.Squares) / finite - mean * mean)),
      least: at(ofOutput, Measure.Least),
      most: at(ofOutput, Measure.Most),
      saturated: at(ofOutput, Measure.Beyond) / n,
      zeros: at(ofOutput, Measure.Zeros) / n,
      dead: fired ? silent / fired.shape[0] : none,
      signal: Math.sqrt(at(ofSignal, Measure.Squares) / at(ofSignal, Measure.Count)) * batch,
      nonFinite: {
        gradient: gradient.nonFinite,
        weight: movement.nonFinite,
        output: at(ofOutput, Measure.NonFinite),
        signal: at(ofSignal, Measure.NonFinite),
      },
    };
  });
}
