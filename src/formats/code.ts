/** Values as JavaScript that makes them again. */
import { recipeOf } from '../recipe.js';

/**
 * Text that evaluates to the value where the library's names are in scope: layers.dense({ units: 8 }) for what
 * the library made, literals for plain data. What users wrote themselves goes by its name, which `own` collects;
 * a function without one by its source. JavaScript calls a function written in place by the setting's `key`: that
 * is no name.
 */
export function codeOf(value: unknown, own?: Set<string>, key?: string): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'function') {
    const { name } = value;
    if (!isName(name) || name === key) return sourceOf(value as (...given: never) => unknown);
    own?.add(name);
    return name;
  }
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as ArrayLike<unknown>, (item) => codeOf(item, own)).join(', ')}]`;
  const recipe = recipeOf(value);
  if (recipe) return `${recipe.make}(${recordOf(recipe.config, own)})`;
  const { name } = value as { name?: unknown };
  const isOwn = typeof name === 'string' && Object.values(value).some((part) => typeof part === 'function');
  if (!isOwn) return recordOf(value, own) || '{}';
  own?.add(name);
  return name;
}

/** { a: 1 }, or nothing where there is nothing in it. */
function recordOf(record: object, own?: Set<string>): string {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return '';
  return `{ ${entries.map(([key, value]) => `${isName(key) ? key : quoted(key)}: ${codeOf(value, own, key)}`).join(', ')} }`;
}

/** A function as an expression; a method's source lacks the word. */
function sourceOf(value: (...given: never) => unknown): string {
  const source = String(value);
  return value.name && source.startsWith(`${value.name}(`) ? `function ${source}` : source;
}

/** The shortest decimal that is the same 32-bit float: 0.002 for 0.0020000000949949026. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

const isName = (key: string): boolean => /^[A-Za-z_$][\w$]*$/.test(key);

/** In single quotes; what JSON escapes stays escaped. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`;
