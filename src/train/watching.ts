/** Between fit and the doctor: samples steps, looks closer when asked to, goes back to where a NaN came from. */
import { baselineLoss, guessedShare } from '../doctor/baseline.js';
import { type Finding, isRegression } from '../doctor/checks/check.js';
import { Checkup } from '../doctor/checkup.js';
import type { Diagnosis } from '../doctor/diagnosis.js';
import { moments } from '../doctor/measure.js';
import { some, untrained } from '../doctor/patient.js';
import type { DeadShares } from '../doctor/rules/rule.js';
import type { Sample } from '../doctor/vitals.js';
import { Doctor } from '../doctor/watch.js';
import type { Work } from '../doctor/work.js';
import type { Data } from './data.js';
import { type Gauge, readGauges } from './gauges.js';
import type { Logs } from './history.js';
import type { Sequential, StepKind } from './model.js';
import type { Pass } from './pass.js';
import { costsOf, Schedule } from './schedule.js';
import type { Pacer } from './slices.js';
import { Snapshot, snapshotBytes } from './snapshot.js';

// Not doctor/report, which the public names lead to as well: esbuild would load that at once, used or not.
export { reports } from '../doctor/report/index.js';

/** Examples after which the units that have not fired are counted anew. */
const WINDOW = 512;
/** Examples that a closer look at least takes in, if there are as many. */
const LOOK = 4096;
/** Targets that are looked at for what knowing nothing would cost. */
const BASELINE = 4096;
/**
 * Updates that are tried with a higher learning rate where hardly anything was learned: for each rate at most so
 * many, as take so many nanoseconds or this share of the planned training; fewer than the fewest tell nothing.
 */
const HASTENED = { most: 400, time: 2e6, share: 0.005, fewest: 40 };
/** Milliseconds from one snapshot to the next: at least so many, and so many times what a snapshot takes. */
const SNAPSHOT_INTERVAL = 100;
const SNAPSHOT_COST = 200;
/** Steps beside which a snapshot takes no time. */
const WORTHWHILE = 64;
/** Larger states are not kept; there may be two of them. */
const SNAPSHOT_BYTES = 256 * 2 ** 20;
/** Steps before one that broke that are measured again, and those that lie between two snapshots at least. */
const LEAD = 16;

/**
 * Part of the planned training's time that the check-up may take before anything looks odd: a batch
 * through the layers, TRIED updates, and the programs for them, in nanoseconds.
 */
const CHECKUP_SHARE = 0.015;
const TRIED = { small: 128, usual: 56 };
const PROGRAMS = 6e6;

/**
 * The same where something looks odd but training has not failed, as happens to many a healthy one: this share of the planned
 * training's time, or a tenth of a second, which still feels like at once. A failure is worth any time.
 */
const ODD = { share: 0.05, time: 100e6 };

/** Nanoseconds of steps that the doctor does in one piece: a part of a time slice. */
const PIECE = 4e6;

export interface WatchOptions {
  readonly batchSize: number;
  /** As far as is known. */
  readonly stepsPerEpoch: number;
  /** Epochs from here on; the first of them, and the updates that were planned before it. */
  readonly epochs: number;
  readonly firstEpoch: number;
  readonly firstStep: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly data: Data;
  /** The validation data, or the first of them, and how many there are. */
  readonly validation: { readonly data: Data; readonly examples: number } | undefined;
  /** What has been told already, and is not told again. */
  readonly known?: readonly Diagnosis[];
  readonly pacer: Pacer;
}

/** A moment of the training that can be gone back to. */
interface Waypoint {
  readonly state: Snapshot;
  readonly step: number;
  readonly epoch: number;
  readonly epochsTrained: number;
  /** The next example's place in the pass. */
  readonly cursor: number;
  /** When the next one may be made. */
  readonly until: number;
}

export class Watching {
  readonly doctor: Doctor;
  readonly #model: Sequential;
  readonly #pass: Pass;
  readonly #options: WatchOptions;
  readonly #gauges: readonly Gauge[];
  /** The size of the batches that are sampled. */
  readonly #size: number;
  /** Nanoseconds that a step takes, about. */
  readonly #stepCost: number;
  readonly #schedule: Schedule;
  readonly #checkup: Checkup;
  /** The state before training, kept until the check-up has tried what it may have to try. */
  #origin: Snapshot | undefined;
  /** Whether less than a failure is reason enough for that, or for a batch through the layers. */
  readonly #suffices: { readonly trial: boolean; readonly probe: boolean };
  /** Whether all of the check-up is done before training. */
  readonly #thorough: boolean;
  /** What training has made of the model, while the doctor tries something with it. */
  #present: Snapshot | undefined;
  /** Updates done in this fit, and how many more until the next sample. */
  #step = 0;
  #left = 0;
  #epoch = 0;
  /** Sum of losses and number of examples since the last sample. */
  #window = { loss: 0, examples: 0 };
  /** Examples that the fired counts are over, and the last full window's shares of silent units. */
  #counted = 0;
  #silent: readonly number[] | undefined;
  #lookAt = 0;
  #looked: { readonly shares: readonly number[]; readonly examples: number } | undefined;
  /** The latest snapshot, and the one before it: of the two, one lies LEAD steps before any step from now on, or where training began. */
  #snapshot: Waypoint | undefined;
  #older: Waypoint | undefined;
  readonly #snapshots: boolean;
  /** Training steps that the doctor does in one piece. */
  readonly #piece: number;
  #broken = false;

