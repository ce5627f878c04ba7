/**
 * Carries out a plan on memory that holds, instead of numbers, who wrote each word: whatever an
 * instruction reads must be what the graph says it reads. Shares nothing with the planner.
 */
import type { Plan, Step } from '../../src/compile/plan.js';
import { bytesOf, type Node } from '../../src/graph/node.js';
import { sizeOf } from '../../src/graph/shape.js';
import type { Variable } from '../../src/graph/variable.js';
import { variableOp } from '../../src/ops/leaf.js';
import { storeOp } from '../../src/ops/updates.js';

/** Says who wrote a word: "%7[3]" is word 3 of node %7's value. */
type Tag = string;

const bytes = (node: Node): number => sizeOf(node.shape) * bytesOf[node.dtype];

/** Bytes [from, to) that belong to a node's value, or to a step's work area. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly node: Node | undefined;
}

const overlap = (a: Range, b: Range): boolean => a.from < b.to && b.from < a.to;

/** Where everything lies: scratch, constants and unplaced variables at addresses apart from each other. */
function layout(plan: Plan) {
  const spaces = new Map<unknown, number>();
  const start = (base: Variable | 'scratch' | 'constants'): number => {
    if (typeof base !== 'string' && base.address >= 0) return base.address;
    const known = spaces.get(base) ?? 2 ** 40 * (spaces.size + 1);
    spaces.set(base, known);
    return known;
  };
  const rangeOf = (node: Node): Range => {
    const place = plan.places.get(node.id);
    if (!place) throw new Error(`${node.op.name} %${node.id} has no place`);
    const from = start(place.base) + place.offset;
    return { from, to: from + bytes(node), node };
  };
  /** The variables that a node writes, by position among its inputs. */
  const targets = ({ op, inputs }: Node): Node[] =>
    (op.writes ?? []).flatMap((i) => (inputs[i] ? [inputs[i]] : []));
  const access = ({ node, work }: Step): { reads: Range[]; writes: Range[] } => {
    if (node.op.view) return { reads: [], writes: [] };
    const writes = targets(node).map(rangeOf);
    if (plan.places.has(node.id)) writes.push(rangeOf(node));
    if (work >= 0) {
      const from = start('scratch') + work;
      const perThread = Math.ceil((node.op.work?.(node) ?? 0) / 64) * 64;
      writes.push({ from, to: from + perThread * plan.threads, node: undefined });
    }
    return { reads: node.inputs.map(rangeOf), writes };
  };
  return { rangeOf, targets, access };
}

