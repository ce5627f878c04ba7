/**
 * Where threads wait for each other. Only in binaries with shared memory; the words lie at fixed
 * addresses in the first kilobyte of every arena, a cache line each.
 */
import { BARRIER_ARRIVED, BARRIER_BROKEN, BARRIER_GENERATION, BARRIER_SLEEPERS, MAIN_MAY_SLEEP } from './opcodes';

/**
 * Looks at the generation before a thread goes to sleep: a good half of a millisecond, longer than slices of one instruction
 * differ. Threads that sleep and wake in turns cost a tenth of a step, and the scheduler may leave both on one core.
 */
const SPINS: i32 = 200_000;
/** Nanoseconds of one sleep. */
const NAP: i64 = 100_000_000;
/** Sleeps, or rounds of spinning, after which the other threads count as lost: about ten seconds. */
const NAPS: i32 = 100;
const ROUNDS: i32 = 10_000;

/**
 * Returns when all threads have come here; what they wrote before is then seen by all. False when
 * one of them is lost (its worker was ended): the run is then to be given up.
 */
export function barrier(thread: i32, threads: i32): bool {
  const generation = atomic.load<i32>(BARRIER_GENERATION);
  if (atomic.add<i32>(BARRIER_ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(BARRIER_ARRIVED, 0);
    atomic.store<i32>(BARRIER_GENERATION, generation + 1);
    if (atomic.load<i32>(BARRIER_SLEEPERS) != 0) atomic.notify(BARRIER_GENERATION, -1);
    return true;
  }
  // A page's main thread must not sleep.
  const maySleep = thread != 0 || load<i32>(MAIN_MAY_SLEEP) != 0;
  let spins = SPINS;
  let patience = maySleep ? NAPS : ROUNDS;
  while (atomic.load<i32>(BARRIER_GENERATION) == generation) {
    if (--spins > 0) continue;
    if (atomic.load<i32>(BARRIER_BROKEN) != 0) return false;
    if (--patience == 0) {
      atomic.store<i32>(BARRIER_BROKEN, 1);
      return false;
    }
    if (maySleep) {
      atomic.add<i32>(BARRIER_SLEEPERS, 1);
      atomic.wait<i32>(BARRIER_GENERATION, generation, NAP);
      atomic.sub<i32>(BARRIER_SLEEPERS, 1);
    } else {
      spins = SPINS;
    }
  }
  return true;
}
