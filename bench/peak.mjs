/** What a processor does through WebAssembly on registers alone: the bound that products are held against. */
import asc from 'assemblyscript/asc';

/** A job { flops, run(rounds) } of multiply-adds that never leave the registers: as many sums at a time as `count`. */
async function onRegisters(relaxed, count) {
  const sums = [...Array(count).keys()];
  const madd = (s) => (relaxed ? `f32x4.relaxed_madd(${s}, x, y)` : `f32x4.add(f32x4.mul(${s}, x), y)`);
  const { binary, error, stderr } = await asc.compileString(
    `export function peak(rounds: i32, p: usize): void {
       const x = v128.load32_splat(p, 400), y = v128.load32_splat(p, 404);
       let ${sums.map((i) => `s${i} = v128.load(p, ${16 * i})`).join(', ')};
       for (; rounds > 0; rounds--) { ${sums.map((i) => `s${i} = ${madd(`s${i}`)};`).join(' ')} }
       ${sums.map((i) => `v128.store(p, s${i}, ${16 * i});`).join(' ')}
     }`,
    {
      optimizeLevel: 3,
      runtime: 'stub',
      initialMemory: 1,
      enable: relaxed ? ['simd', 'relaxed-simd'] : ['simd'],
    },
  );
  if (error) throw new Error(stderr.toString());
  const { peak } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
  return { flops: count * 8, run: (rounds) => peak(rounds, 64) };
}

/** Jobs for `race` of wasm.mjs; the fastest of them is the peak. */
export const peaks = (relaxed) =>
  Promise.all([8, 10, 12, 16, 20, 24].map((count) => onRegisters(relaxed, count)));
