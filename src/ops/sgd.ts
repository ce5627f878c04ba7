import { Opcode, Sgd } from '../../assembly/opcodes.js';
import { apply, type Node } from '../graph/node.js';
import type { Op } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';

export interface SgdAttributes {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/**
 * Keras' SGD. Without momentum p −= lr·g; else v = momentum·v − lr·g and p += v, or with Nesterov
 * p += momentum·v − lr·g. Weight decay first: p −= lr·weightDecay·p.
 * Inputs parameters, gradients, learning rate [, velocity].
 */
export const sgdOp: Op<SgdAttributes> = {
  name: 'sgd',
  shape: () => [0],
  writes: [0, 3],
  reference([p, g, [lr], velocity], { attributes: { momentum, nesterov, weightDecay } }) {
    p.forEach((before, i) => {
      const decayed = before - lr * weightDecay * before;
      const step = -lr * g[i];
      if (momentum === 0) {
        p[i] = decayed + step;
      } else {
        velocity[i] = momentum * velocity[i] + step;
        p[i] = decayed + (nesterov ? momentum * velocity[i] + step : velocity[i]);
      }
    });
    return new Float64Array(0);
  },
  lower({ inputs, attributes }, { address, emit }) {
    const [parameters, gradients, rate, velocity = 0] = inputs.map(address);
    const { momentum, nesterov, weightDecay } = attributes;
    const n = sizeOf(inputs[0].shape);
    emit(Opcode.Sgd, Sgd, {
      parameters,
      gradients,
      velocity,
      n,
      rate,
      momentum,
      nesterov: Number(nesterov),
      weightDecay,
    });
  },
};

export const sgd = (
  p: Node,
  g: Node,
  rate: Node,
  velocity: Node | undefined,
  attributes: SgdAttributes,
): Node => apply(sgdOp, velocity ? [p, g, rate, velocity] : [p, g, rate], attributes);
