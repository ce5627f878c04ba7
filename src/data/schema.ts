/** How the columns of a table become the numbers that a model learns from. */
import { ConfigError, DataError, show, suggest } from '../errors.js';
import { checkConfig } from '../settings.js';
import {
  Column,
  type ColumnOptions,
  type ColumnState,
  checkMissing,
  columnState,
  type Drop,
  type Missing,
  type Where,
} from './columns.js';
import { type Batch, tensorOf } from './rows.js';
import type { Tensor } from './tensor.js';

export interface TableOptions {
  /** The column, or columns, that the model is to predict. Without it the data set has no targets. */
  label?: string | readonly string[];
  /** The columns that the model sees, in this order. Default: all that are not the label. */
  features?: readonly string[];
  /** Columns that the model does not see, where `features` is not given. */
  ignore?: readonly string[];
  /** Columns that are not plain numbers: { island: 'oneHot', sex: { type: 'index', missing: 'drop' } }. */
  columns?: { readonly [name: string]: ColumnOptions | 'number' | 'index' | 'oneHot' };
  /** What happens where a cell is empty, in columns that say nothing themselves. Default 'error'. */
  missing?: Missing;
  /** What counts as empty besides nothing at all. Default: NA, N/A, NaN, null and such. */
  missingMarks?: readonly string[];
}

export const tableSettings = ['label', 'features', 'ignore', 'columns', 'missing', 'missingMarks'] as const;

/** As pandas has it. */
const marks = ['NA', 'N/A', 'n/a', '#N/A', '<NA>', 'NaN', 'nan', 'null', 'NULL', 'None'];

/** A row of a table by the names of its columns, or the cells in the order of the features. */
export type Row = { readonly [column: string]: unknown };

interface SchemaState {
  readonly chainrule: 'schema';
  readonly missingMarks: readonly string[];
  readonly columns: readonly ColumnState[];
}

const isName = (value: unknown): value is string => typeof value === 'string';

/**
 * Kept by a data set of a table: `dataset.schema`. JSON.stringify(schema) saves it and data.schema(JSON.parse(text))
 * brings it back, so that what a trained model is given is encoded as in training: net.predict(schema.encode(row)).
 */
export class Schema {
  readonly #columns: readonly Column[];
  readonly #features: readonly Column[];
  readonly #labels: readonly Column[];
  readonly #marks: readonly string[];

  /** @internal */
  constructor(states: readonly ColumnState[], missingMarks: readonly string[]) {
    this.#marks = missingMarks;
    const set = new Set(['', ...missingMarks]);
    this.#columns = states.map((state) => new Column(state, set));
    this.#features = this.#columns.filter(({ label }) => !label);
    this.#labels = this.#columns.filter(({ label }) => label);
  }

  /** What the numbers of x are, in their order: 'mass', 'island=Biscoe', ... */
  get inputs(): readonly string[] {
    return this.#features.flatMap(({ names }) => names);
  }

