// Users whose TypeScript does not know Symbol.dispose get it with the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

import { type Place, writePlace } from '../data/places.js';
import type { Source } from '../data/sources.js';
import { type Tensor, type TensorLike, tensor, tensorFrom } from '../data/tensor.js';
import type { HeldBatch } from '../doctor/patient.js';
import { ConfigError, ShapeError, StateError, show } from '../errors.js';
import { type Shape, sameShape, showShape, sizeOf } from '../graph/shape.js';
import { Layer, type Weight } from '../layers/layer.js';
import { type Recipe, recipeOf } from '../recipe.js';
import type { Executor, Loaded } from '../runtime/executor.js';
import { checkConfig, finite, text, wholeNumber } from '../settings.js';
import { type Built, build, type StoredValues } from './building.js';
import { Compiled, type CompileOptions, checkCompileOptions } from './compiled.js';
import {
  checkCounts,
  checkFinite,
  checkFiniteInPieces,
  type Data,
  examples,
  examplesOf,
  targets,
} from './data.js';
import { type EvaluateOptions, evaluate } from './evaluate.js';
import { fit } from './fit.js';
import type { EvaluateDatasetOptions, FitDatasetOptions } from './fitDataset.js';
import type { FitOptions } from './fitOptions.js';
import type { History } from './history.js';
import { type Listing, listing } from './listing.js';
import type { Makeup } from './makeup.js';
import { Pass } from './pass.js';
import { inspectStep, type MakeGauges, sampleStep } from './sampling.js';
import { type SaveOptions, toSafetensors } from './saving.js';
import type { Pacer } from './slices.js';
import { Cells, evaluateStep, type Feed, gradientStep, predictStep, type Step, trainStep } from './steps.js';
import type { Streamable } from './streamed.js';
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

