/** The programs that the doctor looks through: a training step, or a forward pass, that also measures. */
import { fuse } from '../compile/fuse.js';
import { plan } from '../compile/plan.js';
import { apply, type Node, reachable } from '../graph/node.js';
import type { Variable } from '../graph/variable.js';
import { offsetOp } from '../ops/scale.js';
import { change, fired, statistics } from '../ops/statistics.js';
import { advance } from '../ops/updates.js';
import { beforeActivation, type Gauge } from './gauges.js';
import { Builder, type Feed, layerOutputs, type Step, type StepParts, trainingGraph } from './steps.js';

/** Makes the gauges from the layers' outputs, once for a model. */
export type MakeGauges = (outputs: readonly Node[]) => readonly Gauge[];

/**
 * A training step with gauges. The step itself is fused first and the gauges are put on what is left, so
 * that its arithmetic is the same to the last bit, whether it is measured or not.
 */
export function sampleStep(parts: StepParts, feed: Feed, batch: number, makeGauges: MakeGauges): Step {
  // A gradient that training does not need is not computed for the doctor either.
  let learning: readonly number[] = [];
  const graph = trainingGraph(parts, feed, batch, (outputs) => {
    const dependent = dependents(outputs, new Set(parts.trained.map(({ weight }) => weight)));
    const sums = outputs.map(beforeActivation);
    learning = sums.flatMap(({ id }, index) => (dependent.has(id) ? [index] : []));
    return learning.map((index) => sums[index]);
  });
  const { computed, updates, ends, outputs, builder, gradients } = graph;
  const gauges = makeGauges(outputs);
  const roots = [...computed, ...updates, ...ends];
  const fused = fuse(roots);
  const kept = new Map(reachable(fused).map((node) => [node.id, node]));
  const before: Node[] = [];
  const after: Node[] = [];
  for (const { index, weights, ofOutput, ofSignal, fired: counts, flat } of gauges) {
    const output = kept.get(outputs[index].id);
    if (output) before.push(statistics(output, builder.weight(ofOutput), flat?.center, flat?.radius));
    if (output && counts) before.push(fired(output, builder.weight(counts)));
    const signal = kept.get(gradients[learning.indexOf(index)]?.id);
    if (signal) before.push(statistics(signal, builder.weight(ofSignal)));
    for (const { weight, gradient, ofGradient, ofMovement } of weights) {
      const node = builder.weight(weight);
      before.push(statistics(builder.weight(gradient), builder.weight(ofGradient)));
      after.push(change(node, copy(node), builder.weight(ofMovement)));
    }
  }
  const [first, second] = [computed.length, computed.length + updates.length];
  const effects = [
    ...fused.slice(0, first),
    ...before,
    ...fused.slice(first, second),
    ...after,
    ...fused.slice(second),
  ];
  return { plan: plan(effects, { threads: parts.threads }), roots, outputs: [] };
}

/** A forward pass as in training, with gauges on the outputs and nothing changed: for a look at more of the data. */
export function inspectStep(parts: StepParts, feed: Feed, batch: number, makeGauges: MakeGauges): Step {
  const builder = new Builder(parts.cells, true);
  const { x, y } = builder.batch(feed, batch);
  const outputs = layerOutputs(parts.layers, x, builder);
  const scores = builder.score(parts, y, outputs[outputs.length - 1]);
  const effects = makeGauges(outputs).flatMap(({ index, ofOutput, fired: counts, flat }) => [
    statistics(outputs[index], builder.weight(ofOutput), flat?.center, flat?.radius),
    ...(counts ? [fired(outputs[index], builder.weight(counts))] : []),
  ]);
  const roots = [
    ...builder.totals(scores, batch),
    ...effects,
    advance(builder.weight(parts.cells.cursor), batch),
  ];
  return { plan: plan(fuse(roots), { threads: parts.threads }), roots, outputs: [] };
}

/** The value in memory of its own: what a variable holds before effects change it. */
const copy = (x: Node): Node => apply(offsetOp, [x], { alpha: 0 });

/** The ids of all nodes that depend on one of the variables. */
function dependents(roots: readonly Node[], variables: ReadonlySet<Variable>): Set<number> {
  const found = new Set<number>();
  for (const node of reachable(roots)) {
    if (variables.has(node.attributes.variable) || node.inputs.some(({ id }) => found.has(id)))
      found.add(node.id);
  }
  return found;
}
