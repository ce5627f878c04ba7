/** Checks on what users set: a wrong setting is an error that names it, never ignored. */
import { ConfigError, show, suggest } from './errors.js';

/** Refuses settings that the layer does not have, so that a misspelt one is not silently ignored. */
export function checkConfig(what: string, config: unknown, known: readonly string[]): void {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    const such =
      known.length > 0
        ? `an object with settings such as { ${known.slice(0, 3).join(', ')} }`
        : 'no settings';
    throw new ConfigError(`${what}: expected ${such}, got ${show(config)}.`);
  }
  for (const key of Object.keys(config)) {
    if (!known.includes(key))
      throw new ConfigError(`${what} has no setting '${key}'. ${suggest(key, known)}`);
  }
}

/** A whole number ≥ least, or an error that says so. */
export function wholeNumber(what: string, value: unknown, least = 1): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least) {
    throw new ConfigError(`${what} is ${show(value)}; expected a whole number, at least ${least}.`);
  }
  return value;
}

/** A number in [from, to], or an error that says so. */
export function numberIn(what: string, value: unknown, from: number, to: number): number {
  if (typeof value !== 'number' || !(value >= from && value <= to)) {
    const range =
      to === Number.POSITIVE_INFINITY ? `a number, at least ${from}` : `a number from ${from} to ${to}`;
    throw new ConfigError(`${what} is ${show(value)}; expected ${range}.`);
  }
  return value;
}

/** A number that is finite in f32 too, ≥ least if that is given, or an error that says so. */
export function finite(what: string, value: unknown, least = Number.NEGATIVE_INFINITY): number {
  if (typeof value !== 'number' || !Number.isFinite(Math.fround(value)) || value < least) {
    const range =
      least === Number.NEGATIVE_INFINITY ? 'a finite number' : `a finite number, at least ${least}`;
    throw new ConfigError(`${what} is ${show(value)}; expected ${range}.`);
  }
  return value;
}

/** A number that is finite and above 0 in f32 too, or an error that says so. */
export function positive(what: string, value: unknown): number {
  if (typeof value !== 'number' || !(Math.fround(value) > 0 && Number.isFinite(Math.fround(value)))) {
    throw new ConfigError(`${what} is ${show(value)}; expected a number above 0.`);
  }
  return value;
}

/** true or false, or an error that says so. */
export function flag(what: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new ConfigError(`${what} is ${show(value)}; expected true or false.`);
  return value;
}

/** Text that is not empty, or an error that says so. */
export function text(what: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new ConfigError(`${what} is ${show(value)}; expected some text.`);
  }
  return value;
}

/** An AbortSignal or nothing, or an error that says so. */
export function abortSignal(what: string, value: unknown): AbortSignal | undefined {
  if (value === undefined || typeof (value as Partial<AbortSignal>)?.throwIfAborted === 'function') {
    return value as AbortSignal | undefined;
  }
  throw new ConfigError(`${what} is ${show(value)}; expected the signal of an AbortController.`);
}
