/** A model as far as its graph shows it: what each layer gives, and in which range. Nothing is run. */
import type { Node } from '../graph/node.js';
import type { Shape } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import type { CallContext, Layer } from '../layers/layer.js';
import { placeholder, variable } from '../ops/leaf.js';
import { activationOf, type Patient } from './patient.js';
import { type Range, rangeOf } from './range.js';

export interface Stage {
  readonly layer: Layer;
  /** The op whose result the layer gives: 'relu', 'sigmoid', 'add' for a dense layer without activation, ... */
  readonly activation: string;
  /** The shape of one example of its output. */
  readonly shape: Shape;
}

export interface Anatomy {
  readonly stages: readonly Stage[];
  /** The values that the last layer's output can take at all. */
  readonly range: Range;
}

/** The forward pass on a batch: the same that training differentiates, but without dropout, which is noise here. */
export function forward(
  patient: Patient,
  batch: number,
): { input: Node; outputs: Node[]; weight: (storage: Variable) => Node } {
  const { cells } = patient.compiled('diagnose').parts;
  const nodes = new Map<Variable, Node>();
  const weight = (storage: Variable): Node => {
    const known = nodes.get(storage) ?? variable(storage);
    nodes.set(storage, known);
    return known;
  };
  let stream = 0;
  const random = () => ({ seed: weight(cells.seed), step: weight(cells.iterations), stream: stream++ });
  const context: CallContext = { training: true, weight, random, update: () => {} };
  const input = placeholder('x', [batch, ...patient.inputShape]);
  const outputs: Node[] = [];
  for (const layer of patient.layers) {
    const given = outputs[outputs.length - 1] ?? input;
    outputs.push(layer.call(given, layer.kind === 'dropout' ? { ...context, training: false } : context));
  }
  return { input, outputs, weight };
}

/** The stages that outputs on a batch show. */
export const stagesOf = ({ layers }: Patient, outputs: readonly Node[]): Stage[] =>
  layers.map((layer, i) => ({
    layer,
    activation: activationOf(outputs[i]).op.name,
    shape: outputs[i].shape.slice(1),
  }));

export function anatomy(patient: Patient): Anatomy {
  const { outputs } = forward(patient, 2);
  return { stages: stagesOf(patient, outputs), range: rangeOf(outputs[outputs.length - 1]) };
}
