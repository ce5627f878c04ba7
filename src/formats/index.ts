import { decode } from './readSafetensors.js';
import { encode } from './safetensors.js';

/** Reading and writing files of the format, whatever made them: weights from Python, say. */
export const safetensors = { encode, decode };
