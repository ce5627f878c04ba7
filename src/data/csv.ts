/** The rows of a CSV file, read as it streams. */
import { DataError, StateError, show } from '../errors.js';
import { Decoding } from './decoding.js';
import type { Piece } from './source.js';

export interface CsvFormat {
  /** What stands between cells. Default ','. */
  delimiter?: string;
  /** What cells that hold delimiters or line breaks stand between. Default '"'; two of them mean one. */
  quote?: string;
  /** What lines begin with that are to be skipped. Default: none are. */
  comment?: string;
  /** Default: UTF-8, or UTF-16 where the file begins with its byte order mark. */
  encoding?: string;
}

export const csvSettings = ['delimiter', 'quote', 'comment', 'encoding'] as const;

/** Characters that a row may have: a quote that is not closed would else take in the rest of the file. */
const LONGEST = 2 ** 24;

type Parser = new (config: {
  delimiter: string;
  newline: string;
  quoteChar: string;
  comments: string | false;
}) => {
  parse(
    text: string,
    base: number,
    ignoreLastRow: boolean,
  ): { data: string[][]; errors: { code: string; row: number }[]; meta: { cursor: number } };
};

/** Papa Parse, loaded when the first CSV is read. */
async function parser(what: string): Promise<Parser> {
  try {
    // In a try block bundlers take it for optional, and need not find it.
    const papa = await import('papaparse');
    // Not every bundler gives a CommonJS module a default export.
    return ((papa.default ?? papa) as unknown as { Parser: Parser }).Parser;
  } catch (cause) {
    throw new StateError(
      `${what}: reading CSV takes the package papaparse, which was not found: npm install papaparse (in a page without a bundler, an import map).`,
      { cause },
    );
  }
}

/** The kind of line break in use; undefined where the text does not tell yet. */
function lineBreak(text: string, ended: boolean): '\n' | '\r' | undefined {
  // A carriage return before a line feed is taken off the last cell, so that files with both kinds are read as well.
  if (text.includes('\n')) return '\n';
  const at = text.indexOf('\r');
  return at >= 0 && (ended || at < text.length - 1) ? '\r' : undefined;
}

/** What messages call a row; the header is row 0. */
const rowName = (row: number): string => (row === 0 ? 'the header' : `row ${row}`);

/**
 * Rows of cells, some at a time. Every row has as many cells as the first; empty lines are left out. `number` is that of
 * the first row, for messages.
 */
export async function* csvRows(
  what: string,
  pieces: AsyncIterable<Piece>,
  { delimiter = ',', quote = '"', comment, encoding }: CsvFormat,
  number: number,
): AsyncGenerator<string[][]> {
  const Papa = await parser(what);
  let parse: ((text: string, ended: boolean) => { rows: string[][]; used: number }) | undefined;
  let columns: number | undefined;
  let before = number;
  let text = '';
  const decoding = new Decoding(encoding, (good, shown, used) => {
    const row = before + (text + good).split(/\r\n|\r|\n/).length - 1;
    const remedy =
      used === 'utf-8'
        ? "'windows-1252', if a spreadsheet or an older program wrote it"
        : 'that it was written in';
    return new DataError(
      `${what}, about ${rowName(row)}: its bytes are not ${used.toUpperCase()} at ${show(shown.replace(/\s+/g, ' ').trim())}; set encoding: ${remedy}.`,
    );
  });
  /** Parsing anew before the text has doubled would make a long row take long. */
  let next = 0;

  const parsed = (ended: boolean): string[][] => {
    if (!ended && text.length < next) return [];
    if (!parse) {
      const newline = ended ? (lineBreak(text, true) ?? '\n') : lineBreak(text, false);
      if (!newline) return [];
      const papa = new Papa({ delimiter, newline, quoteChar: quote, comments: comment ?? false });
      parse = (part, last) => {
        const { data, errors, meta } = papa.parse(part, 0, !last);
        // The row that is not whole yet may look broken.
        const broken = errors.find(({ row }) => last || row < data.length);
        if (broken) {
          throw new DataError(
            `${what}, ${rowName(before + broken.row)}: ${
              broken.code === 'MissingQuotes'
                ? 'a quote is not closed'
                : 'there is text after a closing quote'
            }. A quote within a quoted cell is written twice; quote: '' reads quotes as they are.`,
          );
        }
        return { rows: data, used: last ? part.length : meta.cursor };
      };
    }
    const { rows, used } = parse(text, ended);
    text = text.slice(used);
    next = used === 0 ? 2 * text.length : 0;
    return rows;
  };

  /** Checks and tidies rows. */
  const whole = (rows: string[][]): string[][] => {
    let blank = false;
    for (const row of rows) {
      const last = row.length - 1;
      const cell = row[last];
      if (cell.charCodeAt(cell.length - 1) === 13) row[last] = cell.slice(0, -1);
      if (last === 0 && row[0] === '') {
        blank = true;
        continue;
      }
      columns ??= row.length;
      if (row.length !== columns) {
        const at =
          before + rows.slice(0, rows.indexOf(row)).filter((r) => r.length > 1 || r[0] !== '').length;
        const sign =
          columns === 1
            ? [';', '\t', '|'].find((other) => row.some((cell) => cell.includes(other)))
            : undefined;
        const advice = sign
          ? `If ${show(sign)} stands between cells, set delimiter: ${show(sign)}.`
          : `Cells that hold a ${show(delimiter)} need quotes.`;
        throw new DataError(
          `${what}, ${rowName(at)}: it has ${row.length} ${row.length === 1 ? 'cell' : 'cells'}, and the first row has ${columns}. ${advice}`,
        );
      }
    }
    const full = blank ? rows.filter((row) => row.length > 1 || row[0] !== '') : rows;
    before += full.length;
    return full;
  };

  for await (const piece of pieces) {
    text += decoding.next(piece);
    const rows = whole(parsed(false));
    if (text.length > LONGEST) {
      throw new DataError(
        `${what}, ${rowName(before)}: it has more than ${LONGEST} characters; is a quote not closed, or is this no CSV file?`,
      );
    }
    if (rows.length > 0) yield rows;
  }
  text += decoding.end();
  const rows = text === '' ? [] : whole(parsed(true));
  if (rows.length > 0) yield rows;
}
