/** The corpus. */
import { faults } from './faulty.mjs';
import { controls } from './healthy.mjs';

export const cases = [...faults, ...controls];
