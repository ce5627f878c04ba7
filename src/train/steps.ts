/** The programs of a model: one training step, one evaluation step, one prediction, for a batch size. */
import type { Storage } from '../../assembly/opcodes.js';
import { differentiate } from '../compile/differentiate.js';
import { fuse } from '../compile/fuse.js';
import { type Plan, plan } from '../compile/plan.js';
import { ConfigError, ShapeError, show } from '../errors.js';
import { isNode, type Node, reachable } from '../graph/node.js';
import { type Shape, showShape } from '../graph/shape.js';
import { Variable } from '../graph/variable.js';
import type { CallContext, Layer } from '../layers/layer.js';
import type { LossFunction } from '../losses/loss.js';
import type { Metric } from '../metrics/metric.js';
import { gather, gatherOp } from '../ops/gather.js';
import { placeholder, placeholderOp, variable } from '../ops/leaf.js';
import { mean } from '../ops/sum.js';
import { accumulate, advance, clipNorm, clipValue, lap, store } from '../ops/updates.js';
import type { Optimizer } from '../optimizers/optimizer.js';

/** Epochs that can run in one go. */
export const MOST_LAPS = 1024;

/** Counters and addresses that programs and host share; one set a model. */
export class Cells {
  readonly xTable = new Variable('xTable', [], 'u32');
  readonly yTable = new Variable('yTable', [], 'u32');
  readonly index = new Variable('index', [], 'u32');
  readonly cursor = new Variable('cursor', [], 'u32');
  readonly seed = new Variable('seed', [], 'u32');
  readonly iterations = new Variable('iterations', [], 'u32');
  readonly learningRate = new Variable('learningRate', []);
  /** Sums over the examples since the last rewind: the loss, then the metrics. */
  readonly totals: Variable;
  /** Step and length of the running lap, and the row of the log that it will fill. */
  readonly lap = new Variable('lap', [3], 'u32');
  /** The totals of each lap, an epoch when several run in one go. */
  readonly log: Variable;

  constructor(metrics: number) {
    this.totals = new Variable('totals', [1 + metrics], 'f64');
    this.log = new Variable('log', [MOST_LAPS, 1 + metrics], 'f64');
  }

  get all(): Variable[] {
    return Object.values({ ...this });
  }
}

/** Where the trained weights, their gradients and the optimizer's state are: runs of equal layout. */
export interface ParameterRun {
  readonly parameters: Variable;
  readonly gradients: Variable;
  readonly slots: Readonly<Record<string, Variable>>;
}

/** A weight and the storage of its gradient. */
export interface Trained {
  readonly weight: Variable;
  readonly gradient: Variable;
}

/** How examples are stored in the arena. */
export interface Feed {
  readonly xShape: Shape;
  readonly xStorage: Storage;
  readonly yShape: Shape;
  readonly yStorage: Storage;
  /** The above as one word, to tell programs apart. */
  readonly key: string;
}

/** Everything that a step's graph is made from. */
export interface StepParts {
  readonly layers: readonly Layer[];
  readonly cells: Cells;
  readonly loss: LossFunction;
  readonly metrics: readonly Metric[];
  readonly optimizer: Optimizer;
  readonly trained: readonly Trained[];
  readonly runs: readonly ParameterRun[];
  /** All of the gradients, side by side. */
  readonly gradientBlock: Variable;
  /** Threads that programs may use, where they are worth it. */
  readonly threads: number;
}

export interface Step {
  readonly plan: Plan;
  /** The nodes before fusion, for listings. */
  readonly roots: readonly Node[];
  readonly outputs: readonly Node[];
}

/** Builds graph nodes for one program; each variable has one node in it. */
export class Builder implements CallContext {
  readonly updates: Node[] = [];
  /** The step's inputs: no others may be read. */
  readonly own: Node[] = [];
  readonly #nodes = new Map<Variable, Node>();
  #stream = 0;

  constructor(
    readonly cells: Cells,
    readonly training: boolean,
  ) {}

  weight = (weight: Variable): Node => {
    const known = this.#nodes.get(weight);
    if (known) return known;
    const node = variable(weight);
    this.#nodes.set(weight, node);
    return node;
  };

