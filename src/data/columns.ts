/** How one column of a table becomes numbers: as it is, as the index of a word, or as a one for the word's place. */
import { ConfigError, DataError, show, suggest } from '../errors.js';
import { checkConfig } from '../settings.js';

/** What happens where a cell is empty: an error, leaving the row out, the column's mean, or a value to put there. */
export type Missing = 'error' | 'drop' | 'mean' | number | { readonly fill: number | string };

export interface ColumnOptions {
  /** 'number' (default); 'index' makes a word its place in the vocabulary; 'oneHot' a row of zeros with a one there. */
  type?: 'number' | 'index' | 'oneHot';
  /** The words of an 'index' or 'oneHot' column. Default: all that the data hold, sorted. */
  vocabulary?: readonly string[];
  /** Default: what the table's `missing` says, 'error' unless set. */
  missing?: Missing;
  /** A word that is not in the vocabulary: an error (default), the row left out, or, for 'oneHot', only zeros. */
  unknown?: 'error' | 'drop' | 'zeros';
}

/** What JSON keeps of a column. */
export interface ColumnState {
  readonly name: string;
  readonly label: boolean;
  readonly type: 'number' | 'index' | 'oneHot';
  readonly missing: Missing;
  readonly unknown: 'error' | 'drop' | 'zeros';
  readonly vocabulary?: readonly string[];
  readonly mean?: number;
}

/** A column with more words than this is likely a name or an id. */
const MOST_WORDS = 10_000;

/** The largest number that f32 has. */
const LARGEST = 3.4028234663852886e38;

/** Where a cell stands, for messages. */
export type Where = (row: number) => string;

/** Tells that an example is to be left out. */
export type Drop = (row: number) => void;

export class Column {
  readonly name: string;
  readonly label: boolean;
  readonly type: 'number' | 'index' | 'oneHot';
  readonly #missing: Missing;
  readonly #unknown: 'error' | 'drop' | 'zeros';
  readonly #marks: ReadonlySet<string>;
  /** Whether a number may stand for a missing value. */
  readonly #numberMarks: boolean;
  #vocabulary: readonly string[] | undefined;
  /** Places of the words. */
  #places = new Map<string, number>();
  #mean: number | undefined;
  /** What is learned until `learned`. */
  readonly #words = new Set<string>();
  #count = 0;
  #running = 0;

  constructor(
    { name, label, type, missing, unknown, vocabulary, mean }: ColumnState,
    marks: ReadonlySet<string>,
  ) {
    this.name = name;
    this.label = label;
    this.type = type;
    this.#missing = missing;
    this.#unknown = unknown;
    this.#marks = marks;
    this.#numberMarks = [...marks].some((mark) => mark.trim() !== '' && Number.isFinite(Number(mark)));
    this.#mean = mean;
    if (vocabulary) this.#setVocabulary(vocabulary);
  }

