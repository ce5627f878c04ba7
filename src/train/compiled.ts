import { ConfigError, show, suggest } from '../errors.js';
import type { Node } from '../graph/node.js';
import { type Shape, sizeOf } from '../graph/shape.js';
import { Variable } from '../graph/variable.js';
import type { Layer, Weight } from '../layers/layer.js';
import { losses } from '../losses/index.js';
import type { Loss, LossFunction } from '../losses/loss.js';
import { checkRoom, type MetricLike, resolveMetrics } from '../metrics/index.js';
import type { Metric } from '../metrics/metric.js';
import { type OptimizerName, resolveOptimizer } from '../optimizers/index.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Executor } from '../runtime/executor.js';
import { checkConfig } from '../settings.js';
import { cellsOf, type Gauge, gaugesFor } from './gauges.js';
import { Cells, type ParameterRun, type StepParts, type Trained } from './steps.js';

export type LossName = keyof typeof losses;

export interface CompileOptions {
  /** A name or an object of `optimizers`. Default 'rmsprop', as in Keras. */
  optimizer?: OptimizerName | Optimizer;
  /** A name, an object of `losses`, or a function of symbolic ops. */
  loss: LossName | Loss | LossFunction;
  /** Names ('accuracy', ...), objects of `metrics`, or functions of symbolic ops. */
  metrics?: readonly MetricLike[];
}

/** Finds misspelt names at once, even when the model is not built yet. */
export function checkCompileOptions(options: CompileOptions): void {
  checkConfig('compile', options, ['optimizer', 'loss', 'metrics']);
  resolveOptimizer(options.optimizer ?? 'rmsprop');
  resolveLoss(options.loss);
  resolveMetrics(options.metrics ?? []);
}

function resolveLoss(like: CompileOptions['loss']): Loss | LossFunction {
  const called = Object.entries(losses).find(([, make]) => make === (like as unknown));
  if (called)
    throw new ConfigError(`compile: the loss is the function ${called[0]}; call it: losses.${called[0]}().`);
  if (typeof like === 'function') return like;
  if (typeof like === 'object' && like !== null && typeof like.call === 'function') {
    checkRoom('a loss', like, ['losses']);
    if (typeof like.targetShape === 'function') return like;
    throw new ConfigError(
      'compile: a loss of your own is a function of yTrue and yPred, or an object that has targetShape besides call.',
    );
  }
  if (typeof like === 'string' && Object.hasOwn(losses, like)) return losses[like]();
  throw new ConfigError(`compile: there is no loss ${show(like)}. ${suggest(like, Object.keys(losses))}`);
}

/** The part of a model that is compiled. */
interface Compilable {
  readonly layers: readonly Layer[];
  readonly trainableWeights: readonly Weight[];
  readonly executor: Executor;
}

/** What `compile` settles: optimizer, loss, metrics, and the memory that training needs besides the weights. */
export class Compiled {
  /** May give way to one that differs in its learning rate alone: programs read that from its cell. */
  optimizer: Optimizer;
  /** The library's loss, if it is not a function of the user's. */
  readonly loss: Loss | undefined;
  readonly metrics: readonly Metric[];
  readonly parts: StepParts;
  readonly #blocks: number[] = [];

  constructor({ layers, trainableWeights, executor }: Compilable, options: CompileOptions) {
    const loss = resolveLoss(options.loss);
    this.optimizer = resolveOptimizer(options.optimizer ?? 'rmsprop');
    this.loss = typeof loss === 'function' ? undefined : loss;
    this.metrics = resolveMetrics(options.metrics ?? []);

    try {
      this.parts = this.#allocate(
        layers,
        trainableWeights,
        executor,
        typeof loss === 'function' ? loss : loss.call,
      );
    } catch (error) {
      this.release(executor);
      throw error;
    }
  }

  #allocate(
    layers: readonly Layer[],
    weights: readonly Weight[],
    executor: Executor,
    loss: LossFunction,
  ): StepParts {
    const place = (variables: readonly Variable[], purpose: string): number => {
      const address = executor.place(variables, purpose);
      this.#blocks.push(address);
      return address;
    };
    const { optimizer, metrics } = this;
    const cells = new Cells(metrics.length);
    place(cells.all, 'counters');
    const gradients = weights.map(({ name, shape }) => new Variable(`${name}/gradient`, shape));
    const block = place(gradients, 'gradients');
    const floats = gradients.reduce((sum, { shape }) => sum + padded(shape), 0);
    const slots = optimizer.slots.map((slot) => {
      const variable = new Variable(slot, [floats]);
      place([variable], `the optimizer's ${slot}`);
      return variable;
    });
    const trained = weights.map((weight, i) => ({ weight, gradient: gradients[i] }));
    executor.arena.views.f32[cells.learningRate.address / 4] = optimizer.learningRate;
    const gradientBlock = window('gradients', block, floats);
    return {
      layers,
      cells,
      loss,
      metrics,
      optimizer,
      trained,
      runs: parameterRuns(trained, block, slots),
      gradientBlock,
      threads: executor.threads,
    };
  }

  /** Where the optimizer keeps its `slot` of a weight, if it trains that weight. */
  slotAddress({ address }: Weight, slot: string): number | undefined {
    const run = this.parts.runs.find(
      ({ parameters: { address: start, shape } }) => address >= start && address < start + 4 * sizeOf(shape),
    );
    return run?.slots[slot] && run.slots[slot].address + address - run.parameters.address;
  }

  #gauges: readonly Gauge[] | undefined;

  /** The doctor's gauges, made when it first looks at a step with these outputs of the layers. */
  gauges(executor: Executor, outputs: readonly Node[] = []): readonly Gauge[] {
    if (this.#gauges) return this.#gauges;
    const gauges = gaugesFor(this.parts.layers, outputs, this.parts.trained);
    this.#blocks.push(executor.place(cellsOf(gauges), "the doctor's gauges"));
    this.#gauges = gauges;
    return gauges;
  }

  /** Gives the memory back. */
  release(executor: Executor): void {
    for (const block of this.#blocks) executor.arena.release(block);
  }
}

/** Variables of a block begin at multiples of four floats; the gaps stay 0. */
const padded = (shape: Shape): number => Math.ceil(sizeOf(shape) / 4) * 4;

/** A variable on memory that belongs to others. */
function window(name: string, address: number, floats: number): Variable {
  const variable = new Variable(name, [floats]);
  variable.address = address;
  return variable;
}

/** Trained weights that lie side by side are updated together; frozen ones between them split the run. */
function parameterRuns(
  trained: readonly Trained[],
  block: number,
  slots: readonly Variable[],
): ParameterRun[] {
  const runs: ParameterRun[] = [];
  const distance = ({ weight, gradient }: Trained) => weight.address - gradient.address;
  for (let from = 0; from < trained.length; ) {
    let to = from + 1;
    while (to < trained.length && distance(trained[to]) === distance(trained[from])) to++;
    const first = trained[from];
    const floats = trained.slice(from, to).reduce((sum, { weight }) => sum + padded(weight.shape), 0);
    const offset = first.gradient.address - block;
    runs.push({
      parameters: window('parameters', first.weight.address, floats),
      gradients: window('gradients', first.gradient.address, floats),
      slots: Object.fromEntries(
        slots.map((slot) => [slot.name, window(slot.name, slot.address + offset, floats)]),
      ),
    });
    from = to;
  }
  return runs;
}
