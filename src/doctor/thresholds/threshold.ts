/** A number that a diagnosis hangs on: why this one, and where it comes from. */
export interface Threshold {
  readonly value: number;
  readonly reason: string;
  readonly source: string;
}
