/** `data`: where examples come from. */
export { batches, Dataset, examples, type SplitOptions, tensors } from './dataset.js';
export { idx } from './idx.js';
export { npy, readNpy, readNpz, writeNpy } from './npy.js';
export type { Elements } from './repeatable.js';
export type { Batch, Pair } from './rows.js';
export { type Row, Schema, schema, type TableOptions } from './schema.js';
export type { DataSource } from './source.js';
export { type CsvOptions, csv, type RowsOptions, rows } from './table.js';
