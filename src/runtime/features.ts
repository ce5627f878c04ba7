/** What the JavaScript engine can do, found out by asking it. */

/** A module with one relaxed instruction: f32x4.relaxed_madd of three zeros. */
const relaxedProbe = 'AGFzbQEAAAABBQFgAAF7AwIBAAoTAREAQQD9EUEA/RFBAP0R/YUCCw==';

/** Whether the JavaScript engine has relaxed SIMD (Node 21, Chrome 114, Firefox 145, Deno, Bun). */
export const hasRelaxedSimd = (): boolean =>
  WebAssembly.validate(Uint8Array.from(atob(relaxedProbe), (letter) => letter.charCodeAt(0)));
