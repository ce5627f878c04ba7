/**
 * Settings and states as plain data that JSON can hold, and back:
 *
 *     a thing of the library      { "$make": "layers.dense", "config": { "units": 8 } }
 *     a function of the user's    { "$custom": "logCosh" }
 *     a number that JSON lacks    { "$number": "NaN" }
 *     a tensor                    { "$tensor": "its name in the file" }
 *
 * Nothing else has a key that begins with $.
 */
import { isTensor, type Tensor, tensor } from '../data/tensor.js';
import { ConfigError, show } from '../errors.js';
import { recipeOf } from '../recipe.js';

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** Deeper nesting is a mistake, such as an object that holds itself, or an attack. */
export const DEEPEST = 32;

/** Keys that mean something else to JavaScript. */
export const refused = ['__proto__', 'constructor', 'prototype'];

/** Writes values as plain data. One writer serves all of a file, so that one name means one function in it. */
export class PlainWriter {
  readonly #custom = new Map<string, unknown>();

  /** `putTensor` keeps a tensor and tells its name; without it tensors are refused. */
  constructor(readonly putTensor?: (value: Tensor, where: string) => string) {}

  /** `where` says in messages what the value is: 'layers.dense: activation'. */
  write(value: unknown, where: string, depth = 0): Plain {
    if (depth > DEEPEST) throw new ConfigError(`${where} is nested more than ${DEEPEST} deep.`);
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') {
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: showNumber(value) };
    }
    if (typeof value === 'function') return this.#named(value, where);
    if (typeof value !== 'object') throw unwritable(value, where);
    if (Array.isArray(value))
      return value.map((item, i) => this.write(item ?? null, `${where}[${i}]`, depth + 1));
    if (ArrayBuffer.isView(value) || isTensor(value)) {
      if (!this.putTensor) throw unwritable(value, where);
      return { $tensor: this.putTensor(isTensor(value) ? value : tensor(value as Float32Array), where) };
    }
    const recipe = recipeOf(value);
    if (recipe)
      return {
        $make: recipe.make,
        config: this.#record(recipe.config, (key) => `${recipe.make}: ${key}`, depth),
      };
    const prototype: unknown = Object.getPrototypeOf(value);
    const bare = prototype === null || prototype === Object.prototype;
    const acts = 'name' in value && Object.values(value).some((part) => typeof part === 'function');
    if (acts || !bare) return this.#named(value, where);
    return this.#record(value, (key) => `${where}.${key}`, depth);
  }

  #record(values: object, where: (key: string) => string, depth: number): Plain {
    const entries = Object.entries(values).filter(([, value]) => value !== undefined);
    for (const [key] of entries) {
      if (key.startsWith('$') || refused.includes(key))
        throw new ConfigError(`${where(key)}: a key named '${key}' cannot be saved; give it another name.`);
    }
    return Object.fromEntries(entries.map(([key, value]) => [key, this.write(value, where(key), depth + 1)]));
  }

  /** What users wrote themselves is not in the file, only its name: its own, or one after its place, and numbered where two share one. */
  #named(value: object, where: string): Plain {
    const given = (value as { readonly name?: unknown }).name;
    const plain = typeof given === 'string' && given !== '' ? given : nameOf(where);
    let name = plain;
    for (let n = 1; (this.#custom.get(name) ?? value) !== value; n++) name = `${plain}_${n}`;
    this.#custom.set(name, value);
    return { $custom: name };
  }
}

/** 'compile.metrics[0]' → 'metrics_0'. */
const nameOf = (where: string): string =>
  (where.split(/[. ]/).pop() as string).replace(/\W+/g, '_').replace(/_$/, '') || 'custom';

const showNumber = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const unwritable = (value: unknown, where: string) =>
  new ConfigError(`${where} is ${show(value)}, which cannot be saved.`);
