/** Data sets of tables: CSV files, and lists of objects. */
import { ConfigError, DataError, show } from '../errors.js';
import { nextTask } from '../runtime/yield.js';
import { checkConfig, text } from '../settings.js';
import { repeated } from './columns.js';
import { type CsvFormat, csvRows, csvSettings } from './csv.js';
import { Dataset } from './dataset.js';
import { type Elements, isOnce, repeatable } from './repeatable.js';
import { cellsOf, type Row, Schema, schemaFor, type TableOptions, tableSettings } from './schema.js';
import { type DataSource, opener } from './source.js';

/** A table as it is read: first the names of its columns, then rows of cells. */
interface Table {
  readonly header: readonly string[];
  readonly rows: AsyncIterable<readonly (readonly unknown[])[]>;
  /** Lets go of the source, where the rows are not read to their end. */
  close(): Promise<unknown>;
}

interface SchemaOptions extends TableOptions {
  /** A schema of other data, for these to be read in the same way; in place of all other settings of columns. */
  schema?: Schema;
}

export interface CsvOptions extends SchemaOptions, CsvFormat {
  /** Whether the first row names the columns (default), or the names where the file has none; false calls them '0', '1', ... */
  header?: boolean | readonly string[];
}

export interface RowsOptions extends SchemaOptions {}

/**
 * A data set of a CSV file, which is read as it is needed and never as a whole. Columns are numbers unless `columns`
 * says otherwise; where words or means must be learned, the file is read once from end to end first.
 *
 *     const penguins = await data.csv('penguins.csv', { label: 'species', columns: { species: 'index', island: 'oneHot' } });
 *     const [train, test] = penguins.split(0.8);
 *
 * x [n, inputs] f32; y [n] i32 for an 'index' label, [n] f32 for a number, [n, k] f32 for 'oneHot' or several.
 */
export async function csv(source: DataSource, options: CsvOptions = {}): Promise<Dataset> {
  checkConfig('data.csv', options, ['schema', 'header', ...csvSettings, ...tableSettings]);
  const { header = true } = options;
  const format = csvFormat(options);
  if (
    typeof header !== 'boolean' &&
    (!Array.isArray(header) || !header.every((name) => typeof name === 'string'))
  )
    throw new ConfigError(`data.csv: header is ${show(header)}; expected true, false or a list of names.`);
  const { name, once, open } = opener('data.csv', source);
  const what = `data.csv: ${name}`;
  return tableDataset(what, once, options, async () => {
    const rows = csvRows(what, open(), format, header === true ? 0 : 1);
    const close = () => rows.return(undefined);
    try {
      const { done, value: first } = await rows.next();
      if (done) throw new DataError(`${what} is empty.`);
      const unnamed = header === false ? first[0].map((_, i) => String(i)) : header;
      const names = unnamed === true ? first[0] : unnamed;
      if (names.length !== first[0].length) {
        throw new ConfigError(
          `${what}: header has ${names.length} names, and the file ${first[0].length} columns.`,
        );
      }
      const table = { header: checkHeader(what, names, format), close };
      return { ...table, rows: resumed(header === true ? first.slice(1) : first, rows) };
    } catch (error) {
      await close();
      throw error;
    }
  });
}

