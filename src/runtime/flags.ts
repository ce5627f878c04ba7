/** V8's flags that `chainrule/turbo` sets, and what its self-test reports of them. */
export const relaxedFlag = '--experimental-wasm-relaxed-simd';
export const vectorFlag = '--experimental-wasm-revectorize';

export interface Report {
  /** Relaxed multiply-add gives the sums of the plain one but for their rounding. */
  readonly relaxed: boolean;
  /** With 256-bit vectors all bits are the same. */
  readonly wide: boolean;
  readonly failure?: string;
}
