/**
 * Everything chainrule throws on purpose. A message says what was given, what was expected and what
 * to do; nothing is half-updated when one is thrown.
 */
export class ChainruleError extends Error {
  override name = 'ChainruleError';
}

/** Shapes that do not fit together. */
export class ShapeError extends ChainruleError {
  override name = 'ShapeError';
}

/** Data that cannot be trained on or predicted from: wrong length, NaN, labels out of range. */
export class DataError extends ChainruleError {
  override name = 'DataError';
}

/** A setting that does not exist or lies outside its range. */
export class ConfigError extends ChainruleError {
  override name = 'ConfigError';
}

/** A call that the model is not ready for: not compiled, not built, already training. */
export class StateError extends ChainruleError {
  override name = 'StateError';
}

/** More memory than WebAssembly (4 GiB) or the machine can give. */
export class MemoryError extends ChainruleError {
  override name = 'MemoryError';
}

/** A worker thread that ended while it was needed. */
export class ThreadError extends ChainruleError {
  override name = 'ThreadError';
}

/** The edit distance of two words, for suggestions. Swapping two neighbours is one edit: 'rleu' is near 'relu'. */
function distance(a: string, b: string): number {
  const far = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => i + j),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const substitute = far[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      far[i][j] = Math.min(substitute, far[i][j - 1] + 1, far[i - 1][j] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) far[i][j] = Math.min(far[i][j], far[i - 2][j - 2] + 1);
    }
  }
  return far[a.length][b.length];
}

/** Longer texts are cut off in messages. */
const LONGEST = 100;

/** " Did you mean 'x'?" where one of the names is close to the given one, else the list of names. */
export function suggest(given: unknown, names: readonly string[]): string {
  const plain = (s: string) => s.toLowerCase().replace(/[-_ ]/g, '');
  const word = typeof given === 'string' ? plain(given.slice(0, LONGEST)) : '';
  const scored = names.slice(0, 1000).map((name) => ({ name, far: distance(word, plain(name)) }));
  scored.sort((a, b) => a.far - b.far);
  const best = scored[0];
  // One letter of one is another word, not the same one misspelt.
  const close =
    best !== undefined &&
    best.far <= Math.max(1, Math.floor(best.name.length / 3)) &&
    best.far < Math.max(1, word.length, best.name.length);
  const more = names.length > 30 ? `, … ${names.length} in all` : '';
  return close ? `Did you mean '${best.name}'?` : `Known: ${names.slice(0, 30).join(', ')}${more}.`;
}

/** Why something failed: fetch tells no more than 'fetch failed' itself, and why (ECONNREFUSED) in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error)) return message;
  const deeper = cause.message || (cause as { code?: string }).code;
  return deeper ? `${message} (${deeper})` : message;
}

/** A value as it should stand in a message: short, and recognisable. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (typeof value === 'function') return `a function${value.name ? ` '${cut(value.name)}'` : ''}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${(value as Uint8Array).length}`;
  if (Array.isArray(value)) {
    if (depth > 3) return '[…]';
    const head = value.slice(0, 6).map((item) => show(item, depth + 1));
    return `[${head.join(', ')}${value.length > 6 ? `, … ${value.length} in all` : ''}]`;
  }
  if (value !== null && typeof value === 'object') return showObject(value);
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

function showObject(value: object): string {
  if (value instanceof Promise) return 'a promise (await it)';
  const { name } = (Object.getPrototypeOf(value)?.constructor ?? Object) as { name?: unknown };
  const keys = Object.keys(value).slice(0, 6).map(cut).join(', ');
  const kind = typeof name === 'string' && name !== '' && name !== 'Object' ? ` ${cut(name)}` : '';
  return kind && !keys ? `an object of class${kind}` : `an object${kind} { ${keys} }`;
}

/** Short, and in one line. */
function cut(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  return short.replace(/[\x00-\x1f\x7f\u2028\u2029]/g, (sign) => JSON.stringify(sign).slice(1, -1));
}