function csvFormat(options: CsvOptions): CsvFormat {
  const format: CsvFormat = {};
  for (const key of csvSettings) {
    const value = options[key];
    if (value === undefined) continue;
    if (key === 'quote' && value === '') format.quote = '\0';
    else format[key] = text(`data.csv: ${key}`, value);
  }
  const { delimiter = ',', quote = '"' } = format;
  if (/[\r\n"\ufeff]/.test(delimiter) || delimiter === quote || quote.length > 1) {
    throw new ConfigError(
      `data.csv: delimiter ${show(delimiter)} and quote ${show(quote)} cannot be told apart from each other or from the ends of lines; expected such as ',' and '"'.`,
    );
  }
  if (format.comment === delimiter) throw new ConfigError('data.csv: comment and delimiter are the same.');
  try {
    new TextDecoder(format.encoding ?? 'utf-8');
  } catch {
    throw new ConfigError(
      `data.csv: there is no encoding ${show(format.encoding)}; try 'utf-8' or 'windows-1252'.`,
    );
  }
  return format;
}

function checkHeader(what: string, given: readonly string[], { delimiter = ',' }: CsvFormat): string[] {
  const header = given.map((name) => name.trim());
  const twice = repeated(header);
  if (twice !== undefined)
    throw new DataError(`${what} has two columns ${show(twice)}; give them names with header: [...].`);
  const other = [';', '\t', '|', ','].find(
    (sign) => sign !== delimiter && header.length === 1 && header[0].includes(sign),
  );
  if (other !== undefined) {
    throw new DataError(
      `${what} has a single column, ${show(header[0].slice(0, 60))}; set delimiter: ${show(other)} if that is what stands between its cells.`,
    );
  }
  return header;
}

/** Objects that are encoded at a time. */
const PORTION = 256;

/**
 * A data set of objects: a list, or a function that gives something to loop over anew for each epoch. Columns are the
 * keys of the first object; options as for data.csv.
 */
export async function rows(objects: Elements<Row>, options: RowsOptions = {}): Promise<Dataset> {
  checkConfig('data.rows', options, ['schema', ...tableSettings]);
  const what = 'data.rows';
  const open = repeatable(what, objects);
  return tableDataset(what, isOnce(objects), options, async (epoch) => {
    const portions = inPortions(await open(epoch));
    const { done, value: first } = await portions.next();
    if (done) throw new DataError(`${what}: there are no rows.`);
    cellsOf(`${what}: row 1`, first[0], []);
    const header = Object.keys(first[0]);
    let count = 0;
    const cells = async function* () {
      for await (const portion of resumed(first, portions))
        yield portion.map((row) => cellsOf(`${what}: row ${++count}`, row, header));
    };
    return { header, rows: cells(), close: () => portions.return(undefined) };
  });
}

async function* inPortions<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T[]> {
  let portion: T[] = [];
  for await (const item of items) {
    if (portion.push(item) < PORTION) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

/** Learns what the columns need, and gives the data set. */
async function tableDataset(
  what: string,
  once: boolean,
  options: SchemaOptions,
  open: (epoch: number) => Promise<Table>,
): Promise<Dataset> {
  if (options.schema !== undefined && !(options.schema instanceof Schema)) {
    throw new ConfigError(
      `${what}: schema is ${show(options.schema)}; expected that of a data set, or data.schema(saved).`,
    );
  }
  const beside = tableSettings.find((key) => options.schema && options[key] !== undefined);
  if (beside) throw new ConfigError(`${what}: the schema settles the columns; leave out ${beside}.`);
  /** Of a source that can be opened only once, for the first pass. */
  let held: Table | undefined = await open(0);
  const { header, rows, close } = held;
  let schema: Schema;
  try {
    schema = options.schema ?? schemaFor(what, header, options);
    const bound = schema.bind(what, header);
    if (schema.learns) {
      if (once) {
        throw new DataError(
          `${what}: words or means must be learned in a first pass, and this source can be read only once. Give a function that opens it anew, or the vocabularies.`,
        );
      }
      for await (const some of rows) {
        bound.learn(some);
        await nextTask();
      }
      schema.learned(what);
    }
    if (!once) {
      await close();
      held = undefined;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return new Dataset(
    async function* (epoch) {
      const table = held ?? (await open(epoch));
      held = undefined;
      const bound = schema.bind(what, table.header);
      try {
        for await (const some of table.rows) {
          const batch = bound.encode(some);
          if (batch) yield batch;
        }
      } finally {
        await table.close();
      }
    },
    { schema },
  );
}

async function* resumed<T>(
  first: readonly T[],
  rest: AsyncGenerator<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  if (first.length > 0) yield first;
  yield* rest;
}
