import { meanSquaredError } from './meanSquaredError.js';

export const losses = { meanSquaredError };
