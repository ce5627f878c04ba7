/**
 * Where every value lives and in which order things run. Pure nodes run in the order of their ids,
 * effects after them in the order given; buffers are reused as soon as their last reader is done.
 */
import { bytesOf, type Node, reachable, rootOf } from '../graph/node.js';
import { showShape, sizeOf } from '../graph/shape.js';
import type { Variable } from '../graph/variable.js';
import { constantOp, placeholderOp, variableOp } from '../ops/leaf.js';
import { storeOp } from '../ops/updates.js';

/** Every buffer starts at a multiple of this many bytes: a cache line, so that threads don't share one. */
const ALIGNMENT = 64;

export const align = (bytes: number, to = ALIGNMENT): number => Math.ceil(bytes / to) * to;

/**
 * Bytes that a buffer takes up. What is smaller than a cache line needs none of its own where there is one
 * thread; such buffers come last (`place`), so that the others still begin at one.
 */
const roomFor = (bytes: number, threads: number): number =>
  align(bytes, threads === 1 && bytes < ALIGNMENT ? 4 : ALIGNMENT);

/** Where a value is: in a variable, in the program's scratch, or among the program's constants. */
export interface Place {
  readonly base: Variable | 'scratch' | 'constants';
  readonly offset: number;
  readonly bytes: number;
}

export interface Step {
  readonly node: Node;
  /** Scratch offset of the op's own work area (per thread), −1 where it needs none. */
  readonly work: number;
  /** All threads must have finished what came before. */
  readonly barrier: boolean;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly places: ReadonlyMap<number, Place>;
  readonly constants: readonly Node[];
  readonly scratchBytes: number;
  readonly constantBytes: number;
  /** Threads that the program may be walked by. */
  readonly threads: number;
  /** The largest sum of scratch bytes alive at once: no plan can be smaller. */
  readonly lowerBound: number;
}

export interface PlanOptions {
  /** Values the host reads after the program has run; they are kept until the end. */
  readonly outputs?: readonly Node[];
  /** Threads that may walk the program, if it is worth it. */
  readonly threads?: number;
  /** Multiply-adds from which it is worth it. */
  readonly worth?: number;
}

/** A piece of scratch memory and the steps during which it is taken. */
interface Buffer {
  bytes: number;
  first: number;
  last: number;
  offset: number;
}

/**
 * Multiply-adds below which a step stays on one thread: some 50 µs of work, against the microsecond or
 * two that threads take to meet at each barrier.
 */
const WORTH_THREADS = 1_000_000;

export function plan(
  effects: readonly Node[],
  { outputs = [], threads: most = 1, worth = WORTH_THREADS }: PlanOptions = {},
): Plan {
  const isEffect = new Set(effects.map((node) => node.id));
  const all = reachable([...effects, ...outputs]);
  const leaves = all.filter((node) => node.inputs.length === 0 && !node.op.lower);
  const pure = all.filter((node) => !isEffect.has(node.id) && (node.inputs.length > 0 || node.op.lower));
  const direct = storedDirectly([...pure, ...effects], outputs);
  const order = [...pure, ...effects].filter((node) => !direct.stores.has(node.id));
  const cost = order.reduce((sum, node) => sum + (node.op.cost?.(node) ?? sizeOf(node.shape)), 0);
  const threads = cost < worth ? 1 : most;

  const lastUse = new Map<number, number>();
  order.forEach((node, step) => {
    for (const input of node.inputs) lastUse.set(input.id, step);
  });
  for (const node of outputs) lastUse.set(node.id, order.length);

  const buffers: Buffer[] = [];
  const homes = new Map<number, Home>();
  const works: (Buffer | undefined)[] = [];
  const constants: Node[] = [];
  let constantBytes = 0;

  const fresh = (bytes: number, first: number): Home => {
    const buffer = { bytes: roomFor(bytes, threads), first, last: first, offset: -1 };
    buffers.push(buffer);
    return { buffer, offset: 0 };
  };

  for (const node of leaves) {
    if (node.op === variableOp) homes.set(node.id, { variable: node.attributes.variable, offset: 0 });
    else if (node.op === placeholderOp) {
      const home = fresh(bytes(node), 0);
      homes.set(node.id, home);
      if (home.buffer) home.buffer.last = lastUse.get(node.id) ?? 0;
    } else if (node.op === constantOp) {
      homes.set(node.id, { constant: true, offset: constantBytes });
      constants.push(node);
      constantBytes += align(bytes(node), 16);
    }
  }

  order.forEach((node, step) => {
    const inputs = node.inputs.map((input) => homes.get(input.id) as Home);
    const workBytes = node.op.work?.(node) ?? 0;
    works.push(workBytes > 0 ? fresh(align(workBytes) * threads, step).buffer : undefined);
    if (isEffect.has(node.id)) return;
    let home: Home | undefined;
    if (node.op.view) {
      const offset = node.op.view(node) * bytesOf[node.dtype];
      home = { ...inputs[0], offset: inputs[0].offset + offset };
    } else {
      const variable = direct.variables.get(node.id);
      const taken = node.op.inPlace?.find((i) => canTakeOver(inputs, i, node, step));
      if (variable) home = { variable, offset: 0 };
      else if (taken !== undefined) home = inputs[taken];
      else home = fresh(bytes(node), step);
    }
    homes.set(node.id, home);
    if (home.buffer) home.buffer.last = Math.max(home.buffer.last, lastUse.get(node.id) ?? step);
  });

  /** A dying scratch buffer of the same size, at its start, that no other input looks into. */
  function canTakeOver(inputs: readonly Home[], i: number, node: Node, step: number): boolean {
    const { buffer, offset } = inputs[i];
    return (
      buffer !== undefined &&
      offset === 0 &&
      buffer.last === step &&
      bytes(node.inputs[i]) === bytes(node) &&
      roomFor(bytes(node), threads) === buffer.bytes &&
      inputs.every((other, j) => j === i || other.buffer !== buffer)
    );
  }

  const scratchBytes = place(buffers);
  const places = new Map<number, Place>();
  for (const node of [...leaves, ...pure]) {
    const home = homes.get(node.id);
    if (!home) continue;
    const base = home.variable ?? (home.buffer ? 'scratch' : 'constants');
    places.set(node.id, { base, offset: (home.buffer?.offset ?? 0) + home.offset, bytes: bytes(node) });
  }
  const steps = withBarriers(order, works, places, threads);
  return {
    steps,
    places,
    constants,
    scratchBytes,
    constantBytes,
    threads,
    lowerBound: liveAtOnce(buffers, order.length),
  };
}

