/** Long work in pieces, so that a page stays awake and whoever waits can call it off. */

/** Stops after each piece, where others may have their turn; what it comes to is its result. */
export type Work<T> = Generator<void, T, void>;

/** Does all pieces at once. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** What is known at once, or takes work. */
export type Effort<T> = T | Work<T>;

/** The result of either. */
export function* outcome<T extends object | undefined>(effort: Effort<T>): Work<T> {
  return isWork(effort) ? yield* effort : effort;
}

const isWork = <T extends object | undefined>(effort: Effort<T>): effort is Work<T> =>
  typeof (effort as Partial<Work<T>> | undefined)?.throw === 'function';
