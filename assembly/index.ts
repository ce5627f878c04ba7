/** What the host may call, nothing else. */
export { run } from './run';
export { philox, shuffle, uniform } from './kernels/random';
