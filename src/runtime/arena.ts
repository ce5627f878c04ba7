import { ARENA_START } from '../../assembly/opcodes.js';
import { align } from '../compile/plan.js';
import { MemoryError } from '../errors.js';
import { instantiate, type Kernels, kernelModule } from './engine.js';

const PAGE = 65536;
/** The end of the address space of 32-bit WebAssembly: 4 GiB. */
const LIMIT = 2 ** 32;

interface Block {
  start: number;
  bytes: number;
}

/**
 * One model's memory: a WebAssembly.Memory, the kernels instantiated on it, and an allocator for
 * large blocks (first fit, neighbours merged). Growing moves the memory, so views are taken when needed.
 */
export class Arena {
  readonly kernels: Kernels;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Free blocks by address. */
  #free: Block[] = [];
  #used = new Map<number, number>();
  #end = ARENA_START;

  /** Shared memory can be walked by several threads. */
  constructor(readonly shared = false) {
    try {
      this.memory = new WebAssembly.Memory({ initial: 1, maximum: LIMIT / PAGE, shared });
    } catch (cause) {
      throw new MemoryError(
        'no address space is left for another model: drop models that are no longer used.',
        { cause },
      );
    }
    this.module = kernelModule(shared);
    this.kernels = instantiate(this.module, this.memory);
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  #views: {
    buffer?: ArrayBufferLike;
    f32: Float32Array;
    u32: Uint32Array;
    i32: Int32Array;
    u8: Uint8Array;
    f64: Float64Array;
  } = {
    f32: new Float32Array(),
    u32: new Uint32Array(),
    i32: new Int32Array(),
    u8: new Uint8Array(),
    f64: new Float64Array(),
  };

  /** Typed views of the whole memory, valid until the next allocation. */
  get views(): {
    readonly f32: Float32Array;
    readonly u32: Uint32Array;
    readonly i32: Int32Array;
    readonly u8: Uint8Array;
    readonly f64: Float64Array;
  } {
    const { buffer } = this.memory;
    if (this.#views.buffer !== buffer) {
      this.#views = {
        buffer,
        f32: new Float32Array(buffer),
        u32: new Uint32Array(buffer),
        i32: new Int32Array(buffer),
        u8: new Uint8Array(buffer),
        f64: new Float64Array(buffer),
      };
    }
    return this.#views;
  }

  /** The address of a new block, filled with zeros. */
  allocate(bytes: number, purpose: string): number {
    const size = align(Math.max(bytes, 1));
    const at = this.#free.findIndex((block) => block.bytes >= size);
    let start: number;
    if (at >= 0) {
      const block = this.#free[at];
      start = block.start;
      block.start += size;
      block.bytes -= size;
      if (block.bytes === 0) this.#free.splice(at, 1);
      this.views.u8.fill(0, start, start + size);
    } else {
      start = this.#end;
      this.#growTo(start + size, purpose, size);
      this.#end = start + size;
    }
    this.#used.set(start, size);
    return start;
  }

  release(start: number): void {
    const bytes = this.#used.get(start);
    if (bytes === undefined) throw new Error(`no block begins at ${start}`);
    this.#used.delete(start);
    this.#free.push({ start, bytes });
    this.#free.sort((a, b) => a.start - b.start);
    const merged: Block[] = [];
    for (const block of this.#free) {
      const last = merged[merged.length - 1];
      if (last && last.start + last.bytes === block.start) last.bytes += block.bytes;
      else merged.push(block);
    }
    const last = merged[merged.length - 1];
    if (last && last.start + last.bytes === this.#end) {
      // New blocks at the end must find zeros.
      this.views.u8.fill(0, last.start, this.#end);
      this.#end = last.start;
      merged.pop();
    }
    this.#free = merged;
  }

  #growTo(end: number, purpose: string, size: number): void {
    const missing = Math.ceil((end - this.bytes) / PAGE);
    if (missing <= 0) return;
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MiB`;
    const wanted = `${mib(size)} for ${purpose}, with ${mib(this.#end)} in use`;
    if (end > LIMIT) {
      throw new MemoryError(
        `${wanted}, is more than the 4 GiB that WebAssembly can address: use a smaller model, a smaller batch or less data at once.`,
      );
    }
    try {
      this.memory.grow(missing);
    } catch (cause) {
      throw new MemoryError(
        `the JavaScript engine refused ${wanted}: use a smaller model, a smaller batch or less data at once.`,
        { cause },
      );
    }
  }
}
