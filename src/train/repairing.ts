/** fit with `doctor: 'repair'`: tries treatments from a snapshot, keeps what helps, goes on from there. Loaded when first needed. */
import { firstNotFinite } from '../data/finite.js';
import type { Chart } from '../doctor/chart.js';
import type { Diagnosis } from '../doctor/diagnosis.js';
import { type Data, sample } from '../doctor/patient.js';
import { probe } from '../doctor/probe.js';
import { changeCode } from '../doctor/repair/code.js';
import type { Outcome, Repair } from '../doctor/repair/record.js';
import { type Reading, scoreOf, taskOf, WORST } from '../doctor/repair/score.js';
import { relieved, showsInABatch } from '../doctor/repair/symptoms.js';
import type { Case, Tier, Treatment } from '../doctor/repair/treatment.js';
import { treatmentsFor } from '../doctor/repair/treatments.js';
import { ChainruleError, ThreadError } from '../errors.js';
import { sizeOf } from '../graph/shape.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { alter, discard, type Makeup, release } from './makeup.js';
import type { Sequential } from './model.js';
import type { Pass } from './pass.js';
import type { Pacer } from './slices.js';
import { stepName } from './slices.js';
import { Snapshot } from './snapshot.js';

/**
 * The budget, in updates, so that the same training is repaired the same way everywhere: everything together (the
 * course that was given up, the short runs, the course that counts) takes at most so many times the planned updates ...
 */
const TOTAL = 1.5;
/** ... but of the epochs that were given up at least this part is done again: a model must not end untrained. */
const AGAIN = 1 / 3;
/** All short runs together take at most this part of the planned updates, or a few runs where those are few, */
const TRIALS = 0.3;
const FEW_RUNS = 8;
/** each this part, within bounds. */
const TRIAL = 0.04;
const [SHORTEST, LONGEST] = [10, 4000];

/** How much more a model must have learned after a short run with the treatment than without. */
const CLEARLY = 0.03;
/** How much less is put down to chance. */
const CHANCE = 0.02;
/** Below this next to nothing was learned: there, it is mostly chance. */
const NOTHING = 0.1;
/** Below this it is not enough to tell that calm steps will do. */
const LITTLE = 0.3;
/** How much less than without it is no harm, of a treatment that is sure or takes the symptom away; and where nothing was learned. */
const HARMLESS = 0.05;
const STARTING = 0.5;
/** How much higher the loss may be a short run after a change of layers. */
const HIGHER_LOSS = 2;
/** How much more longer steps must gain in a short run, which flatters them, in parts of what they have learned. */
const HASTE = 0.05;
/** Of the training loss without it, what is left with other steps that go better, before predictions can tell. */
const LOWER_LOSS = 0.97;
/** How much more a later state must have learned than the first one to go back to that instead. */
const WORTH_KEEPING = 0.3;
/** Examples that outcomes are measured on, and how few for validation do not serve for it. */
const MEASURED = 512;
const FEW = 100;
/** Examples that are looked at layer by layer. */
const LOOK = 256;
/** Multiply-adds that are done in one go when outcomes are measured, a few milliseconds; and how few examples at least. */
const PIECE = 2e7;
const SMALLEST = 32;
/** Repairs that are kept at most: what then still fails needs its user. */
const MOST_REPAIRS = 6;

export interface RepairPlan {
  readonly training: Data;
  readonly validation: Data | undefined;
  readonly batchSize: number;
  readonly epochs: number;
  readonly initialEpoch: number;
  readonly stepsPerEpoch: number;
}

/** A moment of the training that can be gone back to. */
interface Waypoint {
  readonly state: Snapshot;
  readonly epoch: number;
  readonly epochsTrained: number;
}

interface Tried {
  readonly treatment: Treatment;
  readonly from: Waypoint;
  readonly made: Makeup;
  /** The state in which its short run began. */
  readonly start: Snapshot;
  readonly after: Outcome;
  readonly relieved: boolean;
  readonly code: string;
}

