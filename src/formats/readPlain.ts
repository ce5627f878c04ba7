/**
 * Values from plain data (see plain.ts). Reading makes only what the caller's `make` makes: no text of a file is
 * ever run, and no key of it reaches a prototype.
 */
import type { Tensor } from '../data/tensor.js';
import { DataError, show } from '../errors.js';
import { DEEPEST, refused } from './plain.js';

/** How plain data becomes values again. */
export interface PlainReader {
  /** What messages begin with: the call and the file. */
  readonly what: string;
  /** Makes a thing of the library: 'layers.dense' with its settings. */
  make?(path: string, config: object, where: string): unknown;
  /** What users wrote themselves, by name. */
  custom?(name: string, where: string): unknown;
  tensor?(name: string, where: string): Tensor;
}

const numbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** The values that plain data stands for. */
export function readPlain(value: unknown, where: string, reader: PlainReader, depth = 0): unknown {
  const { what } = reader;
  const refuse = (why: string): never => {
    throw new DataError(`${what}: ${where} ${why}; the file is damaged or not one of chainrule's.`);
  };
  if (depth > 2 * DEEPEST) refuse(`is nested more than ${2 * DEEPEST} deep`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, i) => readPlain(item, `${where}[${i}]`, reader, depth + 1));
  const keys = Object.keys(value);
  const odd = keys.find((key) => refused.includes(key));
  if (odd !== undefined) refuse(`has a key '${odd}'`);
  const tags = keys.filter((key) => key.startsWith('$'));
  if (tags.length === 0) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        readPlain(item, `${where}.${key}`, reader, depth + 1),
      ]),
    );
  }
  const [tag] = tags;
  const text: unknown = (value as Record<string, unknown>)[tag];
  if (typeof text !== 'string' || keys.length !== (tag === '$make' ? 2 : 1))
    return refuse(`is ${show(value)}`);
  if (tag === '$number' && Object.hasOwn(numbers, text)) return numbers[text];
  if (tag === '$custom' && reader.custom) return reader.custom(text, where);
  if (tag === '$tensor' && reader.tensor) return reader.tensor(text, where);
  if (tag === '$make' && reader.make) {
    const { config } = value as { config?: unknown };
    if (typeof config !== 'object' || config === null || Array.isArray(config)) refuse(`is ${show(value)}`);
    return reader.make(text, readPlain(config, where, reader, depth + 1) as object, where);
  }
  return refuse(`is ${show(value)}`);
}