/** What messages call x and y. */
type Names = readonly [string, string];

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
  #built: Built | undefined;
  #disposed = false;
  #compileOptions: CompileOptions | undefined;
  #compiled: Compiled | undefined;
  /** Programs by what they do and for which batch; the newest last. */
  #programs = new Map<string, LoadedStep>();
  /** What the model is doing, so that two trainings don't mix. */
  #busy: string | undefined;
  #evaluations = 0;
  /** Epochs trained so far: each has its own order of examples. */
  epochsTrained = 0;
  #schema: string | undefined;
  /** The seed of the last fit. @internal */
  fitSeed: number | undefined;
  readonly #stored: StoredValues | undefined;
  /** Names of layers, and from which number on names of a kind are free. */
  readonly #names = new Set<string>();
  readonly #numbers = new Map<string, number>();

  /** `stored`: the first values of the weights; the library's own use. */
  constructor(config: SequentialConfig = {}, stored?: StoredValues) {
    this.#stored = stored;
    checkConfig('sequential', config, ['layers', 'name', 'seed']);
    const { name = 'sequential', seed = 0, layers = [] } = config;
    this.name = text('sequential: name', name);
    if (!Number.isInteger(seed)) {
      throw new ConfigError(`sequential: seed is ${show(seed)}; expected a whole number.`);
    }
    this.seed = seed;
    if (!Array.isArray(layers)) {
      throw new ConfigError(
        `sequential: layers is ${show(layers)}; expected a list such as [layers.dense({ units: 1 })].`,
      );
    }
    try {
      for (const layer of layers) this.add(layer);
      if (this.layers[0]?.inputShape) this.build(this.layers[0].inputShape);
    } catch (error) {
      // The layers may then serve another attempt.
      for (const layer of this.layers) layer.owned = false;
      throw error;
    }
  }

  /** Appends a layer. */
  add(layer: Layer): this {
    if (!(layer instanceof Layer)) {
      throw new ConfigError(
        `sequential: ${show(layer)} is not a layer; expected one made by layers.dense(...) and the like.`,
      );
    }
    if (this.#built) {
      throw new StateError(`${this.name} is built already; give all layers before the first use.`);
    }
    if (layer.owned) {
      throw new ConfigError(
        `sequential: the layer ${layer.name || layer.kind} is used twice; make a layer for each place.`,
      );
    }
    if (layer.name && this.#names.has(layer.name)) {
      throw new ConfigError(`sequential: two layers are named '${layer.name}'; names must differ.`);
    }
    if (!layer.name) layer.name = this.#freeName(layer.kind);
    this.#names.add(layer.name);
    layer.owned = true;
    this.layers.push(layer);
    return this;
  }

  /** The kind, numbered where the name is taken: dense, dense_1, ... */
  #freeName(kind: string): string {
    for (let n = this.#numbers.get(kind) ?? 0; ; n++) {
      const name = n === 0 ? kind : `${kind}_${n}`;
      if (this.#names.has(name)) continue;
      this.#numbers.set(kind, n + 1);
      return name;
    }
  }

  /** Makes the weights, for examples of this shape. Happens by itself when the first layer has an inputShape, or at the first fit. */
  build(inputShape: Shape): this {
    if (this.#disposed) throw new StateError(`${this.name} was disposed of; make a new model.`);
    if (!this.#built) {
      this.#built = build(this.name, this.layers, inputShape, this.seed, this.#stored);
    } else if (!sameShape(inputShape, this.inputShape)) {
      throw new StateError(
        `${this.name} is built for ${showShape(this.inputShape)} and cannot be built again for ${showShape(inputShape)}.`,
      );
    }
    return this;
  }

  /** What building settled; a model whose first layer has an inputShape is built when first needed. */
  #settled(): Built {
    const inputShape = this.layers[0]?.inputShape;
    if (!this.#built && (inputShape || this.#disposed)) this.build(inputShape ?? []);
    if (this.#built) return this.#built;
    throw new StateError(
      `${this.name} is not built; give the first layer an inputShape, or call build([...]).`,
    );
  }

  get built(): boolean {
    return this.#built !== undefined;
  }

  /** @internal */
  get executor(): Executor {
    return this.#settled().executor;
  }

  /** The shape of one example. */
  get inputShape(): Shape {
    return this.#settled().inputShape;
  }

  /** The shape of one prediction. */
  get outputShape(): Shape {
    return this.#settled().outputShape;
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
    const { f32 } = this.executor.arena.views;
    for (const [i, { data }] of tensors.entries()) f32.set(data, weights[i].address / 4);
  }

  /** How to make the model again; once it is built, the first layer tells the shape of an example. */
  get recipe(): Recipe {
    const { name, seed } = this;
    const [first, ...others] = this.layers.map((layer) => ({ recipe: recipeOf(layer) as Recipe }));
    if (!first) return { make: 'sequential', config: { name, seed } };
    const { make, config } = first.recipe;
    const inputShape = this.#built ? { inputShape: this.inputShape } : {};
    const layers = [{ recipe: { make, config: { ...config, ...inputShape } } }, ...others];
    return { make: 'sequential', config: { layers, name, seed } };
  }

  /** What compile was given; undefined before. */
  get compileOptions(): Readonly<CompileOptions> | undefined {
    return this.#compileOptions;
  }

  /**
   * How the rows that the model was trained on become numbers, as plain data: net.predict(data.schema(net.schema).encode(row)).
   * Set by fitDataset on a table; saved with the model.
   */
  get schema(): object | undefined {
    return this.#schema === undefined ? undefined : JSON.parse(this.#schema);
  }

  set schema(value: object | undefined) {
    if (value !== undefined && (typeof value !== 'object' || value === null))
      throw new ConfigError(`schema is ${show(value)}; expected the schema of a data set.`);
    this.#schema = value && JSON.stringify(value);
  }

  /** The bytes of the file that `save` writes: for loadModel, or wherever you keep bytes. */
  toSafetensors(options: SaveOptions = {}): Uint8Array {
    return toSafetensors(this, options);
  }

  /**
   * Writes the whole model into a safetensors file: weights, architecture, compile settings, the optimizer's state.
   * `loadModel` makes it again. To a path, 'indexeddb://name' or 'downloads://name'; what was there is replaced whole or
   * not at all.
   */
  async save(place: Place): Promise<void> {
    await writePlace('save', place, this.toSafetensors());
  }

  /** Writes the weights only. */
  async saveWeights(place: Place): Promise<void> {
    await writePlace('saveWeights', place, this.toSafetensors({ weightsOnly: true }));
  }

  /** Reads weights back, from what save or saveWeights wrote, into a model of the same layers and names. */
  async loadWeights(source: Source): Promise<void> {
    const { loadWeights } = await import('./reading.js');
    await loadWeights(this, source);
  }

  /** The number of elements of all weights. */
  countParams(): number {
    return this.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** Prints Keras' table of layers, shapes and parameters, and returns it. */
  summary(options: { print?: (text: string) => void } = {}): string {
    checkConfig('summary', options, ['print']);
    const { print = console.log } = options;
    if (typeof print !== 'function')
      throw new ConfigError(`summary: print is ${show(print)}; expected a function that takes text.`);
    const table = summary(this);
    print(table);
    return table;
  }

  /** The graph, plan and program of a step at a batch size, as text: net.listing().plan. */
  listing(kind: 'train' | 'evaluate' = 'train', options: { batchSize?: number } = {}): Listing {
    checkConfig('listing', options, ['batchSize']);
    return listing(this, kind, options.batchSize ?? 32);
  }

  /** Chooses optimizer, loss and metrics. May be called again; the optimizer then starts anew. */
  compile(options: CompileOptions): this {
    checkConfig('compile', options, ['optimizer', 'loss', 'metrics']);
    this.#checkFree('compile');
    if (this.#evaluations > 0)
      throw new StateError(
        `compile: ${this.name} is in the middle of evaluate; wait for it to end: await net.evaluate(...).`,
      );
    checkCompileOptions(options);
    if (this.#built || this.layers[0]?.inputShape) this.#compiled = this.#settle(options);
    this.#compileOptions = { ...options };
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

  /** @internal All that the model is made of. */
  get makeup(): Makeup {
    const compiled = this.compiled('makeup');
    const options = this.#compileOptions as CompileOptions;
    return { layers: [...this.layers], built: this.#settled(), options, compiled, programs: this.#programs };
  }

  /** @internal Puts another make-up in the place of this one, which stays as it is. */
  set makeup({ layers, built, options, compiled, programs }: Makeup) {
    this.layers.splice(0, this.layers.length, ...layers);
    this.#built = built;
    this.#compileOptions = options;
    this.#compiled = compiled;
    this.#programs = programs;
  }

  /** The optimizer's learning rate; may be changed at any time. */
  get learningRate(): number {
    return this.executor.arena.views.f32[this.compiled('learningRate').parts.cells.learningRate.address / 4];
  }

  set learningRate(value: number) {
    finite('learningRate', value, 0);
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

  /** A training, unless another is under way. */
  async #exclusively<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.#checkFree(what);
    this.#busy = what;
    try {
      return await this.#orUnbuild(work);
    } finally {
      this.#busy = undefined;
    }
  }

  /** Refuses what would mix with a training that is under way. */
  #checkFree(what: string): void {
    if (!this.#busy) return;
    throw new StateError(
      `${what}: ${this.name} is in the middle of ${this.#busy}; wait for it to end: await net.${this.#busy}(...).`,
    );
  }

  /** Builds the model from the first data it sees, where no inputShape was given. */
  #buildFor(x: TensorLike): void {
    if (this.#built || this.layers[0]?.inputShape) return;
    const { shape } = tensorFrom('x', x);
    if (shape.length < 2) {
      throw new StateError(
        `${this.name} is not built, and x of shape ${showShape(shape)} does not tell the shape of an example; give the first layer an inputShape.`,
      );
    }
    this.build(shape.slice(1));
  }

  /** Checks x and y against the model and the loss. @internal */
  prepare(what: string, x: TensorLike, y: TensorLike, names: Names = ['x', 'y']): Data {
    const data = this.#fitted(what, x, y, names);
    checkFinite(names[0], data.x);
    return data;
  }

  /** The same for data that may be many, with the event loop running in between. @internal */
  async prepareInPieces(
    what: string,
    x: TensorLike,
    y: TensorLike,
    pacer: Pacer,
    names: Names = ['x', 'y'],
  ): Promise<Data> {
    await pacer.rest();
    const data = this.#fitted(what, x, y, names);
    await checkFiniteInPieces(names[0], data.x, pacer);
    return data;
  }

  #fitted(what: string, x: TensorLike, y: TensorLike, names: Names): Data {
    this.#checkCompiled(what);
    this.#buildFor(x);
    const { loss } = this.compiled(what);
    const xs = examplesOf(names[0], x, this.inputShape);
    const ys = targets(names[1], y, loss, this.outputShape);
    checkCounts(xs, ys, names);
    return { x: xs, y: ys };
  }

  /** Does a call that may build the model; when it fails before it has trained, the model is as unbuilt as before. */
  async #orUnbuild<T>(work: () => Promise<T>, alone = () => true): Promise<T> {
    const unbuilt = !this.#built;
    try {
      return await work();
    } catch (error) {
      if (unbuilt && alone()) this.#unbuildUntrained();
      throw error;
    }
  }

  /** The same for work that is done when it returns. */
  #atOnce<T>(work: () => T): T {
    const unbuilt = !this.#built;
    try {
      return work();
    } catch (error) {
      if (unbuilt) this.#unbuildUntrained();
      throw error;
    }
  }

  #unbuildUntrained(): void {
    const iterations = this.#compiled?.parts.cells.iterations;
    if (iterations && this.executor.arena.views.u32[iterations.address / 4] > 0) return;
    for (const layer of this.layers) layer.unbuild();
    this.#letGo();
  }

  #letGo(): void {
    this.#built?.executor.release();
    this.#built = undefined;
    this.#programs.clear();
    this.#compiled = undefined;
  }

  /** Trains for a number of epochs. Resolves with the losses and metrics of every epoch. */
  async fit(x: TensorLike, y: TensorLike, options: FitOptions = {}): Promise<History> {
    return this.#exclusively('fit', () => fit(this, x, y, options));
  }

  /**
   * Trains on data that stream and need not fit into memory: a data set of `data`, or a function that gives batches to loop
   * over. Only a few thousand examples are in the arena at a time; all else is as with fit.
   */
  async fitDataset(dataset: Streamable, options: FitDatasetOptions = {}): Promise<History> {
    this.#checkCompiled('fitDataset');
    return this.#exclusively('fitDataset', async () => {
      const { fitDataset } = await import('./fitDataset.js');
      return fitDataset(this, dataset, options);
    });
  }

  /** Loss and metrics over data that stream, without training. */
  async evaluateDataset(
    dataset: Streamable,
    options: EvaluateDatasetOptions = {},
  ): Promise<Record<string, number>> {
    this.#checkCompiled('evaluateDataset');
    const { evaluateDataset } = await import('./fitDataset.js');
    return this.#evaluating(() => evaluateDataset(this, dataset, options));
  }

  /** Loss and metrics over a data set, without training. */
  async evaluate(
    x: TensorLike,
    y: TensorLike,
    options: EvaluateOptions = {},
  ): Promise<Record<string, number>> {
    return this.#evaluating(() => evaluate(this, x, y, options));
  }

  async #evaluating<T>(work: () => Promise<T>): Promise<T> {
    this.#evaluations++;
    try {
      return await this.#orUnbuild(work, () => !this.#busy && this.#evaluations === 1);
    } finally {
      this.#evaluations--;
    }
  }

  /** The outputs for a batch of any size, in inference mode. */
  predict(x: TensorLike, options: PredictOptions = {}): Tensor<Float32Array> {
    checkConfig('predict', options, ['batchSize']);
    const batchSize = wholeNumber('predict: batchSize', options.batchSize ?? 32);
    return this.#atOnce(() => this.#predict(x, batchSize));
  }

  #predict(x: TensorLike, batchSize: number): Tensor<Float32Array> {
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

  /** One update from one batch. Returns loss and metrics from before the update. Not while fit runs, whose training it would disturb. */
  trainOnBatch(x: TensorLike, y: TensorLike): Record<string, number> {
    this.#checkFree('trainOnBatch');
    return this.#onBatch('trainOnBatch', x, y, (pass) => {
      pass.run('train', pass.count, 1);
      return pass.results();
    });
  }

  /** @internal A batch that stays in the arena, for the doctor to train on again and again. */
  hold(batch: Data): HeldBatch {
    const pass = new Pass(this, batch);
    return {
      train: () => {
        pass.rewind();
        pass.run('train', pass.count, 1);
        return pass.results().loss;
      },
      release: () => pass.close(),
    };
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
    return this.#atOnce(() => {
      const pass = new Pass(this, this.prepare(what, x, y));
      try {
        return work(pass);
      } finally {
        pass.close();
      }
    });
  }

  /** Lets go of the model's memory at once rather than when it is collected: `using net = sequential(...)`. */
  [Symbol.dispose](): void {
    this.#letGo();
    this.#disposed = true;
  }
}
