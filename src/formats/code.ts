/** Values as JavaScript that makes them again. */
import { recipeOf } from '../recipe.js';

/**
 * Text that evaluates to the value where the library's names are in scope: layers.dense({ units: 8 }) for what
 * the library made, literals for plain data. What users wrote themselves goes by its name, or if it is a
 * function without one, by its source.
 */
export function codeOf(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value === null || typeof value !== 'object') {
    if (typeof value !== 'function') return String(value);
    return value.name || `(${String(value)})`;
  }
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as ArrayLike<unknown>, codeOf).join(', ')}]`;
  const recipe = recipeOf(value);
  if (recipe) return `${recipe.make}(${recordOf(recipe.config)})`;
  const { name } = value as { name?: unknown };
  const isOwn = typeof name === 'string' && Object.values(value).some((part) => typeof part === 'function');
  return isOwn ? name : recordOf(value) || '{}';
}

/** { a: 1 }, or nothing where there is nothing in it. */
function recordOf(record: object): string {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return '';
  return `{ ${entries.map(([key, value]) => `${isName(key) ? key : quoted(key)}: ${codeOf(value)}`).join(', ')} }`;
}

const isName = (key: string): boolean => /^[A-Za-z_$][\w$]*$/.test(key);

/** In single quotes; what JSON escapes stays escaped. */
const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`;
