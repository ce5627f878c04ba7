/** Reading an instruction's operands, and cutting its work into slices for threads. */

/** The address operand `field` of the instruction at `ip`. */
// @ts-ignore: decorator
@inline
export function address(ip: usize, field: i32): usize {
  return <usize>load<u32>(ip + (<usize>field << 2));
}

/** The integer operand `field` of the instruction at `ip`. */
// @ts-ignore: decorator
@inline
export function integer(ip: usize, field: i32): i32 {
  return load<i32>(ip + (<usize>field << 2));
}

/** The f32 operand `field` of the instruction at `ip`. */
// @ts-ignore: decorator
@inline
export function float(ip: usize, field: i32): f32 {
  return load<f32>(ip + (<usize>field << 2));
}

/**
 * Where thread `thread`'s slice of n items begins, in multiples of `grain`; it ends where the next
 * thread's begins (thread = threads gives n). One thread gets everything.
 */
export function sliceStart(n: i32, grain: i32, thread: i32, threads: i32): i32 {
  if (thread == 0) return 0;
  if (thread == threads) return n;
  const units = (n + grain - 1) / grain;
  return min(n, <i32>((<i64>units * thread) / threads) * grain);
}
