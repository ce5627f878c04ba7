// Users whose TypeScript does not know Symbol.dispose get it with the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

import { checkPath, type FilePath, readFile, writeFile } from '../data/files.js';
import { type Tensor, type TensorLike, tensor, tensorFrom } from '../data/tensor.js';
import { ConfigError, MemoryError, ShapeError, StateError, show } from '../errors.js';
import { type Shape, sameShape, showShape, sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import { checkConfig, Layer, type Weight } from '../layers/layer.js';
import { words } from '../ops/philox.js';
import { Executor, type Loaded } from '../runtime/executor.js';
import { Compiled, type CompileOptions, checkCompileOptions } from './compiled.js';
import { checkCounts, type Examples, examples, targets } from './data.js';
import { type EvaluateOptions, evaluate } from './evaluate.js';
import { type FitOptions, fit } from './fit.js';
import type { History } from './history.js';
import { type Listing, listing } from './listing.js';
import { Pass } from './pass.js';
import { inspectStep, type MakeGauges, sampleStep } from './sampling.js';
import { loadWeights, toSafetensors } from './saving.js';
import {
  Cells,
  evaluateStep,
  type Feed,
  gradientStep,
  predictStep,
  type Step,
  shapeAfter,
  trainStep,
} from './steps.js';
import { summary } from './summary.js';

export interface SequentialConfig {
  layers?: readonly Layer[];
  name?: string;
  /** Draws the first weights, and, where fit is given no seed, batches and dropout. Default 0: the same program gives the same bits. */
  seed?: number;
}

export interface PredictOptions {
  batchSize?: number;
}

/** What a program does with a batch: the last two are training steps and forward passes that the doctor looks at. */
export type StepKind = 'train' | 'evaluate' | 'gradients' | 'sample' | 'inspect';

/** A program in the arena and what made it. */
export interface LoadedStep extends Step {
  readonly loaded: Loaded;
}

/** A stack of layers, each fed with the output of the one before. */
export class Sequential {
  readonly name: string;
  readonly seed: number;
  readonly layers: Layer[] = [];
  /** Set by callbacks to end fit after the current epoch. */
  stopTraining = false;
  #executor: Executor | undefined;
  #inputShape: Shape | undefined;
  #outputShape: Shape | undefined;
  #compileOptions: CompileOptions | undefined;
  #compiled: Compiled | undefined;
  /** Programs by what they do and for which batch; the newest last. */
  readonly #programs = new Map<string, LoadedStep>();
  /** What the model is doing, so that two trainings don't mix. */
  #busy: string | undefined;
  /** Epochs trained so far: each has its own order of examples. */
  epochsTrained = 0;

  constructor(config: SequentialConfig = {}) {
    checkConfig('sequential', config, ['layers', 'name', 'seed']);
    this.name = config.name ?? 'sequential';
    this.seed = config.seed ?? 0;
    if (!Number.isInteger(this.seed))
      throw new ConfigError(`sequential: seed is ${show(config.seed)}; expected a whole number.`);
    for (const layer of config.layers ?? []) this.add(layer);
    if (this.layers[0]?.inputShape) this.build(this.layers[0].inputShape);
  }

  /** Appends a layer. */
  add(layer: Layer): this {
    if (!(layer instanceof Layer)) {
      throw new ConfigError(
        `sequential: ${show(layer)} is not a layer; expected one made by layers.dense(...) and the like.`,
      );
    }
    if (this.#executor)
      throw new StateError(`${this.name} is built already; give all layers before the first use.`);
    if (this.layers.includes(layer) || layer.built) {
      throw new ConfigError(
        `sequential: the layer ${layer.name || layer.kind} is used twice; make a layer for each place.`,
      );
    }
    if (!layer.name) {
      const same = this.layers.filter(({ kind }) => kind === layer.kind).length;
      layer.name = same === 0 ? layer.kind : `${layer.kind}_${same}`;
    }
    if (this.layers.some(({ name }) => name === layer.name)) {
      throw new ConfigError(`sequential: two layers are named '${layer.name}'; names must differ.`);
    }
    this.layers.push(layer);
    return this;
  }

  /** Makes the weights, for examples of this shape. Happens by itself when the first layer has an inputShape, or at the first fit. */
  build(inputShape: Shape): this {
    if (this.#executor) {
      if (sameShape(inputShape, this.inputShape)) return this;
      throw new StateError(
        `${this.name} is built for ${showShape(this.inputShape)} and cannot be built again for ${showShape(inputShape)}.`,
      );
    }
    if (this.layers.length === 0)
      throw new StateError(`${this.name} has no layers; give some: sequential({ layers: [...] }).`);
    let shape: Shape = inputShape;
    for (const layer of this.layers) {
      if (!layer.built) layer.build(shape);
      layer.built = true;
      shape = this.#shapeAfter(layer, shape);
    }
    const trainable = this.weights.filter((weight) => weight.trainable);
    const others = this.weights.filter((weight) => !weight.trainable);
    const total = this.countParams() * 4;
    if (total > 2 ** 32) {
      throw new MemoryError(
        `${this.name} has ${(total / 2 ** 30).toFixed(1)} GiB of weights; WebAssembly can address 4 GiB. Use fewer or smaller layers.`,
      );
    }
    const executor = new Executor(this.countParams());
    executor.place(trainable, 'weights');
    executor.place(others, 'weights');
    this.#executor = executor;
    this.#inputShape = inputShape;
    this.#outputShape = shape;
    for (const [i, weight] of this.weights.entries()) this.#write(weight, this.#firstValues(weight, i));
    return this;
  }

  /** The shape of one example after a layer. */
  #shapeAfter(layer: Layer, shape: Shape): Shape {
    try {
      return shapeAfter(layer, shape);
    } catch (error) {
      if (error instanceof ShapeError && !error.message.startsWith(layer.name)) {
        error.message = `${layer.name}: ${error.message} (The layer's input has shape ${showShape([null, ...shape])}.)`;
      }
      throw error;
    }
  }

  #firstValues(weight: Weight, position: number): Float32Array {
    const { initializer } = weight;
    const random = words(initializer.seed ?? this.seed, position);
    const values: unknown = initializer.values(weight.shape, random);
    if (!(values instanceof Float32Array) || values.length !== sizeOf(weight.shape)) {
      throw new ConfigError(
        `${weight.name}: its initializer gave ${show(values)}; expected a Float32Array of ${sizeOf(weight.shape)}.`,
      );
    }
    return values;
  }

  #write(weight: Variable, values: ArrayLike<number>): void {
    this.executor.arena.views.f32.set(values, weight.address / 4);
  }

  get built(): boolean {
    return this.#executor !== undefined;
  }

  /** @internal */
  get executor(): Executor {
    if (!this.#executor)
      throw new StateError(
        `${this.name} is not built; give the first layer an inputShape, or call build([...]).`,
      );
    return this.#executor;
  }

  /** The shape of one example. */
  get inputShape(): Shape {
    void this.executor;
    return this.#inputShape as Shape;
  }

  /** The shape of one prediction. */
  get outputShape(): Shape {
    void this.executor;
    return this.#outputShape as Shape;
  }

  /** All weights in Keras' order: layer by layer. */
  get weights(): readonly Weight[] {
    return this.layers.flatMap((layer) => layer.weights);
  }

  /** The weights that training changes. */
  get trainableWeights(): readonly Weight[] {
    return this.layers.flatMap((layer) =>
      layer.trainable ? layer.weights.filter(({ trainable }) => trainable) : [],
    );
  }

  /** Copies of all weights, in the order of `weights`. */
  getWeights(): Tensor[] {
    const { f32 } = this.executor.arena.views;
    return this.weights.map(({ address, shape }) =>
      tensor(f32.slice(address / 4, address / 4 + sizeOf(shape)), shape),
    );
  }

  /** Replaces all weights; all of them or, when something does not fit, none. */
  setWeights(values: readonly TensorLike[]): void {
    void this.executor;
    const { weights } = this;
    if (!Array.isArray(values) || values.length !== weights.length) {
      const got = Array.isArray(values) ? `${values.length} tensors` : show(values);
      throw new ShapeError(
        `setWeights: got ${got}; expected ${weights.length}: ${weights.map(({ name, shape }) => `${name} ${showShape(shape)}`).join(', ')}.`,
      );
    }
    const tensors = values.map((value, i) => {
      const given = tensorFrom(`setWeights: tensor ${i}`, value);
      const { name, shape } = weights[i];
      const flat = ArrayBuffer.isView(value) && given.data.length === sizeOf(shape);
      if (!flat && !sameShape(given.shape, shape)) {
        throw new ShapeError(
          `setWeights: tensor ${i} has shape ${showShape(given.shape)}; ${name} needs ${showShape(shape)}.`,
        );
      }
      return given;
    });
    for (const [i, { data }] of tensors.entries()) this.#write(weights[i], data);
  }

  /** The bytes of a safetensors file with all weights by name. */
  toSafetensors(): Uint8Array {
    return toSafetensors(this);
  }

  /** Writes the weights into a safetensors file; an older file of that name is replaced whole or not at all. */
  async save(path: FilePath): Promise<void> {
    checkPath('save', path);
    await writeFile('save', path, this.toSafetensors());
  }

  /** Reads the weights back, from a file or its bytes, into a model of the same layers and names. */
  async loadWeights(source: FilePath | Uint8Array): Promise<void> {
    if (source instanceof Uint8Array) return loadWeights(this, source);
    checkPath('loadWeights', source);
    loadWeights(this, await readFile('loadWeights', source));
  }

  /** The number of elements of all weights. */
  countParams(): number {
    return this.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** Prints Keras' table of layers, shapes and parameters, and returns it. */
  summary({ print = console.log }: { print?: (text: string) => void } = {}): string {
    const text = summary(this);
    print(text);
    return text;
  }

  /** The graph, plan and program of a step at a batch size, as text: net.listing().plan. */
  listing(kind: 'train' | 'evaluate' = 'train', { batchSize = 32 }: { batchSize?: number } = {}): Listing {
    return listing(this, kind, batchSize);
  }

  /** Chooses optimizer, loss and metrics. May be called again; the optimizer then starts anew. */
  compile(options: CompileOptions): this {
    checkConfig('compile', options, ['optimizer', 'loss', 'metrics']);
    if (this.#busy)
      throw new StateError(`compile: ${this.name} is in the middle of ${this.#busy}; wait for it to end.`);
    checkCompileOptions(options);
    if (this.built) this.#compiled = this.#settle(options);
    this.#compileOptions = options;
    return this;
  }

  /** Takes what the new settings need before it lets go of the old, so that a failure changes nothing. */
  #settle(options: CompileOptions): Compiled {
    const next = new Compiled(this, options);
    for (const { loaded } of this.#programs.values()) this.executor.unload(loaded);
    this.#programs.clear();
    this.#compiled?.release(this.executor);
    return next;
  }

  /** @internal What compile settled, or an error that says to call it. */
  compiled(what: string): Compiled {
    this.#checkCompiled(what);
    this.#compiled ??= this.#settle(this.#compileOptions as CompileOptions);
    return this.#compiled;
  }

  #checkCompiled(what: string): void {
    if (this.#compileOptions) return;
    throw new StateError(`${what}: ${this.name} is not compiled; call compile({ optimizer, loss }) first.`);
  }

  /** The optimizer's learning rate; may be changed at any time. */
  get learningRate(): number {
    return this.executor.arena.views.f32[this.compiled('learningRate').parts.cells.learningRate.address / 4];
  }

  set learningRate(value: number) {
    if (!(value >= 0 && Number.isFinite(value)))
      throw new ConfigError(`learningRate is ${show(value)}; expected a number, at least 0.`);
    this.executor.arena.views.f32[this.compiled('learningRate').parts.cells.learningRate.address / 4] = value;
  }

  /** The program for one kind of step at one batch size, made at first use. @internal */
  program(kind: StepKind, feed: Feed, batch: number): LoadedStep {
    const compiled = this.compiled(kind);
    const gauges: MakeGauges = (outputs) => compiled.gauges(this.executor, outputs);
    const make = {
      train: trainStep,
      evaluate: evaluateStep,
      gradients: gradientStep,
      sample: sampleStep,
      inspect: inspectStep,
    }[kind];
    return this.#cached(`${kind} ${batch} ${feed.key}`, () => make(compiled.parts, feed, batch, gauges));
  }

  #cached<S extends Step>(key: string, make: () => S): S & LoadedStep {
    const known = this.#programs.get(key);
    if (known) return known as S & LoadedStep;
    const step = make();
    const made = { ...step, loaded: this.executor.load(step.plan) };
    this.#programs.set(key, made);
    if (this.#programs.size > 32) {
      const [[oldest, { loaded }]] = this.#programs;
      this.#programs.delete(oldest);
      this.executor.unload(loaded);
    }
    return made;
  }

  /** Runs `work` unless something else that changes the model is under way. @internal */
  async exclusively<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy)
      throw new StateError(`${what}: ${this.name} is in the middle of ${this.#busy}; wait for it to end.`);
    this.#busy = what;
    try {
      return await work();
    } finally {
      this.#busy = undefined;
    }
  }

  /** Builds the model from the first data it sees, where no inputShape was given. */
  #buildFor(x: TensorLike): void {
    if (this.built) return;
    const { shape } = tensorFrom('x', x);
    if (shape.length < 2) {
      throw new StateError(
        `${this.name} is not built, and x of shape ${showShape(shape)} does not tell the shape of an example; give the first layer an inputShape.`,
      );
    }
    this.build(shape.slice(1));
  }

  /** Checks x and y against the model and the loss. @internal */
  prepare(
    what: string,
    x: TensorLike,
    y: TensorLike,
    names: readonly [string, string] = ['x', 'y'],
  ): { x: Examples; y: Examples } {
    this.#checkCompiled(what);
    this.#buildFor(x);
    const { loss } = this.compiled(what);
    const xs = examples(names[0], x, this.inputShape);
    const ys = targets(names[1], y, loss, this.outputShape);
    checkCounts(xs, ys, names);
    return { x: xs, y: ys };
  }

  /** Trains for a number of epochs. Resolves with the losses and metrics of every epoch. */
  async fit(x: TensorLike, y: TensorLike, options: FitOptions = {}): Promise<History> {
    return fit(this, x, y, options);
  }

  /** Loss and metrics over a data set, without training. */
  async evaluate(
    x: TensorLike,
    y: TensorLike,
    options: EvaluateOptions = {},
  ): Promise<Record<string, number>> {
    return evaluate(this, this.prepare('evaluate', x, y), options);
  }

  /** The outputs for a batch of any size, in inference mode. */
  predict(x: TensorLike, { batchSize = 32 }: PredictOptions = {}): Tensor<Float32Array> {
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw new ConfigError(`predict: batchSize is ${show(batchSize)}; expected a whole number, at least 1.`);
    this.#buildFor(x);
    const { data, count, shape } = examples('x', x, this.inputShape);
    const [inSize, outSize] = [sizeOf(shape), sizeOf(this.outputShape)];
    const out = new Float32Array(count * outSize);
    const cells = this.#compiled?.parts.cells ?? this.#bareCells;
    for (let at = 0; at < count; at += batchSize) {
      const batch = Math.min(batchSize, count - at);
      const step = this.#cached(`predict ${batch}`, () =>
        predictStep(this.layers, cells, shape, batch, this.executor.threads),
      );
      this.executor.view(step.loaded, step.input).set(data.subarray(at * inSize, (at + batch) * inSize));
      this.executor.run(step.loaded);
      out.set(this.executor.view(step.loaded, step.outputs[0]), at * outSize);
    }
    return { data: out, shape: [count, ...this.outputShape], dtype: 'float32' };
  }

  /** Cells for predictions of a model that is not compiled; inference reads none of them. */
  readonly #bareCells = new Cells(0);

  /** One update from one batch. Returns loss and metrics from before the update. */
  trainOnBatch(x: TensorLike, y: TensorLike): Record<string, number> {
    return this.#onBatch('trainOnBatch', x, y, (pass) => {
      pass.run('train', pass.count, 1);
      return pass.results();
    });
  }

  /** The gradients of the loss on one batch, in the order of `trainableWeights`; nothing is updated. */
  gradients(x: TensorLike, y: TensorLike): Tensor[] {
    return this.#onBatch('gradients', x, y, (pass) => {
      pass.run('gradients', pass.count, 1);
      const { f32 } = this.executor.arena.views;
      return this.compiled('gradients').parts.trained.map(({ gradient: { address, shape } }) =>
        tensor(f32.slice(address / 4, address / 4 + sizeOf(shape)), shape),
      );
    });
  }

  #onBatch<T>(what: string, x: TensorLike, y: TensorLike, work: (pass: Pass) => T): T {
    const pass = new Pass(this, this.prepare(what, x, y));
    try {
      return work(pass);
    } finally {
      pass.close();
    }
  }

  /** Lets go of the model's memory at once rather than when it is collected: `using net = sequential(...)`. */
  [Symbol.dispose](): void {
    this.#executor?.release();
    this.#executor = undefined;
    this.#programs.clear();
    this.#compiled = undefined;
  }
}
