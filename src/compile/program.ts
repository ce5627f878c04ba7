/** The plan as flat words, and back as a listing. */
import * as codes from '../../assembly/opcodes.js';
import type { Node } from '../graph/node.js';
import type { Emitter, Tile } from '../graph/op.js';
import type { Place, Plan } from './plan.js';

/** Operands that are f32 numbers; all others are integers. One list for emitter and listing. */
const FLOAT_OPERANDS: ReadonlySet<string> = new Set(
  'alpha scale smoothing epsilon momentum weightDecay rho beta1 beta2 limit center radius'.split(' '),
);
/** `rate` is the address of the learning rate in updates, and dropout's own rate there. */
export const isFloat = (opcode: codes.Opcode, name: string): boolean =>
  FLOAT_OPERANDS.has(name) ||
  (name === 'rate' && (opcode === codes.Opcode.Dropout || opcode === codes.Opcode.DropoutMask));

/** The operand layout of each opcode. */
const layouts: {
  readonly [K in Exclude<keyof typeof codes.Opcode, 'End'>]: Record<string, string | number>;
} = codes;

/** Where the program's own memory begins, in bytes from the start of the arena. */
export interface Bases {
  readonly scratch: number;
  readonly constants: number;
}

/** The byte address of a place. */
export function addressOf({ base, offset }: Place, bases: Bases): number {
  if (base === 'scratch') return bases.scratch + offset;
  if (base === 'constants') return bases.constants + offset;
  return base.address + offset;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** A tile that fits the registers of every processor. */
export const smallestTile: Tile = { rows: 5, columns: 8 };

/** Turns a plan into instruction words for memory that begins at the given bases. */
export function emit(plan: Plan, bases: Bases, tile = smallestTile): Int32Array {
  const words: number[] = [];
  const address = (node: Node): number => {
    const place = plan.places.get(node.id);
    if (!place) throw new Error(`${node.op.name} has no place in the plan`);
    return addressOf(place, bases);
  };
  for (const step of plan.steps) {
    let flags = step.barrier ? codes.Flag.Barrier : 0;
    const emitter: Emitter = {
      address,
      work: step.work >= 0 ? bases.scratch + step.work : 0,
      tile,
      emit(opcode, layout, operands) {
        const names = Object.keys(operands) as (keyof typeof operands & string)[];
        words.push(opcode | ((names.length + 1) << 8) | (flags << 24));
        flags = 0;
        const start = words.length - 1;
        for (const name of names) {
          const value = operands[name];
          float[0] = value;
          const index = (layout as Record<string, number>)[name];
          words[start + index] = isFloat(opcode, name) ? bits[0] : value | 0;
        }
      },
    };
    step.node.op.lower?.(step.node, emitter);
  }
  words.push(codes.Opcode.End | (1 << 8));
  return Int32Array.from(words);
}

/** A readable listing of a program: opcode and named operands, one instruction a line. */
export function printProgram(words: Int32Array): string {
  const lines: string[] = [];
  for (let at = 0; at < words.length; ) {
    const opcode = words[at] & 0xff;
    const length = (words[at] >>> 8) & 0xffff;
    const barrier = (words[at] >>> 24) & codes.Flag.Barrier ? '|' : ' ';
    const name = codes.Opcode[opcode] as keyof typeof layouts | 'End';
    const operands: string[] = [];
    for (let i = 1; i < length; i++) {
      const operand = String(layouts[name as keyof typeof layouts][i]);
      bits[0] = words[at + i];
      operands.push(`${operand}=${isFloat(opcode, operand) ? float[0] : words[at + i]}`);
    }
    lines.push(`${barrier}${String(at).padStart(5)}  ${name.padEnd(20)} ${operands.join(' ')}`.trimEnd());
    at += length;
  }
  return lines.join('\n');
}
