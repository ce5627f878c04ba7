/** A whole model from a file. Nothing in a file is ever run: it can only name what the library, or the caller, has. */
import { fromSource, type Source } from '../data/sources.js';
import type { Tensor } from '../data/tensor.js';
import { ConfigError, DataError, show } from '../errors.js';
import { type PlainReader, readPlain } from '../formats/readPlain.js';
import type { Metadata } from '../formats/safetensors.js';
import { unseal } from '../formats/unseal.js';
import { initializers } from '../initializers/index.js';
import * as layers from '../layers/index.js';
import { Layer } from '../layers/layer.js';
import { losses } from '../losses/index.js';
import { metrics } from '../metrics/index.js';
import { optimizers } from '../optimizers/index.js';
import { checkConfig, flag } from '../settings.js';
import type { CompileOptions } from './compiled.js';
import { Sequential, type SequentialConfig } from './model.js';
import { parse, putState, valuesFor } from './reading.js';
import type { Counters } from './state.js';

export interface LoadOptions {
  /** What you wrote yourself, by name: functions, objects, and layers as classes or functions of their config. */
  custom?: Readonly<Record<string, unknown>>;
  /** false leaves out optimizer, loss and metrics: for a model that only predicts. Default true. */
  compile?: boolean;
}

/** Everything that a file can name: 'layers.dense'. */
const rooms: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  initializers,
  layers,
  losses,
  metrics,
  optimizers,
};

/**
 * The model that `save` wrote: architecture, weights and, if it was compiled, its compile settings, the
 * optimizer's state and the count of epochs, so that fit goes on where it was. From a path, a URL,
 * 'indexeddb://name', or bytes.
 */
export async function loadModel(source: Source, options: LoadOptions = {}): Promise<Sequential> {
  checkConfig('loadModel', options, ['custom', 'compile']);
  const { custom = {}, compile = true } = options;
  if (typeof custom !== 'object' || custom === null)
    throw new ConfigError(`loadModel: custom is ${show(custom)}; expected { name: what you wrote }.`);
  flag('loadModel: compile', compile);
  return fromSource('loadModel', source, (bytes) => modelFrom(bytes, custom, compile));
}

function modelFrom(bytes: Uint8Array, custom: LoadOptions['custom'] = {}, compile: boolean): Sequential {
  const { tensors, metadata } = unseal(bytes);
  if (metadata.format !== 'chainrule' || metadata.architecture === undefined) {
    throw new DataError(
      'loadModel: the file holds tensors but no model; build the model yourself, then read them with loadWeights.',
    );
  }
  const architecture = parse(metadata, 'architecture', 'loadModel');
  const settings =
    compile && metadata.compile !== undefined ? parse(metadata, 'compile', 'loadModel') : undefined;
  checkCustom([architecture, settings], settings, custom);
  const reader = readerFor(custom);

  const { $make, config } = architecture as { $make?: unknown; config?: unknown };
  if ($make !== 'sequential') {
    throw new DataError(
      `loadModel: the architecture is ${show($make ?? architecture)}; expected a sequential model. A newer version may read it.`,
    );
  }
  const described = readPlain(config, 'architecture', reader) as SequentialConfig;
  const model = new Sequential(described, (weights) =>
    valuesFor('loadModel', 'the architecture', weights, tensors),
  );
  if (!model.built) {
    throw new DataError('loadModel: the architecture lacks the inputShape of its first layer.');
  }
  if (metadata.schema !== undefined) model.schema = parse(metadata, 'schema', 'loadModel');
  if (settings !== undefined) restore(model, settings, reader, tensors, metadata);
  return model;
}

function restore(
  model: Sequential,
  settings: unknown,
  reader: PlainReader,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Metadata,
): void {
  model.compile(readPlain(settings, 'compile', reader) as CompileOptions);
  if (metadata.training === undefined) return;
  const counters = parse(metadata, 'training', 'loadModel') as Counters;
  putState('loadModel', model, tensors, counters);
}

const isLayerKind = (path: string): boolean => path.startsWith('layers.');

/** What a path like 'layers.dense' names in the library. */
function makerAt(path: string): ((config: object) => unknown) | undefined {
  const [room, name, ...more] = path.split('.');
  const makers = more.length === 0 && Object.hasOwn(rooms, room) ? rooms[room] : {};
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined;
  return typeof maker === 'function' ? (maker as (config: object) => unknown) : undefined;
}

function readerFor(custom: Readonly<Record<string, unknown>>): PlainReader {
  return {
    what: 'loadModel',
    custom: (name) => custom[name],
    make(path, config, where) {
      const maker = makerAt(path);
      if (maker) return maker(config);
      const kind = path.replace('layers.', '');
      if (isLayerKind(path) && Object.hasOwn(custom, kind)) return makeLayer(kind, custom[kind], config);
      throw new DataError(
        `loadModel: ${where} is ${show(path)}, which this version does not have; a newer one may.`,
      );
    },
  };
}

/** A layer of the user's own, from its class or a function of its config. */
function makeLayer(kind: string, maker: unknown, config: object): Layer {
  if (typeof maker === 'function') {
    const isClass = maker.prototype instanceof Layer;
    const layer: unknown = isClass ? Reflect.construct(maker, [config]) : maker(config);
    if (layer instanceof Layer) return layer;
  }
  throw new ConfigError(
    `loadModel: custom.${kind} is ${show(maker)}; expected the class of the layer, or a function that makes it of its config.`,
  );
}

/** Refuses a file that names what only its author has, and tells all that is missing at once. */
function checkCustom(
  all: readonly unknown[],
  settings: unknown,
  custom: Readonly<Record<string, unknown>>,
): void {
  const absent = (name: string) => !Object.hasOwn(custom, name) || custom[name] === undefined;
  const missing = (value: unknown) => [...namesIn(value)].filter(absent);
  const names = [...new Set(all.flatMap(missing))];
  if (names.length === 0) return;
  const shown = names.slice(0, 20).join(', ');
  const onlyTraining = names.length === new Set(missing(settings)).size;
  throw new ConfigError(
    `loadModel: the file has the names, but cannot have the code, of what you wrote yourself: ${shown}. ` +
      `Hand it over: loadModel(file, { custom: { ${shown} } }).` +
      (onlyTraining ? ' To predict only, loadModel(file, { compile: false }) does without.' : ''),
  );
}

/** Names of functions and layers that are not the library's. */
function namesIn(value: unknown, found = new Set<string>(), depth = 0): Set<string> {
  if (typeof value !== 'object' || value === null || depth > 64) return found;
  const { $custom, $make } = value as { $custom?: unknown; $make?: unknown };
  if (typeof $custom === 'string') found.add($custom);
  if (typeof $make === 'string' && isLayerKind($make) && !makerAt($make))
    found.add($make.replace('layers.', ''));
  for (const item of Object.values(value)) namesIn(item, found, depth + 1);
  return found;
}