  #setVocabulary(words: readonly string[]): void {
    this.#vocabulary = words;
    this.#places = new Map(words.map((word, place) => [word, place]));
  }

  get vocabulary(): readonly string[] | undefined {
    return this.#vocabulary;
  }

  /** Numbers that a cell becomes. */
  get width(): number {
    return this.type === 'oneHot' ? (this.#vocabulary?.length ?? 0) : 1;
  }

  /** Whether something must be learned from the data first. */
  get learns(): boolean {
    if (this.type !== 'number') return this.#vocabulary === undefined;
    return this.#missing === 'mean' && this.#mean === undefined;
  }

  learn(rows: readonly (readonly unknown[])[], at: number, where: Where): void {
    for (let row = 0; row < rows.length; row++) {
      const cell = rows[row][at];
      if (this.#isMissing(cell)) continue;
      if (this.type === 'number') {
        const value = this.#number(cell, row, where);
        this.#count++;
        this.#running += (value - this.#running) / this.#count;
      } else this.#addWord(wordOf(cell), where);
    }
  }

  #addWord(word: string, where: Where): void {
    if (this.#words.has(word)) return;
    if (this.#words.size >= MOST_WORDS) {
      throw new DataError(
        `${where(-1)} has more than ${MOST_WORDS} different values; it looks like a name or an id, from which nothing ` +
          'can be learned. Leave it out with ignore, or give its vocabulary.',
      );
    }
    // A copy: engines let a part of a text keep the whole text alive.
    this.#words.add([...word].join(''));
  }

  /** Ends learning. */
  learned(where: string): void {
    if (!this.learns) return;
    if (this.type === 'number') {
      if (this.#count === 0) throw new DataError(`${where} has no number to take the mean of.`);
      this.#mean = this.#running;
      return;
    }
    const { fill } = typeof this.#missing === 'object' ? this.#missing : { fill: undefined };
    if (fill !== undefined) this.#words.add(String(fill));
    if (this.#words.size === 0) throw new DataError(`${where} has no values at all.`);
    const words = [...this.#words];
    const numeric = words.every((word) => Number.isFinite(Number(word)));
    this.#setVocabulary(words.sort((a, b) => (numeric ? Number(a) - Number(b) : a < b ? -1 : 1)));
    this.#words.clear();
  }

  /** Writes the column of all rows to out[row · width + offset ...]. */
  write(
    rows: readonly (readonly unknown[])[],
    at: number,
    out: Float32Array | Int32Array,
    { offset, width }: { offset: number; width: number },
    where: Where,
    drop: Drop,
  ): void {
    if (this.type !== 'number') {
      for (let row = 0; row < rows.length; row++) {
        const place = this.#place(rows[row][at], row, where, drop);
        if (this.type === 'index') out[row * width + offset] = place;
        else if (place >= 0) out[row * width + offset + place] = 1;
      }
      return;
    }
    const quick = !this.#numberMarks;
    for (let row = 0, to = offset; row < rows.length; row++, to += width) {
      const cell = rows[row][at];
      // An empty cell would become 0, so zeros are looked at again; what is no number compares as false.
      const value = typeof cell === 'string' && quick && plain(cell) ? +cell : Number.NaN;
      out[to] =
        (value !== 0 || cell === '0') && value <= LARGEST && value >= -LARGEST
          ? value
          : this.#any(cell, row, where, drop);
    }
  }

  /** The number of any cell at all. */
  #any(cell: unknown, row: number, where: Where, drop: Drop): number {
    if (!this.#isMissing(cell)) return this.#number(cell, row, where);
    const missing = this.#missing;
    if (missing === 'drop') drop(row);
    if (missing === 'mean') return this.#mean ?? 0;
    if (typeof missing === 'number') return missing;
    if (typeof missing === 'object') return Number(missing.fill);
    if (missing === 'error') throw new DataError(`${where(row)} is missing. ${this.#remedy('mean')}`);
    return 0;
  }

  #number(cell: unknown, row: number, where: Where): number {
    const value = typeof cell === 'string' ? decimal(cell) : typeof cell === 'boolean' ? Number(cell) : cell;
    if (typeof value === 'number' && value <= LARGEST && value >= -LARGEST) return value;
    if (typeof value === 'bigint') return this.#number(Number(value), row, where);
    if (typeof value === 'number' && !Number.isNaN(value)) {
      throw new DataError(`${where(row)}: ${show(cell)} is larger than a 32-bit float can be.`);
    }
    const comma =
      typeof cell === 'string' && /^\s*-?[\d.]*,[\d.]+\s*$/.test(cell) ? ' Decimals need a point.' : '';
    throw new DataError(
      `${where(row)}: ${show(clip(cell))} is not a number.${comma} For words, say columns: { ${key(this.name)}: '${this.label ? 'index' : 'oneHot'}' }; ` +
        `where it stands for a missing value, missingMarks: [${show(clip(cell))}].`,
    );
  }

  /** The place of a cell's word, or −1 where there is none to be told. */
  #place(cell: unknown, row: number, where: Where, drop: Drop): number {
    let word: string;
    if (this.#isMissing(cell)) {
      const missing = this.#missing;
      if (missing === 'drop') {
        drop(row);
        return -1;
      }
      if (typeof missing !== 'object' && typeof missing !== 'number')
        throw new DataError(`${where(row)} is missing. ${this.#remedy()}`);
      word = String(typeof missing === 'object' ? missing.fill : missing);
    } else word = wordOf(cell);
    const place = this.#places.get(word);
    if (place !== undefined) return place;
    if (this.#unknown === 'drop') drop(row);
    if (this.#unknown !== 'error') return -1;
    throw new DataError(
      `${where(row)}: ${show(clip(word))} is not in the column's vocabulary. ${suggest(word, this.#vocabulary?.slice(0, 20) ?? [])} ` +
        `unknown: 'drop' leaves such rows out${this.type === 'oneHot' ? ", 'zeros' makes them zeros" : ''}.`,
    );
  }

  #remedy(other?: 'mean'): string {
    const filled = other ? `'${other}' or a number` : "{ fill: 'unknown' }";
    return `Leave such rows out with columns: { ${key(this.name)}: { type: '${this.type}', missing: 'drop' } }, or fill the gaps with missing: ${filled}.`;
  }

  #isMissing(cell: unknown): boolean {
    if (typeof cell === 'string') return this.#marks.has(cell) || this.#marks.has(cell.trim());
    return (
      cell === undefined ||
      cell === null ||
      Number.isNaN(cell) ||
      (this.#numberMarks && this.#marks.has(String(cell)))
    );
  }

  /** What its numbers are called: one name, or one for each word. */
  get names(): readonly string[] {
    if (this.type !== 'oneHot') return [this.name];
    return (this.#vocabulary ?? []).map((word) => `${this.name}=${word}`);
  }

  toJSON(): ColumnState {
    const [vocabulary, mean] = [this.#vocabulary, this.#mean];
    return {
      name: this.name,
      label: this.label,
      type: this.type,
      missing: this.#missing,
      unknown: this.#unknown,
      ...(vocabulary && { vocabulary }),
      ...(mean !== undefined && { mean }),
    };
  }
}

/** JavaScript reads 0x10 as 16; in a table it is a word. */
const decimal = (cell: string): number => (/^\s*0[box]/i.test(cell) ? Number.NaN : Number(cell));

/** A cell that surely is no such number, told by its first two characters: a sign, a point or a digit, and no letter after it. */
const plain = (cell: string): boolean => {
  const first = cell.charCodeAt(0);
  return first > 32 && first <= 57 && !(cell.charCodeAt(1) > 57);
};

const key = (name: string): string => (/^[a-z_$][\w$]*$/i.test(name) ? name : show(name));
const clip = (cell: unknown): unknown =>
  typeof cell === 'string' && cell.length > 60 ? `${cell.slice(0, 60)}…` : cell;
const wordOf = (cell: unknown): string => (typeof cell === 'string' ? cell.trim() : String(cell));

const types = ['number', 'index', 'oneHot'] as const;
const unknowns = ['error', 'drop', 'zeros'] as const;

/** What the user said of a column, checked and completed. */
export function columnState(
  what: string,
  { name, label }: { readonly name: string; readonly label: boolean },
  said: ColumnOptions | ColumnOptions['type'] | undefined,
  tableMissing: Missing,
): ColumnState {
  const column = `${what}: column ${show(name)}`;
  const options: ColumnOptions = typeof said === 'string' ? { type: said } : (said ?? {});
  checkConfig(column, options, ['type', 'vocabulary', 'missing', 'unknown']);
  const { type = 'number', vocabulary, unknown = 'error' } = options;
  // What a table says of missing numbers does not hold for words, nor the other way round.
  const missing = options.missing ?? (isMissing(tableMissing, type) ? tableMissing : 'error');
  if (!types.includes(type))
    throw new ConfigError(`${column} has type ${show(type)}. ${suggest(type, types)}`);
  if (!unknowns.includes(unknown) || (unknown === 'zeros' && type !== 'oneHot')) {
    throw new ConfigError(
      `${column}: unknown is ${show(unknown)}; expected 'error', 'drop' or, where its type is 'oneHot', 'zeros'.`,
    );
  }
  checkMissing(column, missing, type);
  if (vocabulary !== undefined) checkVocabulary(column, vocabulary, type);
  return { name, label, type, missing, unknown, ...(vocabulary && { vocabulary: [...vocabulary] }) };
}

/** Whether a setting fits a column of this type, or, without a type, a table. */
function isMissing(missing: unknown, type: ColumnState['type'] | undefined): boolean {
  const [words, numbers] = [type !== 'number', type === undefined || type === 'number'];
  const filled = typeof missing === 'object' && missing !== null && 'fill' in missing;
  const fill = filled ? missing.fill : missing;
  return (
    missing === 'error' ||
    missing === 'drop' ||
    (missing === 'mean' && numbers) ||
    (typeof fill === 'number' && Number.isFinite(Math.fround(fill)) && (numbers || filled)) ||
    (filled && typeof fill === 'string' && words)
  );
}

export function checkMissing(what: string, missing: unknown, type: ColumnState['type'] | undefined): void {
  if (isMissing(missing, type)) return;
  const filled =
    type === 'number' || type === undefined ? "'mean' or a number" : "a word such as { fill: 'unknown' }";
  throw new ConfigError(`${what}: missing is ${show(missing)}; expected 'error', 'drop', ${filled}.`);
}

/** The first name that stood in the list before. */
export function repeated(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

function checkVocabulary(what: string, vocabulary: unknown, type: ColumnState['type']): void {
  if (type === 'number')
    throw new ConfigError(`${what}: numbers have no vocabulary; set its type to 'index' or 'oneHot'.`);
  const words: readonly unknown[] = Array.isArray(vocabulary) ? vocabulary : [];
  if (words.length === 0 || !words.every((word) => typeof word === 'string')) {
    throw new ConfigError(`${what}: vocabulary is ${show(vocabulary)}; expected a list of words.`);
  }
  const twice = repeated(words as readonly string[]);
  if (twice !== undefined) throw new ConfigError(`${what}: ${show(twice)} stands twice in the vocabulary.`);
}
