import type { Opcode } from '../../assembly/opcodes.js';
import type { DType, Node } from './node.js';
import type { Shape } from './shape.js';

/** The operands of an instruction, by the names of its enum in assembly/opcodes.ts. */
export type Operands<Layout> = { [K in keyof Layout as K extends string ? K : never]: number };

/** The rows and columns of sums that a matrix product keeps in registers. Its result is the same for all. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

/** What an op's lowering may use. */
export interface Emitter {
  /** Byte address of a node's value. */
  address(node: Node): number;
  /** Byte address of the scratch that the op asked for with `work`. */
  readonly work: number;
  /** The tile that suits this engine. */
  readonly tile: Tile;
  /** Appends one instruction. Operands named in FLOAT_OPERANDS are stored as f32, others as integers. */
  emit<Layout extends object>(opcode: Opcode, layout: Layout, operands: Operands<Layout>): void;
}

/** One row of the op table: everything that is true of an op. */
// biome-ignore lint/suspicious/noExplicitAny: attributes are typed by each op, and opaque to passes
export interface Op<A = any> {
  readonly name: string;
  /** The shape of the result; throws a ShapeError when the inputs do not fit. */
  shape(inputs: readonly Node[], attributes: A): Shape;
  /** The element type of the result; f32 when absent. */
  dtype?(attributes: A): DType;
  /** The element types of the inputs; f32 for those beyond the list, and for all when absent. */
  readonly inputTypes?: readonly DType[];
  /**
   * Gradient rule: given dL/dnode, builds dL/dinput for each input; null where none flows. Absent on
   * ops that are differentiated before they come into being (fused ops, updates).
   */
  gradient?(dy: Node, node: Node<A>): readonly (Node | null)[];
  /**
   * The definition, in f64, on flat arrays: the oracle that kernels and gradients are held against.
   * An effect writes into its inputs' arrays and its result is not used.
   */
  reference(inputs: readonly Float64Array[], node: Node<A>): Float64Array;
  /** Emits the instructions. Leaves (variables, constants, placeholders) and views have nothing to emit. */
  lower?(node: Node<A>, to: Emitter): void;
  /** Inputs whose memory the result may take over, when nobody reads them afterwards. */
  readonly inPlace?: readonly number[];
  /** The result is a window on input 0's memory, this many elements in. */
  view?(node: Node<A>): number;
  /** Bytes of scratch memory that each thread needs while it runs the op. */
  work?(node: Node<A>): number;
  /** Multiply-adds, where they are more than one for each element of the result. */
  cost?(node: Node<A>): number;
  /** Inputs (variables) that the op writes. An op with this is an effect: it runs after all pure nodes of the step. */
  readonly writes?: readonly number[];
  /** Attributes as they should stand in a listing; all of them when absent. */
  print?(attributes: A): string;
}