  constructor(model: Sequential, pass: Pass, options: WatchOptions) {
    this.#model = model;
    this.#pass = pass;
    this.#options = options;
    const { batchSize, stepsPerEpoch, epochs, firstEpoch, firstStep, data, validation, known } = options;
    const plannedSteps = epochs * stepsPerEpoch;
    this.#size = Math.min(batchSize, pass.count);
    model.program('sample', pass.feed, this.#size);
    const compiled = model.compiled('fit');
    const { optimizer, loss } = compiled;
    this.#gauges = compiled.gauges(model.executor);
    const costs = costsOf(model, pass, this.#size, this.#gauges);
    this.#stepCost = costs.step;
    this.#schedule = new Schedule(plannedSteps, costs);
    this.#piece = Math.max(1, Math.floor(PIECE / costs.step));
    this.#snapshots = 2 * snapshotBytes(model) <= SNAPSHOT_BYTES;
    const y = some(data.y, BASELINE);
    const circumstances = {
      layers: this.#gauges.map(({ facts }) => facts),
      model: model.layers,
      optimizer,
      loss: loss?.name,
      batchSize,
      stepsPerEpoch,
      plannedSteps,
      firstEpoch,
      firstStep,
      baseline: baselineLoss(loss?.name, y),
      guessed: guessedShare(loss?.name, y),
      validationExamples: validation?.examples ?? 0,
      validationBaseline: validation && baselineLoss(loss?.name, some(validation.data.y, BASELINE)),
      fresh: untrained(model),
      targetSize: isRegression(loss) ? moments(y.data).rms : 0,
    };
    const tools = {
      deadShares: () => this.#deadShares(),
      causes: (sure: boolean) => this.#causes(sure),
      hasten: (factor: number) => this.#hasten(factor),
    };
    this.doctor = new Doctor(circumstances, tools, known);
    this.#checkup = new Checkup(model, data, { batchSize, epochs });
    const probe = ((2 * this.#checkup.looked) / this.#size) * costs.step + PROGRAMS;
    const trial = TRIED[batchSize < 8 ? 'small' : 'usual'] * costs.step + probe;
    const bearable = Math.max(ODD.time, ODD.share * costs.step * plannedSteps);
    this.#suffices = { probe: probe < bearable, trial: trial < bearable };
    this.#thorough = trial < CHECKUP_SHARE * costs.step * plannedSteps;
  }

  /** The check-up, as far as it takes little time beside the training. */
  async begin(): Promise<void> {
    this.doctor.add(await this.#attend(this.#checkup.quick()));
    if (this.#thorough) this.doctor.add(await this.#attend(this.#aside(() => this.#checkup.tried())));
    else {
      this.#keepSnapshot();
      this.#origin = this.#snapshot?.state;
    }
    this.#resetCounts();
  }

  /** Work of the doctor's in time slices. Whoever has a turn in between finds the model as training has left it. */
  async #attend<T>(work: Work<T>): Promise<T> {
    const { pacer } = this.#options;
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      if (!pacer.isOver) continue;
      const tried = this.#present && new Snapshot(this.#model);
      this.#present?.restore();
      try {
        await pacer.breathe();
      } catch (error) {
        return work.throw(error).value as T;
      }
      if (!tried) continue;
      this.#present = new Snapshot(this.#model);
      tried.restore();
    }
  }

  /** Tries something with the model; afterwards all is as it was. */
  *#aside<T>(work: () => Work<T>): Work<T> {
    const pass = this.#pass.state;
    this.#present = new Snapshot(this.#model);
    try {
      return yield* work();
    } finally {
      this.#present.restore();
      this.#present = undefined;
      this.#pass.state = pass;
    }
  }

  /** Steps from an example on, in pieces; their loss and how many examples it is over. */
  *#steps(
    kind: StepKind,
    from: number,
    steps: number,
  ): Work<{ readonly loss: number; readonly seen: number }> {
    this.#pass.rewind();
    this.#pass.moveTo(from);
    for (let done = 0; done < steps; ) {
      const piece = Math.min(this.#piece, steps - done);
      this.#pass.run(kind, this.#size, piece);
      done += piece;
      yield;
    }
    return this.#pass.total;
  }

  /** What the check-up finds by trying, from where training began. */
  *#causes(sure: boolean): Work<readonly Finding[]> {
    const origin = this.#origin;
    const whole = sure || this.#suffices.trial;
    if (!origin || !(whole || this.#suffices.probe)) return [];
    if (whole) this.#origin = undefined;
    return yield* this.#aside(() => {
      origin.restore();
      return whole ? this.#checkup.tried() : this.#checkup.probed();
    });
  }

  /** The loss that some more updates at a multiple of the learning rate lead to, NaN where they would cost too much. */
  *#hasten(factor: number): Work<number> {
    const { plannedSteps } = this.doctor.chart.circumstances;
    const time = Math.max(HASTENED.time, HASTENED.share * plannedSteps * this.#stepCost);
    const steps = Math.min(HASTENED.most, plannedSteps, Math.floor(time / this.#stepCost));
    if (steps < HASTENED.fewest) return Number.NaN;
    // In parts of an epoch at most; the last one tells.
    const part = Math.min(Math.floor(this.#pass.count / this.#size), Math.ceil(steps / 4));
    const tried = function* (this: Watching): Work<number> {
      this.#model.learningRate *= factor;
      let mean = Number.NaN;
      for (let done = 0; done < steps; done += part) {
        const { loss, seen } = yield* this.#steps('train', 0, part);
        mean = loss / seen;
        if (!Number.isFinite(mean)) break;
      }
      return mean;
    };
    return yield* this.#aside(() => tried.call(this));
  }

  /** Runs the next training steps of an epoch, some of them measured. */
  async run(size: number, steps: number): Promise<void> {
    for (let done = 0; done < steps; ) {
      if (this.#left === 0 && size === this.#size && !this.#broken) {
        await this.#sample();
        done++;
        continue;
      }
      const most = this.#left > 0 && !this.#broken ? Math.min(steps - done, this.#left) : steps - done;
      this.#train('train', size, most);
      this.#left = Math.max(0, this.#left - most);
      done += most;
    }
    if (!this.#broken && !Number.isFinite(this.#pass.total.loss)) await this.#goBack();
  }

  /** Steps until the next sample. */
  get free(): number {
    return this.#broken ? Number.POSITIVE_INFINITY : this.#left;
  }

  /** Several whole epochs in one go, none of their steps measured; the loss and metrics of each. */
  async runEpochs(batch: number, epochs: number): Promise<Logs[]> {
    const { count } = this.#pass;
    const logs = this.#pass.runEpochs(batch, epochs);
    const steps = (epochs * count) / batch;
    this.#window.loss += logs.reduce((sum, { loss }) => sum + loss * count, 0);
    this.#window.examples += epochs * count;
    this.#step += steps;
    this.#left = Math.max(0, this.#left - steps);
    this.#epoch += epochs;
    if (!this.#broken && logs.some(({ loss }) => !Number.isFinite(loss))) await this.#goBack();
    return logs;
  }

  #train(kind: 'train' | 'sample', size: number, steps: number): number {
    const before = this.#pass.total.loss;
    this.#pass.run(kind, size, steps);
    const loss = this.#pass.total.loss - before;
    this.#window.loss += loss;
    this.#window.examples += size * steps;
    this.#step += steps;
    return loss / (size * steps);
  }

  async #sample(): Promise<void> {
    this.#keepSnapshot();
    const sample = this.#measure(this.#size);
    if (!Number.isFinite(sample.batchLoss)) return;
    const thinned = await this.#attend(this.doctor.sample(sample));
    if (thinned) this.#schedule.thin();
    this.#left = this.#schedule.gap(this.#step) - 1;
  }

  /** One measured training step. */
  #measure(size: number): Sample {
    const [step, learningRate] = [this.#step, this.#model.learningRate];
    // A difference of totals: rounded to what the step itself computed, whatever the totals were before.
    const batchLoss = Math.fround(this.#train('sample', size, 1));
    const { loss, examples } = this.#window;
    this.#window = { loss: 0, examples: 0 };
    this.#counted += size;
    const { arena } = this.#model.executor;
    const layers = readGauges(this.#gauges, arena, size);
    if (this.#counted >= Math.min(WINDOW, this.#pass.count)) {
      this.#silent = layers.map(({ dead }) => dead);
      this.#resetCounts();
    }
    // Until the first window is full, units that have not fired yet may just have had no chance to.
    const silent = this.#silent;
    const settled = layers.map((layer, i) => ({ ...layer, dead: silent ? silent[i] : layer.dead }));
    return { step, epoch: this.#epoch, loss: loss / examples, batchLoss, learningRate, layers: settled };
  }

  #resetCounts(): void {
    const { u32 } = this.#model.executor.arena.views;
    for (const { fired } of this.#gauges)
      if (fired) u32.fill(0, fired.address / 4, fired.address / 4 + fired.shape[0]);
    this.#counted = 0;
  }

  /** An epoch begins, or goes on at a batch. */
  epochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  /** Other examples have taken the place of those in the arena: nothing from before can be done again. */
  refilled(): void {
    this.#snapshot = undefined;
    this.#older = undefined;
    if (!this.#broken && this.#pass.count >= WORTHWHILE * this.#size) this.#keepSnapshot();
  }

  async epochEnd(logs: Logs): Promise<void> {
    await this.#attend(this.doctor.epoch(this.#step, this.#epoch, logs));
  }

  /** Forward over (much of) the data: units that fire for none of it are dead. At most each time that training has got a quarter further. */
  *#deadShares(): Work<DeadShares> {
    const shares = this.#gauges.map(() => Number.NaN);
    if (this.#step < this.#lookAt) return this.#looked ?? { shares, examples: 0 };
    this.#lookAt = Math.ceil(this.#step * 1.25) + this.#schedule.interval;
    const size = this.#size;
    const batches = Math.floor(Math.min(this.#pass.count, Math.max(LOOK, size)) / size);
    // The last of the data that stream may be few.
    if (batches === 0) return this.#looked ?? { shares, examples: 0 };
    this.#resetCounts();
    const pass = this.#pass.state;
    try {
      yield* this.#steps('inspect', 0, batches);
    } finally {
      this.#pass.state = pass;
    }
    const looked = readGauges(this.#gauges, this.#model.executor.arena, size).map(({ dead }) => dead);
    this.#resetCounts();
    this.#looked = { shares: looked, examples: size * batches };
    return this.#looked;
  }

  #keepSnapshot(): void {
    const start = performance.now();
    const last = this.#snapshot;
    if (!this.#snapshots || (last && (start < last.until || this.#step < last.step + LEAD))) return;
    const { epochsTrained } = this.#model;
    const state = new Snapshot(this.#model);
    const until = start + Math.max(SNAPSHOT_INTERVAL, SNAPSHOT_COST * (performance.now() - start));
    this.#older = last;
    this.#snapshot = {
      state,
      step: this.#step,
      epoch: this.#epoch,
      epochsTrained,
      cursor: this.#pass.cursor,
      until,
    };
  }

  /** Does the steps since a snapshot again, measuring each, up to the one that broke; then all is as it was. */
  async #goBack(): Promise<void> {
    this.#broken = true;
    const [step, epoch, window] = [this.#step, this.#epoch, this.#window];
    let before: readonly Sample[] = [];
    let at: Sample | undefined;
    // Whenever snapshots happened to be made, as many steps are looked at.
    for (const from of [this.#snapshot, this.#older]) {
      if (!from || before.length === LEAD) continue;
      try {
        ({ before, at } = await this.#attend(this.#aside(() => this.#replay(from, step))));
      } finally {
        this.#order(this.#model.epochsTrained);
        [this.#step, this.#epoch, this.#window] = [step, epoch, window];
      }
    }
    await this.#attend(this.doctor.broke({ before, at }, at?.step ?? step, at?.epoch ?? epoch));
  }

  /** The last steps that went well, and the first that did not. */
  *#replay(from: Waypoint, end: number): Work<{ before: Sample[]; at: Sample | undefined }> {
    from.state.restore();
    this.#step = from.step;
    this.#pass.rewind();
    const before: Sample[] = [];
    const { batchSize } = this.#options;
    const pass = this.#pass;
    let { epoch, epochsTrained } = from;
    this.#order(epochsTrained);
    this.#epoch = epoch;
    pass.moveTo(from.cursor);
    while (this.#step < end) {
      if (pass.cursor >= pass.count) {
        [epoch, epochsTrained] = [epoch + 1, epochsTrained + 1];
        this.#order(epochsTrained);
        this.#epoch = epoch;
        pass.moveTo(0);
      }
      const size = Math.min(batchSize, pass.count - pass.cursor);
      this.#window = { loss: 0, examples: 0 };
      const sample = this.#measure(size);
      const broken = sample.layers.some(
        ({ nonFinite: n }) => n.gradient + n.weight + n.output + n.signal > 0,
      );
      if (broken || !Number.isFinite(sample.batchLoss)) return { before, at: sample };
      before.push(sample);
      if (before.length > LEAD) before.shift();
      yield;
    }
    return { before, at: undefined };
  }

  #order(epochsTrained: number): void {
    if (this.#options.shuffle) this.#pass.shuffle(this.#options.seed, epochsTrained);
  }
}
