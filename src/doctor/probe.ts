/** One batch through the real engine, forward and backward, with a look at every layer. Nothing is updated. */
import { differentiate } from '../compile/differentiate.js';
import { plan } from '../compile/plan.js';
import type { Node } from '../graph/node.js';
import { sizeOf } from '../graph/shape.js';
import type { Weight } from '../layers/layer.js';
import { placeholder } from '../ops/leaf.js';
import { mean } from '../ops/sum.js';
import { forward, type Stage, stagesOf } from './anatomy.js';
import type { Data, Patient } from './patient.js';

/** What a layer did with the batch. */
export interface LayerView extends Stage {
  /** What the layer was given, and what it made of it; one example after the other. */
  readonly input: Float32Array;
  readonly output: Float32Array;
  /** dLoss/dOutput. */
  readonly gradient: Float32Array;
}

export interface Probe {
  readonly count: number;
  readonly loss: number;
  readonly layers: readonly LayerView[];
  /** dLoss/dWeight of the trainable weights. */
  readonly gradients: ReadonlyMap<Weight, Float32Array>;
}

/** The graph of one look. */
function graphOf(patient: Patient, { x, y }: Data) {
  const { loss } = patient.compiled('diagnose').parts;
  const { input, outputs, weight } = forward(patient, x.count);
  const targets = placeholder('y', [y.count, ...y.shape]);
  const total = mean(loss(targets, outputs[outputs.length - 1]));
  const gradients = differentiate(total, [...outputs, ...patient.trainableWeights.map(weight)]);
  return {
    input,
    targets,
    outputs,
    total,
    layerGradients: gradients.slice(0, outputs.length),
    weightGradients: gradients.slice(outputs.length),
  };
}

export function probe(patient: Patient, data: Data): Probe {
  const graph = graphOf(patient, data);
  const wanted = [graph.total, ...graph.outputs, ...graph.layerGradients, ...graph.weightGradients];
  const given = [
    [graph.input, data.x.data],
    [graph.targets, data.y.data],
  ] as const;
  return look(patient, given, wanted, (read) => {
    const outputs = graph.outputs.map(read);
    return {
      count: data.x.count,
      loss: read(graph.total)[0],
      layers: stagesOf(patient, graph.outputs).map((stage, i) => ({
        ...stage,
        input: i === 0 ? new Float32Array(data.x.data) : outputs[i - 1],
        output: outputs[i],
        gradient: read(graph.layerGradients[i]),
      })),
      gradients: new Map(
        patient.trainableWeights.map((weight, i) => [weight, read(graph.weightGradients[i])]),
      ),
    };
  });
}

/** What reaches a layer: the examples themselves, or what the layers before make of them. */
export function arriving(patient: Patient, { x }: Data, at: number): Float32Array {
  if (at === 0) return new Float32Array(x.data);
  const { input, outputs } = forward(patient, x.count);
  return look(patient, [[input, x.data]], [outputs[at - 1]], (read) => read(outputs[at - 1]));
}

/** Runs a graph once and reads values of it. */
function look<T>(
  { executor }: Patient,
  given: readonly (readonly [Node, ArrayLike<number>])[],
  wanted: readonly Node[],
  read: (value: (node: Node) => Float32Array) => T,
): T {
  const loaded = executor.load(
    plan([], { outputs: [...new Set([...given.map(([node]) => node), ...wanted])] }),
  );
  try {
    for (const [node, values] of given) executor.view(loaded, node).set(values);
    executor.run(loaded);
    return read((node) => executor.view(loaded, node).slice());
  } finally {
    executor.unload(loaded);
  }
}

/** Numbers that a layer gives for all examples together, and multiplications forward: so many take little memory and 20 ms. */
const [NUMBERS, PRODUCTS] = [4e6, 1e8];

/** Examples to look at: enough for shares of units, few enough for one go. */
export function probeSize(patient: Patient, most: number): number {
  const widest = Math.max(
    sizeOf(patient.inputShape),
    ...patient.weights.map(({ shape }) => shape[shape.length - 1] ?? 1),
  );
  const products = patient.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 1);
  return Math.max(32, Math.min(most, Math.floor(NUMBERS / widest), Math.floor(PRODUCTS / products)));
}