  update = (effect: Node): void => {
    if (this.training) this.updates.push(effect);
  };

  random = () => ({
    seed: this.weight(this.cells.seed),
    step: this.weight(this.cells.iterations),
    stream: this.#stream++,
  });

  /** The batch that the cursor points at, x and y. */
  batch(feed: Feed, batch: number): { x: Node; y: Node } {
    const { xTable, yTable, index, cursor } = this.cells;
    const rows = [index, cursor].map(this.weight);
    const [x, y] = [
      { table: xTable, shape: feed.xShape, storage: feed.xStorage },
      { table: yTable, shape: feed.yShape, storage: feed.yStorage },
    ].map(({ table, shape, storage }) =>
      gather(this.weight(table), rows[0], rows[1], { batch, shape, storage }),
    );
    this.own.push(x, y);
    return { x, y };
  }

  /** The loss as one number, and the metrics' means. */
  score({ loss, metrics }: StepParts, yTrue: Node, yPred: Node): { loss: Node; metrics: Node[] } {
    const checked = (what: string, value: unknown): Node => {
      if (isNode(value)) return mean(value);
      throw new ConfigError(
        `${what} returned ${show(value)}; it must return a value made by ops, such as ops.mean(ops.square(ops.sub(yTrue, yPred))).`,
      );
    };
    return {
      loss: checked('the loss function', loss(yTrue, yPred)),
      metrics: metrics.map((metric) => checked(`the metric ${metric.name}`, metric.call(yTrue, yPred))),
    };
  }

  /** Effects that add this batch to the epoch's totals. Means are weighted by their number of examples. */
  totals(scores: { loss: Node; metrics: Node[] }, batch: number): Node[] {
    const totals = this.weight(this.cells.totals);
    return [scores.loss, ...scores.metrics].map((value, slot) => accumulate(value, totals, batch, slot));
  }
}

/** The shape of one example after a layer, found by applying it to a symbolic batch. */
export function shapeAfter(layer: Layer, shape: Shape): Shape {
  const batch = 2;
  const y: unknown = layer.call(placeholder('x', [batch, ...shape]), new Builder(new Cells(0), false));
  if (!isNode(y))
    throw new ConfigError(`${layer.name}: its call returned ${show(y)}; it must return a value made by ops.`);
  if (y.shape[0] !== batch)
    throw new ShapeError(
      `${layer.name}: its output has shape ${showShape(y.shape)}; the first axis must stay the batch.`,
    );
  return y.shape.slice(1);
}

/** The output of each layer, the model's last. */
export function layerOutputs(layers: readonly Layer[], x: Node, context: CallContext): Node[] {
  const outputs: Node[] = [];
  for (const layer of layers) outputs.push(layer.call(outputs[outputs.length - 1] ?? x, context));
  return outputs;
}

function applyLayers(layers: readonly Layer[], x: Node, context: CallContext): Node {
  return layers.reduce((value, layer) => layer.call(value, context), x);
}

/** Gradients of the loss into their storage: what training and `gradients` have in common. */
function backward(
  builder: Builder,
  { trained }: StepParts,
  loss: Node,
  alsoTo: readonly Node[] = [],
): { stores: Node[]; others: Node[] } {
  const weights = trained.map(({ weight }) => builder.weight(weight));
  const gradients = differentiate(loss, [...weights, ...alsoTo]);
  const stores = weights.map((_, i) => store(gradients[i], builder.weight(trained[i].gradient)));
  return { stores, others: gradients.slice(weights.length) };
}

/** The effects of a training step, in the order in which they run, and what the doctor looks at. */
export interface TrainingGraph {
  readonly builder: Builder;
  /** Totals, running statistics, gradients. */
  readonly computed: readonly Node[];
  /** Clipping and the optimizer. */
  readonly updates: readonly Node[];
  readonly ends: readonly Node[];
  readonly outputs: readonly Node[];
  /** Gradients of the loss to the values that `alsoTo` chose. */
  readonly gradients: readonly Node[];
}

