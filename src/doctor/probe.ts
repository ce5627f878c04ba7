/** One batch through the real engine, forward and backward, with a look at every layer. Nothing is updated. */
import { differentiate } from '../compile/differentiate.js';
import { plan } from '../compile/plan.js';
import type { Node } from '../graph/node.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import type { CallContext, Layer, Weight } from '../layers/layer.js';
import { placeholder, variable } from '../ops/leaf.js';
import { mean } from '../ops/sum.js';
import { activationOf, type Data, type Patient } from './patient.js';
import { type Range, rangeOf } from './range.js';

/** What a layer did with the batch. */
export interface LayerView {
  readonly layer: Layer;
  /** The op whose result the layer gives: 'relu', 'sigmoid', 'add' for a dense layer without activation, ... */
  readonly activation: string;
  /** The shape of one example. */
  readonly shape: Shape;
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
  /** The values that the last layer's output can take at all. */
  readonly range: Range;
}

/** The graph of one look: the same that training differentiates, but without dropout, which is noise here. */
function graphOf(patient: Patient, { x, y }: Data) {
  const { loss, cells } = patient.compiled('diagnose').parts;
  const input = placeholder('x', [x.count, ...x.shape]);
  const targets = placeholder('y', [y.count, ...y.shape]);
  const nodes = new Map<Variable, Node>();
  const weight = (storage: Variable): Node => {
    const known = nodes.get(storage) ?? variable(storage);
    nodes.set(storage, known);
    return known;
  };
  let stream = 0;
  const random = () => ({ seed: weight(cells.seed), step: weight(cells.iterations), stream: stream++ });
  const context: CallContext = { training: true, weight, random, update: () => {} };
  const outputs: Node[] = [];
  let value = input;
  for (const layer of patient.layers) {
    value = layer.call(value, layer.kind === 'dropout' ? { ...context, training: false } : context);
    outputs.push(value);
  }
  const total = mean(loss(targets, value));
  const trained = patient.trainableWeights;
  const gradients = differentiate(total, [...outputs, ...trained.map(weight)]);
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
  const { executor, layers } = patient;
  const graph = graphOf(patient, data);
  const wanted = [graph.total, ...graph.outputs, ...graph.layerGradients, ...graph.weightGradients];
  const loaded = executor.load(plan([], { outputs: [graph.input, ...new Set(wanted)] }));
  try {
    executor.view(loaded, graph.input).set(data.x.data);
    executor.view(loaded, graph.targets).set(data.y.data);
    executor.run(loaded);
    const read = (node: Node): Float32Array => executor.view(loaded, node).slice();
    const outputs = graph.outputs.map(read);
    return {
      count: data.x.count,
      loss: read(graph.total)[0],
      layers: layers.map((layer, i) => ({
        layer,
        activation: activationOf(graph.outputs[i]).op.name,
        shape: graph.outputs[i].shape.slice(1),
        input: i === 0 ? Float32Array.from(data.x.data) : outputs[i - 1],
        output: outputs[i],
        gradient: read(graph.layerGradients[i]),
      })),
      gradients: new Map(
        patient.trainableWeights.map((weight, i) => [weight, read(graph.weightGradients[i])]),
      ),
      range: rangeOf(graph.outputs[graph.outputs.length - 1]),
    };
  } finally {
    executor.unload(loaded);
  }
}

/** Examples to look at: enough for shares of units, few enough to stay small in memory. */
export function probeSize(patient: Patient, most: number): number {
  const widest = Math.max(
    sizeOf(patient.inputShape),
    ...patient.weights.map(({ shape }) => shape[shape.length - 1] ?? 1),
  );
  return Math.max(32, Math.min(most, Math.floor(4e6 / widest)));
}