  /** The shape of one example x. */
  get inputShape(): readonly [number] {
    return [this.#features.reduce((sum, { width }) => sum + width, 0)];
  }

  /** The words that an 'index' or 'oneHot' label stands for: classes[index]. */
  get classes(): readonly string[] {
    const [label] = this.#labels;
    if (label?.vocabulary) return label.vocabulary;
    throw new ConfigError(
      label
        ? `schema: the label ${show(label.name)} is a number and has no classes; columns: { ${label.name}: 'index' } makes them.`
        : 'schema: there is no label, so there are no classes.',
    );
  }

  /** x [rows, ...inputShape] of one row or several, by the names of their columns; a label is not needed. */
  encode(rows: Row | readonly Row[]): Tensor<Float32Array> {
    const list = Array.isArray(rows) ? (rows as readonly Row[]) : [rows as Row];
    const names = this.#features.map(({ name }) => name);
    const cells = list.map((row, i) => {
      const own = cellsOf(`encode: row ${i + 1}`, row, names);
      this.#checkKeys(`encode: row ${i + 1}`, row, names);
      return own;
    });
    const dropped = (row: number) => {
      throw new DataError(
        `encode: row ${row + 1} has a value for which training left rows out; it cannot be predicted.`,
      );
    };
    const where = (name: string) => (row: number) => `encode: row ${row + 1}, column ${show(name)}`;
    const x = encodeFeatures(
      this.#features,
      this.#features.map((_, i) => i),
      cells,
      where,
      dropped,
    );
    return tensorOf(x, [list.length, ...this.inputShape]) as Tensor<Float32Array>;
  }

  /** A column that is missing beside a key that is not known is likely misspelt. Other keys do no harm. */
  #checkKeys(what: string, row: Row, names: readonly string[]): void {
    const missing = names.filter((name) => !Object.hasOwn(row, name));
    if (missing.length === 0) return;
    const unknown = Object.keys(row).find((key) => !this.#columns.some(({ name }) => name === key));
    if (unknown === undefined) return;
    throw new DataError(
      `${what} lacks the column ${show(missing[0])}, and has ${show(unknown)}, which is no column. ${suggest(unknown, missing)} ` +
        'Where a value is not known, give null.',
    );
  }

  /** The columns that a table must have, and where they stand in it. @internal */
  bind(what: string, header: readonly string[]): Bound {
    const places = new Map(header.map((name, at) => [name, at]));
    const at = (column: Column): number => {
      const place = places.get(column.name);
      if (place !== undefined) return place;
      throw new DataError(`${what} has no column ${show(column.name)}. ${suggest(column.name, header)}`);
    };
    // A table that is only predicted from need not have the label.
    const labels = this.#labels.every(({ name }) => places.has(name)) ? this.#labels : [];
    return new Bound(what, this.#features, this.#features.map(at), labels, labels.map(at));
  }

  /** Whether the data must be read once before they can be encoded. @internal */
  get learns(): boolean {
    return this.#columns.some((column) => column.learns);
  }

  /** Ends learning. @internal */
  learned(what: string): void {
    for (const column of this.#columns) column.learned(`${what}, column ${show(column.name)}`);
  }

  toJSON(): SchemaState {
    return {
      chainrule: 'schema',
      missingMarks: this.#marks,
      columns: this.#columns.map((column) => column.toJSON()),
    };
  }
}

/** A schema's columns at their places in a table. */
export class Bound {
  readonly #what: string;
  readonly #features: readonly Column[];
  readonly #featuresAt: readonly number[];
  readonly #labels: readonly Column[];
  readonly #labelsAt: readonly number[];
  /** Rows before those at hand. */
  #before = 0;

  constructor(
    what: string,
    features: readonly Column[],
    featuresAt: readonly number[],
    labels: readonly Column[],
    labelsAt: readonly number[],
  ) {
    this.#what = what;
    this.#features = features;
    this.#featuresAt = featuresAt;
    this.#labels = labels;
    this.#labelsAt = labelsAt;
  }

  readonly #where = (name: string): Where => {
    return (row) =>
      row < 0
        ? `${this.#what}, column ${show(name)}`
        : `${this.#what}, row ${this.#before + row + 1}, column ${show(name)}`;
  };

  /** Learns from the next rows. */
  learn(rows: readonly (readonly unknown[])[]): void {
    const all = [...this.#features, ...this.#labels];
    const places = [...this.#featuresAt, ...this.#labelsAt];
    for (const [i, column] of all.entries())
      if (column.learns) column.learn(rows, places[i], this.#where(column.name));
    this.#before += rows.length;
  }

  /** The next rows as examples; undefined where none is left of them. */
  encode(rows: readonly (readonly unknown[])[]): Batch | undefined {
    const count = rows.length;
    let gone: Uint8Array | undefined;
    const drop: Drop = (row) => {
      gone ??= new Uint8Array(count);
      gone[row] = 1;
    };
    const x = encodeFeatures(this.#features, this.#featuresAt, rows, this.#where, drop);
    const y = this.#encodeLabels(rows, drop);
    this.#before += count;
    const width = x.length / Math.max(1, count);
    const left = gone ? squeeze(x, width, gone) : count;
    if (left === 0) return undefined;
    const xs = tensorOf(x.subarray(0, left * width), [left, width]);
    if (!y) return { x: xs };
    const own = y.data.length / count;
    if (gone) squeeze(y.data, own, gone);
    return { x: xs, y: tensorOf(y.data.subarray(0, left * own), [left, ...y.shape]) };
  }

  #encodeLabels(
    rows: readonly (readonly unknown[])[],
    drop: Drop,
  ): { data: Float32Array | Int32Array; shape: readonly number[] } | undefined {
    const labels = this.#labels;
    if (labels.length === 0) return undefined;
    const width = labels.reduce((sum, column) => sum + column.width, 0);
    const single = labels.length === 1 && labels[0].type !== 'oneHot';
    const Kind = single && labels[0].type === 'index' ? Int32Array : Float32Array;
    const data = new Kind(rows.length * width);
    let offset = 0;
    for (const [i, column] of labels.entries()) {
      column.write(rows, this.#labelsAt[i], data, { offset, width }, this.#where(column.name), drop);
      offset += column.width;
    }
    return { data, shape: single ? [] : [width] };
  }
}

function encodeFeatures(
  columns: readonly Column[],
  places: readonly number[],
  rows: readonly (readonly unknown[])[],
  where: (name: string) => Where,
  drop: Drop,
): Float32Array {
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const x = new Float32Array(rows.length * width);
  let offset = 0;
  for (const [i, column] of columns.entries()) {
    column.write(rows, places[i], x, { offset, width }, where(column.name), drop);
    offset += column.width;
  }
  return x;
}

/** Moves the rows that stay to the front; how many there are. */
function squeeze(data: Float32Array | Int32Array, width: number, gone: Uint8Array): number {
  let to = 0;
  for (let row = 0; row < gone.length; row++) {
    if (gone[row]) continue;
    if (to !== row) data.copyWithin(to * width, row * width, (row + 1) * width);
    to++;
  }
  return to;
}

/** The cells of a row that is an object. */
export function cellsOf(what: string, row: unknown, names: readonly string[]): unknown[] {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new DataError(
      `${what} is ${show(row)}; expected an object such as { ${names.slice(0, 3).join(', ')} }.`,
    );
  }
  return names.map((name) => (Object.hasOwn(row, name) ? (row as Row)[name] : undefined));
}

/** The schema that options and a table's header make. */
export function schemaFor(what: string, header: readonly string[], options: TableOptions): Schema {
  const { label, features, ignore = [], columns = {}, missing = 'error', missingMarks = marks } = options;
  const labels = label === undefined ? [] : isName(label) ? [label] : label;
  for (const [name, list] of Object.entries({
    label: labels,
    features: features ?? [],
    ignore,
    missingMarks,
  })) {
    if (!Array.isArray(list) || !list.every(isName))
      throw new ConfigError(
        `${what}: ${name} is ${show(options[name as 'label'])}; expected ${name === 'label' ? 'the name of a column, or a list of names' : 'a list of texts'}.`,
      );
  }
  checkMissing(what, missing, undefined);
  if (typeof columns !== 'object' || columns === null)
    throw new ConfigError(`${what}: columns is ${show(columns)}; expected { name: 'oneHot', ... }.`);
  const known = new Set(header);
  for (const name of [...labels, ...(features ?? []), ...ignore, ...Object.keys(columns)]) {
    if (known.has(name)) continue;
    const numbers = header.every((cell) => cell !== '' && Number.isFinite(Number(cell)));
    const hint = numbers ? " If the file has no header, give the names: header: ['a', 'b', ...]." : '';
    throw new ConfigError(`${what} has no column ${show(name)}. ${suggest(name, header)}${hint}`);
  }
  const without = new Set([...labels, ...ignore]);
  const inputs = features ?? header.filter((name) => !without.has(name));
  const targets = new Set(labels);
  const both = inputs.find((name) => targets.has(name));
  if (both !== undefined) throw new ConfigError(`${what}: ${show(both)} is both a feature and the label.`);
  if (inputs.length === 0) throw new ConfigError(`${what}: no column is left for the model to see.`);
  const state = (label: boolean) => (name: string) =>
    columnState(what, { name, label }, Object.hasOwn(columns, name) ? columns[name] : undefined, missing);
  return new Schema([...inputs.map(state(false)), ...labels.map(state(true))], missingMarks);
}

/** A schema from what JSON.parse gives for a saved one. */
export function schema(saved: unknown): Schema {
  const what = 'data.schema';
  const wrong = (why: string) =>
    new DataError(`${what}: this is no saved schema: ${why}. Save one with JSON.stringify(dataset.schema).`);
  if (typeof saved !== 'object' || saved === null) throw wrong(`it is ${show(saved)}`);
  const { chainrule, missingMarks, columns } = saved as Partial<SchemaState>;
  if (chainrule !== 'schema') throw wrong('it does not say so');
  if (!Array.isArray(missingMarks) || !missingMarks.every(isName))
    throw wrong('missingMarks is no list of texts');
  if (!Array.isArray(columns) || columns.length === 0) throw wrong('it has no columns');
  const states = columns.map((state: unknown): ColumnState => {
    if (typeof state !== 'object' || state === null) throw wrong(`a column is ${show(state)}`);
    const { name, label, mean, ...options } = state as ColumnState;
    if (!isName(name) || typeof label !== 'boolean') throw wrong('a column has no name');
    if (mean !== undefined && !Number.isFinite(mean))
      throw wrong(`the mean of ${show(name)} is ${show(mean)}`);
    checkConfig(what, options, ['type', 'missing', 'unknown', 'vocabulary']);
    const full = columnState(what, { name, label }, options, 'error');
    return mean === undefined ? full : { ...full, mean };
  });
  if (new Set(states.map(({ name }) => name)).size < states.length) throw wrong('two columns have one name');
  const made = new Schema(states, missingMarks);
  if (made.learns) throw wrong('a column has no vocabulary or mean');
  return made;
}
