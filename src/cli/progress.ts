import type { Callback } from '../train/callbacks.js';

export function progressLine(_verbose: 0 | 1 | 2 | 'auto'): Callback[] {
  return [];
}
