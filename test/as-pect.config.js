/**
 * Runs the kernel specs, which are AssemblyScript themselves: `asp --config test/as-pect.config.js`;
 * with VARIANT=relaxed in the environment, those of the relaxed-SIMD build.
 *
 * asp takes its compiler options from a second file, which only its command line or this setting names;
 * setting it here keeps the command short.
 */
import v8 from 'node:v8';
import { program } from 'commander';

const relaxed = process.env.VARIANT === 'relaxed';
// Node 20 has relaxed SIMD behind a flag, and asp starts Node without any.
if (relaxed) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
if (program.getOptionValueSource('asConfig') !== 'cli') {
  program.setOptionValue('asConfig', `test/as-pect.${relaxed ? 'relaxed.' : ''}asconfig.json`);
}

export default {
  entries: ['test/kernels/**/*.spec.ts'],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    return instantiate(binary, createImports({ env: { memory } }));
  },
  outputBinary: false,
};
