import { Storage } from '../../assembly/opcodes.js';
import { printPlan } from '../compile/plan.js';
import { emit, printProgram } from '../compile/program.js';
import { printGraph } from '../graph/print.js';
import { wholeNumber } from '../settings.js';
import type { Sequential } from './model.js';
import { evaluateStep, type Step, trainStep } from './steps.js';

/** One step of a model as text. */
export interface Listing {
  /** The values and what computes them, before fusion. */
  readonly graph: string;
  /** What runs in which order, and where each value lives. */
  readonly plan: string;
  /** The instructions, with addresses counted from the start of scratch and constants. */
  readonly program: string;
}

/** What a step of a compiled model does, for those who want to see it; nothing is run. */
export function listing(model: Sequential, kind: 'train' | 'evaluate', batchSize: number): Listing {
  wholeNumber('listing: batchSize', batchSize);
  const { parts, loss } = model.compiled('listing');
  const yShape = loss?.targetShape(model.outputShape) ?? model.outputShape;
  const feed = { xShape: model.inputShape, xStorage: Storage.F32, yShape, yStorage: Storage.F32, key: '' };
  const step: Step = (kind === 'train' ? trainStep : evaluateStep)(parts, feed, batchSize);
  return {
    graph: printGraph(step.roots),
    plan: printPlan(step.plan),
    program: printProgram(emit(step.plan, { scratch: 0, constants: 0 })),
  };
}