/** Where training goes on after a repair. */
export interface Resumed {
  /** Epochs from this one on are given up. */
  readonly backTo: number;
  /** The epoch to do next: later than the one given up where the budget does not reach for all. */
  readonly epoch: number;
}

export class Repairing {
  readonly repairs: Repair[] = [];
  /** What only the user can mend, as labels that are all the same. */
  readonly incurable: Diagnosis[] = [];
  readonly #model: Sequential;
  readonly #pass: Pass;
  readonly #plan: RepairPlan;
  readonly #pacer: Pacer;
  readonly #stepsPerEpoch: number;
  readonly #planned: number;
  /** Updates that the final model will have nothing of. */
  #spent = 0;
  #trials = 0;
  /** Repairs that drew weights anew: the first draws those that the program would have begun with, had it been written so. */
  #drawn = 0;
  #waypoints: Waypoint[] = [];
  #nextWaypoint = 0;
  /** The end of the epoch with the lowest validation loss, and that of the last one. */
  #lowest: { readonly state: Snapshot; readonly epoch: number; readonly loss: number } | undefined;
  #validationLoss = Number.NaN;
  /** Problems that were attended to since the last repair that was kept. */
  #attended = new Set<string>();

  constructor(model: Sequential, pass: Pass, plan: RepairPlan, pacer: Pacer) {
    this.#model = model;
    this.#pass = pass;
    this.#plan = plan;
    this.#pacer = pacer;
    this.#stepsPerEpoch = plan.stepsPerEpoch;
    this.#planned = (plan.epochs - plan.initialEpoch) * this.#stepsPerEpoch;
  }

