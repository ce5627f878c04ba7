/** Things that are looped over, once or again and again. */
import { ConfigError, DataError, show } from '../errors.js';

/** What gives examples or batches: a list, an iterable, or a function that gives one anew for each epoch. */
export type Elements<T> =
  | Iterable<T>
  | AsyncIterable<T>
  | ((epoch: number) => Iterable<T> | AsyncIterable<T> | Promise<Iterable<T> | AsyncIterable<T>>);

const iterable = (value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !ArrayBuffer.isView(value) &&
  (Symbol.iterator in value || Symbol.asyncIterator in value);

/** An iterator gives itself when it is looped over, and nothing the second time. */
export const isOnce = (elements: unknown): boolean =>
  iterable(elements) && typeof (elements as Partial<Iterator<unknown>>).next === 'function';

/** Gives the elements anew for every pass; says so where it cannot. `expected` names in messages what else would do. */
export function repeatable<T>(
  what: string,
  elements: Elements<T>,
  expected = 'a list, a generator function, or something else that can be looped over',
): (epoch: number) => Promise<Iterable<T> | AsyncIterable<T>> {
  if (typeof elements !== 'function' && !iterable(elements))
    throw new ConfigError(`${what}: got ${show(elements)}; expected ${expected}.`);
  let opened = false;
  return async (epoch) => {
    const items = typeof elements === 'function' ? await elements(epoch) : elements;
    if (!iterable(items)) {
      throw new ConfigError(`${what}: the function gave ${show(items)}; expected something to loop over.`);
    }
    if (isOnce(elements) && opened) {
      throw new DataError(
        `${what}: a generator can be read only once, and a second pass is wanted, for another epoch or for validation. ` +
          'Hand over the function that makes it, not its result.',
      );
    }
    opened = true;
    return items as Iterable<T> | AsyncIterable<T>;
  };
}
