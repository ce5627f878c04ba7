/** Which WebAssembly binary runs, and how it is compiled: once a process. */
import { instantiateSync } from '@assemblyscript/loader';
import { ConfigError } from '../errors.js';
import { relaxed, simd } from './binaries.generated.js';

/** 'fast' may use relaxed multiply-add; 'portable' gives the same bits on every engine and processor. */
export type Numerics = 'fast' | 'portable';

export interface InitOptions {
  numerics?: Numerics;
  /** A compiled module, for hosts that forbid compiling: its bytes stand in the package's dist/wasm. */
  module?: WebAssembly.Module;
}

/** What assembly/index.ts exports. */
export interface Kernels extends Record<string, unknown> {
  run(program: number, steps: number, thread: number, threads: number): void;
  shuffle(index: number, n: number, seed: number, epoch: number): void;
}

/** Uses one relaxed instruction: f32x4.relaxed_madd of three zeros. */
const relaxedProbe = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0,
  65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11,
);

const settings: { numerics: Numerics; module: WebAssembly.Module | undefined } = { numerics: 'fast', module: undefined };
const compiled = new Map<Numerics, WebAssembly.Module>();

/**
 * Chooses the engine for models made from now on. Optional: the first use takes the defaults
 * (`numerics: 'fast'`, the best variant that the JavaScript engine offers).
 */
export async function init(options: InitOptions = {}): Promise<void> {
  const { numerics = 'fast', module } = options;
  if (numerics !== 'fast' && numerics !== 'portable') {
    throw new ConfigError(`init: numerics is ${String(numerics)}; it must be 'fast' or 'portable'.`);
  }
  Object.assign(settings, { numerics, module });
}

/** Whether the JavaScript engine has relaxed SIMD (Node 21, Chrome 114, Firefox 145, Deno, Bun). */
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxedProbe);

function compile(): WebAssembly.Module {
  if (settings.module) return settings.module;
  const { numerics } = settings;
  let module = compiled.get(numerics);
  if (!module) {
    const base64 = numerics === 'fast' && hasRelaxedSimd() ? relaxed : simd;
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    module = new WebAssembly.Module(bytes);
    compiled.set(numerics, module);
  }
  return module;
}

/** The kernels, working on the given memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  return instantiateSync(compile(), { env: { memory } }).exports as unknown as Kernels;
}