  /** At the beginning of an epoch: keeps the state now and then. */
  epochBegins(epoch: number): void {
    if (epoch >= this.#nextWaypoint) this.#keep(epoch);
  }

  /** The epoch before which the state is to be kept: no run of epochs goes past it. */
  get nextWaypoint(): number {
    return this.#nextWaypoint;
  }

  /** At the end of an epoch: keeps the state with the lowest validation loss. */
  epochEnds(epoch: number, loss: number | undefined): void {
    if (loss === undefined) return;
    this.#validationLoss = loss;
    if (!(loss < (this.#lowest?.loss ?? Number.POSITIVE_INFINITY))) return;
    this.#lowest = { state: new Snapshot(this.#model), epoch, loss };
  }

  /** At the end of training: weights that are not numbers give way to the latest that were. */
  trainingEnds(): void {
    const broken = () =>
      this.#model.getWeights().some(({ data }) => firstNotFinite(data as Float32Array) >= 0);
    for (const { state } of broken() ? this.#waypoints.toReversed() : []) {
      state.restore();
      if (!broken()) return;
    }
  }

  /** What early stopping with the best weights would have done. No short run is needed: the validation has told. */
  async #stopEarly(found: Diagnosis): Promise<boolean> {
    const lowest = this.#lowest;
    if (!lowest) return false;
    const present = new Snapshot(this.#model);
    const before = { ...(await this.#measure()), loss: this.#validationLoss };
    lowest.state.restore();
    const measured = await this.#measure().catch((error) => {
      present.restore();
      throw error;
    });
    const after = { ...measured, loss: lowest.loss };
    const kept = after.loss < before.loss;
    this.repairs.push({
      ...whereOf(found),
      remedy: 'stop-early',
      code: 'callbacks: [callbacks.earlyStopping({ patience: 3, restoreBestWeights: true })],  // in fit',
      why: 'The weights of the epoch with the lowest validation loss are the best for data not seen; what came after was learned by heart.',
      kept,
      backTo: lowest.epoch + 1,
      updates: 0,
      before,
      after,
    });
    if (kept) this.#model.stopTraining = true;
    else present.restore();
    return kept;
  }

  #keep(epoch: number): void {
    const { epochsTrained } = this.#model;
    // The first state and the latest two: further back nothing is worth more than the start.
    this.#waypoints = this.#waypoints.filter((point) => point.epoch < epoch);
    if (this.#waypoints.length > 2) this.#waypoints.splice(1, 1);
    this.#waypoints.push({ state: new Snapshot(this.#model), epoch, epochsTrained });
    this.#nextWaypoint = epoch + Math.max(1, Math.ceil((epoch - this.#plan.initialEpoch) / 4));
  }

  /** Attends to what was found in `epoch`. Where training goes on if something was changed; else all is as it was. */
  async attend(found: readonly Diagnosis[], chart: Chart, epoch: number): Promise<Resumed | undefined> {
    for (const diagnosis of found) {
      if (diagnosis.severity === 'note' || this.#attended.has(keyOf(diagnosis))) continue;
      if (this.repairs.filter(({ kept }) => kept).length >= MOST_REPAIRS) return undefined;
      this.#attended.add(keyOf(diagnosis));
      if (diagnosis.problem === 'overfitting') {
        if (await this.#stopEarly(diagnosis)) return undefined;
        continue;
      }
      const resumed = await this.#treat(diagnosis, chart, epoch);
      if (resumed) return resumed;
    }
    return undefined;
  }

  /** What came of leaving things alone, where training has got farther than a short run: as of the doctor's last sample. */
  #leftAlone({ problem }: Diagnosis, chart: Chart): Outcome | undefined {
    if (chart.step <= this.#updates) return undefined;
    const { learned, recent } = chart.progress();
    const broken = problem === 'non-finite' || !Number.isFinite(recent);
    return { learned: broken ? -1 : Math.max(-1, learned), loss: broken ? Number.NaN : recent };
  }

  async #treat(found: Diagnosis, chart: Chart, epoch: number): Promise<Resumed | undefined> {
    const model = this.#model;
    const base = model.makeup;
    const present = new Snapshot(model);
    const { epochsTrained } = model;
    const open: Tried[] = [];
    let kept: Tried | undefined;
    const now = this.#leftAlone(found, chart);
    try {
      const { from, learned: start } = await this.#lastGood(epoch);
      from.state.restore();
      const tiers = treatmentsFor(this.#case(from !== this.#waypoints[0]), found);
      if (tiers.length === 0) this.incurable.push(found);
      let before = now && !(now.learned > 0) ? now : undefined;
      for (const tier of tiers) {
        // Where the budget does not reach for all of a tier, for the first of it.
        const room = this.#affordable(from, epoch) - (before ? 0 : 1);
        if (room < 1) break;
        if (!before) {
          const { outcome } = await this.#run(found);
          before = now && now.learned < outcome.learned ? now : outcome;
        }
        const tried = await this.#tier(tier.slice(0, room), found, base, from, open);
        kept = best(tried, before, start);
        for (const one of tried) this.#record(found, one, one === kept, before);
        if (kept) break;
      }
    } finally {
      model.makeup = base;
      present.restore();
      for (const made of new Set(open.map((one) => one.made)))
        if (made !== base && made !== kept?.made) discard(made, base);
    }
    return kept && this.#adopt(kept, base, epoch, epochsTrained);
  }

  /**
   * The latest of the states that have learned about as much as any, if that is a good deal more than the first had; and what
   * it has learned. Of a failing course even that may carry damage: the first where all can still be done again.
   */
  async #lastGood(epoch: number): Promise<{ readonly from: Waypoint; readonly learned: number }> {
    const { epochs, initialEpoch } = this.#plan;
    const early = epoch - initialEpoch <= (TOTAL - 1 - TRIALS) * (epochs - initialEpoch);
    const points: { from: Waypoint; learned: number }[] = [];
    for (const from of early ? this.#waypoints.slice(0, 1) : this.#waypoints) {
      from.state.restore();
      points.push({ from, learned: (await this.#measure()).learned });
    }
    const most = Math.max(...points.map(({ learned }) => learned));
    if (!(most > Math.max(0, points[0].learned) + WORTH_KEEPING)) return points[0];
    return points.findLast(({ learned }) => learned >= most - HARMLESS) ?? points[0];
  }

  async #tier(tier: Tier, found: Diagnosis, base: Makeup, good: Waypoint, open: Tried[]): Promise<Tried[]> {
    const model = this.#model;
    const tried: Tried[] = [];
    for (const treatment of tier) {
      // With weights drawn anew nothing is left of what was learned.
      const from = treatment.drawn?.length ? this.#waypoints[0] : good;
      model.makeup = base;
      from.state.restore();
      let made: Makeup | undefined;
      try {
        made = this.#make(treatment, base, from, open);
        const start = new Snapshot(model);
        const code = changeCode(base.layers, treatment);
        await this.#pacer.breathe();
        const { outcome, relieved } = await this.#run(found);
        const one = { treatment, from, made, start, code, after: outcome, relieved };
        tried.push(one);
        open.push(one);
      } catch (error) {
        model.makeup = base;
        if (made && made !== base && !open.some((one) => one.made === made)) discard(made, base);
        // What cannot be built, or has no room, does not help; whatever else ends the training.
        if (!(error instanceof ChainruleError) || error instanceof ThreadError) throw error;
      }
    }
    return tried;
  }

  /** Makes the model what the treatment makes of it. Where only the learning rate is another one, nothing is made anew. */
  #make(treatment: Treatment, base: Makeup, from: Waypoint, open: readonly Tried[]): Makeup {
    const model = this.#model;
    const { layers, optimizer, loss, drawn = [] } = treatment;
    const given = model.learningRate;
    const rate = optimizer?.learningRate ?? given;
    const suits = ({ compiled }: Makeup) => !optimizer || sameButForRate(optimizer, compiled.optimizer);
    const like = open.find(
      (one) =>
        one.from === from &&
        one.treatment.layers === layers &&
        one.treatment.loss === loss &&
        suits(one.made),
    );
    if (like) {
      model.makeup = like.made;
      like.start.restore();
    } else if (layers || loss || !suits(base)) {
      const made = alter(base, {
        ...(layers && { layers }),
        options: { ...(optimizer && { optimizer }), ...(loss && { loss }) },
        keeps: (weight) => !drawn.some((layer) => layer.weights.includes(weight)),
        seed: (model.seed + 0x9e3779b9 * this.#drawn) >>> 0,
      });
      model.makeup = made;
      slowDown(model, given, rate);
      return made;
    }
    slowDown(model, model.learningRate, rate);
    model.learningRate = rate;
    return like?.made ?? base;
  }

  /** A short run of the model as it is, from its present state. */
  async #run(found: Diagnosis): Promise<{ outcome: Outcome; relieved: boolean }> {
    const { batchSize } = this.#plan;
    const pass = this.#pass;
    const size = Math.min(batchSize, pass.count);
    const batches = Math.floor(pass.count / size);
    const updates = this.#updates;
    const half = updates >> 1;
    let [sum, counted] = [0, 0];
    for (let done = 0; done < updates; ) {
      const at = done % batches;
      const steps = Math.min(
        (done < half ? half : updates) - done,
        batches - at,
        this.#pacer.steps(stepName('train', size)),
      );
      await this.#pacer.timed(stepName('train', size), steps, () => {
        const loss = pass.aside(at * size, () => {
          pass.run('train', size, steps);
          return pass.total.loss;
        });
        if (done >= half) [sum, counted] = [sum + loss, counted + steps * size];
      });
      done += steps;
      this.#trials += steps;
      await this.#pacer.breathe();
    }
    // Rounded, since sums differ in their last bits with the time slices they were taken in.
    const outcome = { ...(await this.#measure()), loss: Math.fround(sum / counted) };
    const looks = showsInABatch(found.problem);
    return {
      outcome,
      relieved: looks && relieved(found.problem, probe(this.#model, sample(this.#plan.training, LOOK))),
    };
  }

  /** How the model does now; in pieces, so that large ones keep nobody waiting. */
  async #measure(): Promise<Pick<Outcome, 'learned' | 'accuracy'>> {
    const { training, validation } = this.#plan;
    const model = this.#model;
    const enough = validation && validation.x.count >= Math.min(FEW, training.x.count);
    const { x, y } = sample(enough ? validation : training, MEASURED);
    const size = x.data.length / x.count;
    // A power of two: mostly no smaller piece is left, which would need a program of its own.
    const room = 2 ** Math.floor(Math.log2(PIECE / Math.max(1, model.countParams())));
    const piece = Math.min(x.count, Math.max(SMALLEST, room));
    const outputs = new Float32Array(x.count * sizeOf(model.outputShape));
    for (let at = 0; at < x.count; at += piece) {
      const count = Math.min(piece, x.count - at);
      const data = x.data.subarray(at * size, (at + count) * size);
      const { data: out } = model.predict(
        { data, shape: [count, ...x.shape], dtype: 'float32' },
        { batchSize: count },
      );
      outputs.set(out, (at * outputs.length) / x.count);
      await this.#pacer.breathe();
    }
    return scoreOf(outputs, y, this.#readingOf(model.compiled('fit').loss));
  }

  #readingOf(loss: Case['loss']): Reading {
    const task = taskOf(this.#plan.training.y, loss) ?? 'numbers';
    return { task, fromLogits: loss?.fromLogits ?? false, loss: loss?.name ?? '' };
  }

  get #updates(): number {
    return Math.min(LONGEST, Math.max(SHORTEST, Math.round(this.#planned * TRIAL)));
  }

  /** Short runs that the budget still has where training goes back from an epoch: what is to be done again has the first claim. */
  #affordable(from: Waypoint, epoch: number): number {
    const { epochs, initialEpoch } = this.#plan;
    const done = this.#spent + (epoch - initialEpoch) * this.#stepsPerEpoch;
    const again = AGAIN * (epochs - from.epoch) * this.#stepsPerEpoch;
    const most = Math.min(TRIALS * this.#planned, TOTAL * this.#planned - done - again);
    return Math.floor((Math.max(most, FEW_RUNS * SHORTEST) - this.#trials) / this.#updates);
  }

  #record(found: Diagnosis, { treatment, from, after, code }: Tried, kept: boolean, before: Outcome): void {
    this.repairs.push({
      ...whereOf(found),
      remedy: treatment.remedy,
      code,
      why: treatment.why,
      kept,
      backTo: from.epoch,
      updates: this.#updates,
      before,
      after,
    });
  }

  #adopt(kept: Tried, base: Makeup, epoch: number, epochsTrained: number): Resumed {
    const model = this.#model;
    const { from, made, treatment } = kept;
    const { optimizer, drawn } = treatment;
    if (drawn) this.#drawn++;
    if (optimizer) made.compiled.optimizer = optimizer;
    model.makeup = { ...made, options: { ...made.options, ...(optimizer && { optimizer }) } };
    kept.start.restore();
    if (made !== base) release(base);
    const { epochs, initialEpoch } = this.#plan;
    this.#spent += (epoch - from.epoch) * this.#stepsPerEpoch;
    const used =
      this.#spent +
      (from.epoch - initialEpoch) * this.#stepsPerEpoch +
      Math.min(this.#trials, TRIALS * this.#planned);
    const left = Math.floor((TOTAL * this.#planned - used) / this.#stepsPerEpoch);
    const again = Math.max(left, Math.ceil(AGAIN * (epochs - from.epoch)));
    const next = Math.max(from.epoch, epochs - again);
    model.epochsTrained = Math.min(epochsTrained, from.epochsTrained) + next - from.epoch;
    this.#attended.clear();
    this.#lowest = undefined;
    this.#waypoints = [];
    this.#nextWaypoint = next;
    return { backTo: from.epoch, epoch: next };
  }

  #case(trained: boolean): Case {
    const { layers, inputShape, outputShape, learningRate } = this.#model;
    const { loss, optimizer } = this.#model.compiled('fit');
    return {
      layers: [...layers],
      inputShape,
      outputShape,
      loss,
      optimizer,
      learningRate,
      data: this.#plan.training,
      trained,
    };
  }
}

/** Momentum goes on with steps as they were taken, in which the rate is a factor: at another rate they are so many times as long. */
function slowDown(model: Sequential, from: number, to: number): void {
  const factor = from > 0 ? to / from : 0;
  const { f32 } = model.executor.arena.views;
  for (const { slots } of model.compiled('fit').parts.runs) {
    if (!slots.velocity) continue;
    const at = slots.velocity.address / 4;
    for (let i = at; i < at + sizeOf(slots.velocity.shape); i++) f32[i] *= factor;
  }
}

const sameButForRate = (a: Optimizer, b: Optimizer): boolean => {
  const settings = ({ name, config }: Optimizer) => JSON.stringify([name, { ...config, learningRate: 0 }]);
  return a.constructor === b.constructor && settings(a) === settings(b);
};

const keyOf = ({ problem, layer }: Diagnosis): string => `${problem} ${layer ?? ''}`;

/** The best of a tier, if it helps, where the short runs began with `start` learned: one that has clearly learned more, if any has; of these the calmest near the best, and of equals the first. */
function best(tried: readonly Tried[], before: Outcome, start: number): Tried | undefined {
  // Losses of one kind compare. Where next to nothing was learned, and only the steps are others, they must not even be a little
  // higher; what goes with the structure may begin high, unless all outputs are still too far off to compare.
  const higher = ({ treatment: { layers, loss, sure }, after }: Tried): boolean => {
    const most = layers || after.learned > NOTHING ? HIGHER_LOSS : 1;
    const compared = !loss && (!sure || after.learned === WORST);
    return !Number.isFinite(after.loss) || (compared && after.loss > most * before.loss);
  };
  const helps = ({ treatment, after, relieved }: Tried): boolean => {
    const { sure = false, layers, loss } = treatment;
    const lower = !loss && !(after.loss > LOWER_LOSS * before.loss);
    const slack = before.learned < NOTHING && (sure || lower) ? STARTING : HARMLESS;
    return (sure || relieved || (lower && !layers)) && after.learned >= before.learned - slack;
  };
  const bearable = tried.filter((one) => !higher(one));
  const clearly = bearable.filter(({ after }) => after.learned > before.learned + CLEARLY);
  const helping = clearly.length > 0 ? clearly : bearable.filter(helps);
  const most = Math.max(...helping.map(({ after }) => after.learned));
  const gained = most - Math.max(0, start);
  const near = helping.filter(({ after }) => after.learned >= most - HASTE * gained);
  const hasteOf = ({ treatment }: Tried) => treatment.haste ?? 0;
  // Where little was learned in so short a time, nothing tells that calm steps will do.
  const calmest = gained > LITTLE ? Math.min(...near.map(hasteOf)) : Number.NaN;
  return helping
    .filter((one) => Number.isNaN(calmest) || (near.includes(one) && hasteOf(one) === calmest))
    .reduce<Tried | undefined>(
      (found, one) => (found && one.after.learned <= found.after.learned + CHANCE ? found : one),
      undefined,
    );
}

const whereOf = ({ problem, layer, step, epoch }: Diagnosis) => ({
  problem,
  ...(layer === undefined ? {} : { layer }),
  step,
  epoch,
});