/** Where a value is going to live, before scratch has offsets. */
interface Home {
  readonly variable?: Variable;
  readonly buffer?: Buffer;
  readonly constant?: true;
  readonly offset: number;
}

const bytes = (node: Node): number => sizeOf(node.shape) * bytesOf[node.dtype];

/** The stores that need not run, and the variables in which the values are computed instead, by node id. */
interface Direct {
  readonly stores: ReadonlySet<number>;
  readonly variables: ReadonlyMap<number, Variable>;
}

/**
 * Values that may be computed right in the variable that they are stored to: computed by an op (not a
 * leaf or a view), and not read by the host. Until the store's turn nobody else may look at the
 * variable or write it, and later nobody may write it while the value is still read.
 */
function storedDirectly(order: readonly Node[], outputs: readonly Node[]): Direct {
  const position = new Map(order.map((node, step) => [node.id, step]));
  const lastUse = new Map<number, number>();
  const touched = order.map((node, step) => {
    if (node.op.view) return { reads: [], writes: [] };
    for (const input of node.inputs) lastUse.set(rootOf(input).id, step);
    const variables = node.inputs.map((input) =>
      rootOf(input).op === variableOp ? storageOf(rootOf(input)) : undefined,
    );
    const written = new Set(node.op.writes);
    return {
      reads: variables.filter((region) => region !== undefined),
      writes: variables.filter((region, i) => region !== undefined && written.has(i)) as Region[],
    };
  });
  const stores = new Set<number>();
  const variables = new Map<number, Variable>();
  const kept = new Set(outputs.map((node) => rootOf(node).id));
  order.forEach((store, turn) => {
    if (store.op !== storeOp) return;
    const [given, target] = store.inputs;
    const value = rootOf(given);
    const storage = storageOf(target);
    const made = position.get(value.id);
    if (made === undefined || !value.op.lower || kept.has(value.id) || variables.has(value.id)) return;
    if (bytes(value) !== bytes(target)) return;
    const meets = (region: Region) => overlap(region, storage);
    const last = lastUse.get(value.id) ?? turn;
    const free = touched.every(({ reads, writes }, step) => {
      if (step < made || step === turn) return true;
      return step < turn ? !reads.some(meets) : step > last || !writes.some(meets);
    });
    if (!free) return;
    stores.add(store.id);
    variables.set(value.id, target.attributes.variable);
  });
  return { stores, variables };
}