/** Throws where a step of the plan reads something else than its inputs, or overwrites what it reads. */
export function checkPlan(plan: Plan, effects: readonly Node[], outputs: readonly Node[]): void {
  const { rangeOf, targets, access } = layout(plan);
  /** Who wrote each word, by address, as the plan has it. */
  const words = new Map<number, Tag>();
  /** The same for variables, as the graph has it. */
  const said = new Map<number, Tag>();

  /** The words that a value consists of, by the graph alone. */
  const tagsOf = (node: Node): Tag[] => {
    const count = bytes(node) / 4;
    const { from } = rangeOf(node);
    if (node.op.view) {
      const skip = (node.op.view(node) * bytesOf[node.dtype]) / 4;
      return tagsOf(node.inputs[0]).slice(skip, skip + count);
    }
    const tag = (i: number) =>
      (node.op === variableOp ? said.get(from + i * 4) : undefined) ?? `%${node.id}[${i}]`;
    return Array.from({ length: count }, (_, i) => tag(i));
  };
  const write = (into: Map<number, Tag>, node: Node, tags: readonly Tag[]): void => {
    const { from } = rangeOf(node);
    for (const [i, tag] of tags.entries()) into.set(from + i * 4, tag);
  };
  const check = (node: Node, reader: string): void => {
    const { from } = rangeOf(node);
    tagsOf(node).forEach((tag, i) => {
      const found = words.get(from + i * 4);
      if (found !== tag)
        throw new Error(`${reader} expects ${tag} in ${node.op.name} %${node.id} and finds ${found}`);
    });
  };
  /** What an effect does, by the graph: the variables that it writes hold something new. */
  const carryOut = (effect: Node): void => {
    const stored = effect.op === storeOp ? tagsOf(effect.inputs[0]) : undefined;
    targets(effect).forEach((target, k) => {
      const tags = Array.from({ length: bytes(target) / 4 }, (_, i) => `%${effect.id}.${k}[${i}]`);
      write(said, target, stored ?? tags);
    });
  };

  const nodes = plan.steps.map(({ node }) => node);
  for (const leaf of [...nodes, ...effects].flatMap(({ inputs }) => inputs).concat(outputs)) {
    if (leaf.inputs.length > 0 || leaf.op.lower) continue;
    // Windows on the same words agree on what was there.
    const { from } = rangeOf(leaf);
    const tags = leaf.op === variableOp ? tagsOf(leaf).map((_, i) => `was[${from + i * 4}]`) : tagsOf(leaf);
    if (leaf.op === variableOp) write(said, leaf, tags);
    write(words, leaf, tags);
  }

  const waiting = [...effects];
  /** Effects that the plan left out must have happened by their turn. */
  const skipTo = (next: Node | undefined): void => {
    while (waiting.length > 0 && waiting[0] !== next) {
      const effect = waiting.shift() as Node;
      if (nodes.includes(effect)) throw new Error(`${effect.op.name} %${effect.id} is out of turn`);
      carryOut(effect);
      for (const target of targets(effect)) check(target, `after ${effect.op.name} %${effect.id} the graph`);
    }
  };
  for (const step of plan.steps) {
    const { node } = step;
    if (node.op.view) continue;
    if (effects.includes(node)) skipTo(node);
    for (const input of node.inputs) check(input, `${node.op.name} %${node.id}`);
    const { reads, writes } = access(step);
    checkOwnWrites(node, reads, writes);
    for (const { from, to, node: written } of writes) {
      if (!written) for (let at = from; at < to; at += 4) words.set(at, `work of %${node.id}`);
    }
    if (!effects.includes(node)) {
      write(
        words,
        node,
        tagsOf(node).map((_, i) => `%${node.id}[${i}]`),
      );
      continue;
    }
    waiting.shift();
    carryOut(node);
    for (const target of targets(node)) write(words, target, tagsOf(target));
  }
  skipTo(undefined);
  for (const node of outputs) check(node, 'the host');
}

/** A result may lie on an input only where the op allows it, and then exactly; a work area on nothing else. */
function checkOwnWrites(node: Node, reads: readonly Range[], writes: readonly Range[]): void {
  const name = `${node.op.name} %${node.id}`;
  for (const [k, written] of writes.entries()) {
    const isResult = written.node === node;
    for (const [i, read] of reads.entries()) {
      if (!overlap(read, written) || (written.node && !isResult)) continue;
      const exact = read.from === written.from && read.to === written.to;
      if (!(isResult && exact && node.op.inPlace?.includes(i)))
        throw new Error(`${name} overwrites its input ${i}`);
    }
    if (writes.some((other, j) => j > k && overlap(written, other)))
      throw new Error(`${name} writes two things to one place`);
  }
}

/**
 * Pairs of steps that no barrier keeps apart though one writes what the other reads or writes: threads
 * walk at their own pace, so those could meet in any order. Empty when the plan is right.
 */
export function conflicts(plan: Plan): string[] {
  if (plan.threads === 1) return [];
  const { access } = layout(plan);
  const found: string[] = [];
  let since: { name: string; reads: Range[]; writes: Range[] }[] = [];
  for (const step of plan.steps) {
    if (step.node.op.view) continue;
    if (step.barrier) since = [];
    const now = { name: `${step.node.op.name} %${step.node.id}`, ...access(step) };
    for (const before of since) {
      const clash =
        before.writes.some((w) => [...now.reads, ...now.writes].some((r) => overlap(w, r))) ||
        before.reads.some((r) => now.writes.some((w) => overlap(r, w)));
      if (clash) found.push(`${before.name} and ${now.name}`);
    }
    since.push(now);
  }
  return found;
}
