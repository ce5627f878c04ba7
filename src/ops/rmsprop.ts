import { Opcode, RmsProp } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';

export interface RmspropAttributes {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  readonly weightDecay: number;
}

/**
 * Keras' RMSprop. s = rho·s + (1 − rho)·g²; centered: a = rho·a + (1 − rho)·g and d = max(s − a², 0) + ε, else
 * d = s + ε; step = lr·g/√d; momentum: v = momentum·v + step and p −= v, else p −= step. Weight decay
 * first: p −= lr·weightDecay·p. Inputs parameters, gradients, learning rate, s [, v] [, a].
 */
export const rmspropOp: Op<RmspropAttributes> = {
  name: 'rmsprop',
  shape: () => [0],
  writes: [0, 3, 4, 5],
  reference(
    [p, g, [lr], square, ...rest],
    { attributes: { rho, momentum, epsilon, centered, weightDecay } },
  ) {
    const velocity = momentum > 0 ? rest[0] : undefined;
    const average = centered ? rest[rest.length - 1] : undefined;
    p.forEach((before, i) => {
      square[i] = rho * square[i] + (1 - rho) * g[i] * g[i];
      let spread = square[i];
      if (average) {
        average[i] = rho * average[i] + (1 - rho) * g[i];
        spread = Math.max(spread - average[i] * average[i], 0);
      }
      let step = (lr * g[i]) / Math.sqrt(spread + epsilon);
      if (velocity) step = velocity[i] = momentum * velocity[i] + step;
      p[i] = before - lr * weightDecay * before - step;
    });
    return new Float64Array(0);
  },
  lower({ inputs, attributes: { centered, ...settings } }, { address, emit }) {
    const [parameters, gradients, rate, square, ...rest] = inputs.map(address);
    const velocity = settings.momentum > 0 ? rest[0] : 0;
    const meanGradient = centered ? rest[rest.length - 1] : 0;
    const n = sizeOf(inputs[0].shape);
    emit(Opcode.RmsProp, RmsProp, {
      parameters,
      gradients,
      square,
      velocity,
      meanGradient,
      n,
      rate,
      ...settings,
    });
  },
};

export interface RmspropSlots {
  readonly square: Node;
  readonly velocity?: Node | undefined;
  readonly average?: Node | undefined;
}

export const rmsprop = (
  p: Node,
  g: Node,
  rate: Node,
  { square, velocity, average }: RmspropSlots,
  attributes: RmspropAttributes,
): Node =>
  apply(
    rmspropOp,
    [p, g, rate, square, velocity, average].filter((node) => node !== undefined),
    attributes,
  );
