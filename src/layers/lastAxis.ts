/** What layers that work along the last axis have in common. */
import { ConfigError, ShapeError, show } from '../errors.js';
import type { Shape } from '../graph/shape.js';

/** Refuses any `axis` but Keras' default. */
export function checkAxis(what: string, axis: unknown = -1): void {
  if (axis !== -1) {
    throw new ConfigError(
      `${what}: axis is ${show(axis)}; only -1, the last axis, is supported so far. ` +
        'Arrange the data with that axis last (channels last).',
    );
  }
}

/** The size of an example's last axis. */
export function lastAxis(layer: string, shape: Shape): number {
  const size = shape[shape.length - 1];
  if (size === undefined) {
    throw new ShapeError(
      `${layer}: its input is a single number an example; it needs at least one axis besides the batch, such as inputShape: [784].`,
    );
  }
  return size;
}