/** Gives buffers offsets, large ones first, each at the lowest place free during its whole life. */
function place(buffers: readonly Buffer[]): number {
  const placed: Buffer[] = [];
  let total = 0;
  for (const buffer of [...buffers].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const rivals = placed.filter((other) => other.first <= buffer.last && buffer.first <= other.last);
    rivals.sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const rival of rivals) {
      if (offset + buffer.bytes <= rival.offset) break;
      offset = Math.max(offset, rival.offset + rival.bytes);
    }
    buffer.offset = offset;
    placed.push(buffer);
    total = Math.max(total, offset + buffer.bytes);
  }
  return total;
}

function liveAtOnce(buffers: readonly Buffer[], steps: number): number {
  let most = 0;
  for (let step = 0; step < steps; step++) {
    const alive = buffers.filter(({ first, last }) => first <= step && step <= last);
    most = Math.max(
      most,
      alive.reduce((sum, buffer) => sum + buffer.bytes, 0),
    );
  }
  return most;
}

/** A stretch of memory: bytes [from, to) of scratch, constants or a variable's storage. */
interface Region {
  readonly space: Variable | string;
  readonly from: number;
  readonly to: number;
}

const overlap = (a: Region, b: Region): boolean => a.space === b.space && a.from < b.to && b.from < a.to;

function regionOf({ base, offset, bytes }: Place): Region {
  if (typeof base === 'string') return { space: base, from: offset, to: offset + bytes };
  // Variables may be windows on one block, so they are compared by address once they have one.
  const from = Math.max(base.address, 0) + offset;
  return { space: base.address >= 0 ? 'variables' : base, from, to: from + bytes };
}

/** The storage of a variable's node. */
const storageOf = (node: Node): Region =>
  regionOf({ base: node.attributes.variable, offset: 0, bytes: bytes(node) });

/**
 * Threads run the same instructions at their own pace. One must wait where it would read what another
 * may still write, or write what another may still read or write, since the last barrier.
 */
function withBarriers(
  order: readonly Node[],
  works: readonly (Buffer | undefined)[],
  places: ReadonlyMap<number, Place>,
  threads: number,
): Step[] {
  const workOf = (i: number): number => works[i]?.offset ?? -1;
  if (threads === 1) return order.map((node, i) => ({ node, work: workOf(i), barrier: false }));
  const regionFor = (node: Node): Region => regionOf(places.get(node.id) as Place);
  let reads: Region[] = [];
  let writes: Region[] = [];
  return order.map((node, i) => {
    const work = works[i];
    const read = node.inputs.map(regionFor);
    const written = (node.op.writes ?? []).flatMap((j) =>
      node.inputs[j] ? [regionFor(node.inputs[j])] : [],
    );
    if (places.has(node.id)) written.push(regionFor(node));
    if (work) written.push({ space: 'scratch', from: work.offset, to: work.offset + work.bytes });
    const hazard =
      read.some((r) => writes.some((w) => overlap(r, w))) ||
      written.some((w) => reads.some((r) => overlap(r, w)) || writes.some((x) => overlap(x, w)));
    const barrier = hazard && !node.op.view;
    if (barrier) [reads, writes] = [[], []];
    reads.push(...read);
    if (!node.op.view) writes.push(...written);
    return { node, work: workOf(i), barrier };
  });
}

/** A readable listing: one line a step, with places and the last step that reads the result. */
export function printPlan(planned: Plan): string {
  const where = (node: Node): string => {
    const place = planned.places.get(node.id);
    if (!place) return '';
    if (typeof place.base !== 'string') return place.base.name;
    return `${place.base}+${place.offset}`;
  };
  const lastRead = new Map<number, number>();
  planned.steps.forEach(({ node }, i) => {
    if (!node.op.view) for (const input of node.inputs) lastRead.set(rootOf(input).id, i);
  });
  const lines = planned.steps.map(({ node, work, barrier }, i) => {
    const detail = node.op.print?.(node.attributes) ?? JSON.stringify(node.attributes);
    const inputs = node.inputs.map((input) => where(input)).join(', ');
    const result = planned.places.has(node.id) ? `${where(node)} ${showShape(node.shape)} = ` : '';
    const parts = [`${result}${node.op.name}(${inputs})`, detail];
    if (work >= 0) parts.push(`work scratch+${work}`);
    // Views are read as what they look at.
    const until = node.op.view ? undefined : lastRead.get(node.id);
    if (until !== undefined) parts.push(`until ${until}`);
    return `${barrier ? '|' : ' '}${String(i).padStart(3)}  ${parts.filter((part) => part !== '').join(' ')}`;
  });
  const { scratchBytes, lowerBound, constantBytes } = planned;
  lines.push(
    `scratch ${scratchBytes} bytes (at most ${lowerBound} alive at once), constants ${constantBytes} bytes`,
  );
  return lines.join('\n');
}