/** gather → forward → loss and metrics → backward → clip → update. */
export function trainingGraph(
  parts: StepParts,
  feed: Feed,
  batch: number,
  alsoTo: (outputs: readonly Node[]) => readonly Node[] = () => [],
): TrainingGraph {
  const { layers, cells, optimizer, runs } = parts;
  const builder = new Builder(cells, true);
  const { x, y } = builder.batch(feed, batch);
  const outputs = layerOutputs(layers, x, builder);
  const scores = builder.score(parts, y, outputs[outputs.length - 1]);
  const node = builder.weight;
  const totals = builder.totals(scores, batch);
  const { stores, others } = backward(builder, parts, scores.loss, alsoTo(outputs));
  const updates = runs.map(({ parameters, gradients, slots }) =>
    optimizer.update({
      parameters: node(parameters),
      gradients: node(gradients),
      learningRate: node(cells.learningRate),
      iterations: node(cells.iterations),
      slots: Object.fromEntries(Object.entries(slots).map(([name, slot]) => [name, node(slot)])),
    }),
  );
  return {
    builder,
    computed: [...totals, ...builder.updates, ...stores],
    updates: [...clips(parts, node), ...updates],
    ends: [
      advance(node(cells.cursor), batch),
      advance(node(cells.iterations), 1),
      lap(node(cells.lap), node(cells.totals), node(cells.log)),
    ],
    outputs,
    gradients: others,
  };
}

export function trainStep(parts: StepParts, feed: Feed, batch: number): Step {
  const { builder, computed, updates, ends } = trainingGraph(parts, feed, batch);
  return finish([...computed, ...updates, ...ends], [], parts.threads, builder.own);
}

function clips({ optimizer, trained, gradientBlock }: StepParts, node: (variable: Variable) => Node): Node[] {
  const { clipnorm, clipvalue, globalClipnorm } = optimizer.config;
  if (clipnorm !== undefined) return trained.map(({ gradient }) => clipNorm(node(gradient), clipnorm));
  if (clipvalue !== undefined) return [clipValue(node(gradientBlock), clipvalue)];
  if (globalClipnorm !== undefined) return [clipNorm(node(gradientBlock), globalClipnorm)];
  return [];
}

/** The same forward pass and gradients, without any update. */
export function gradientStep(parts: StepParts, feed: Feed, batch: number): Step {
  const builder = new Builder(parts.cells, true);
  const { x, y } = builder.batch(feed, batch);
  const { loss } = builder.score(parts, y, applyLayers(parts.layers, x, builder));
  return finish(backward(builder, parts, loss).stores, [], parts.threads, builder.own);
}

export function evaluateStep(parts: StepParts, feed: Feed, batch: number): Step {
  const builder = new Builder(parts.cells, false);
  const { x, y } = builder.batch(feed, batch);
  const scores = builder.score(parts, y, applyLayers(parts.layers, x, builder));
  return finish(
    [...builder.totals(scores, batch), advance(builder.weight(parts.cells.cursor), batch)],
    [],
    parts.threads,
    builder.own,
  );
}

/** Inputs are written by the host, outputs read by it. */
export function predictStep(
  layers: readonly Layer[],
  cells: Cells,
  inputShape: Shape,
  batch: number,
  threads: number,
): Step & { input: Node } {
  const builder = new Builder(cells, false);
  const input = placeholder('x', [batch, ...inputShape]);
  return { ...finish([], [applyLayers(layers, input, builder)], threads, [input]), input };
}

function finish(effects: Node[], outputs: Node[], threads: number, own: readonly Node[]): Step {
  const roots = [...effects, ...outputs];
  for (const leaf of reachable(roots)) {
    if ((leaf.op === placeholderOp || leaf.op === gatherOp) && !own.includes(leaf)) {
      throw new ConfigError(
        'a function of the model uses a symbolic value of an earlier call. Compute with the values that it is given ' +
          'each time, and keep none for later.',
      );
    }
  }
  const fused = fuse(roots);
  const keep = fused.slice(effects.length);
  return { plan: plan(fused.slice(0, effects.length), { outputs: keep, threads }), roots, outputs: keep };
}
