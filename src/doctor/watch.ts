/** The doctor at the bedside: reads each sampled step of a training and speaks up when something is wrong. */
import { Chart, type Circumstances } from './chart.js';
import type { Finding } from './checks/check.js';
import type { Diagnosis } from './diagnosis.js';
import { suspicious } from './hints.js';
import { rules } from './rules/index.js';
import { type Breakdown, nonFinite } from './rules/nonFinite.js';
import type { Rule, Tools } from './rules/rule.js';
import { emptyVitals, record, type Sample, thin, type Vitals } from './vitals.js';
import { outcome, type Work } from './work.js';

/** Samples kept; with more, every other one is dropped. */
const MOST_SAMPLES = 512;
/** Of the first samples every other one is looked at, of later ones one in four: rules that compare a whole course take time. */
const EARLY = { samples: 16, every: 2 };
const LATER = 4;

/** What steps that are too long lead to, even where the loss comes back at first. */
const ofLongSteps: ReadonlySet<Diagnosis['problem']> = new Set([
  'dead-relu',
  'diverging-loss',
  'oscillating-loss',
]);

export class Doctor {
  readonly chart: Chart;
  readonly vitals: Vitals;
  readonly #tools: Tools;
  #told = 0;
  #lookAt = 0;

  /** `known`: what has been told before; it is not told again, and explains what follows from it. */
  constructor(circumstances: Circumstances, tools: Tools, known: readonly Diagnosis[] = []) {
    this.chart = new Chart(circumstances);
    this.chart.epoch = circumstances.firstEpoch;
    this.chart.found.push(...known);
    this.#told = known.length;
    this.vitals = emptyVitals(circumstances.layers, circumstances.stepsPerEpoch);
    this.#tools = tools;
  }

  /** Takes findings in, of now; those known already are passed over, unless more than a note has come of one. */
  add(findings: readonly Finding[]): void {
    const { step, epoch, found, circumstances } = this.chart;
    for (const finding of findings) {
      const known = (one: Diagnosis) =>
        one.problem === finding.problem &&
        one.layer === finding.layer &&
        (one.severity !== 'note' || finding.severity === 'note');
      if (found.some(known)) continue;
      found.push({ ...finding, step: circumstances.firstStep + step, epoch });
    }
  }

  /** Everything found so far, in the order in which it was found. */
  get diagnoses(): readonly Diagnosis[] {
    return this.chart.found;
  }

  get hasNews(): boolean {
    return this.chart.found.length > this.#told;
  }

  /** What was found since the last call. */
  news(): readonly Diagnosis[] {
    const fresh = this.chart.found.slice(this.#told);
    this.#told = this.chart.found.length;
    return fresh;
  }

  /** A sampled step. True where the record was thinned out: it can then be sampled half as often. */
  *sample(sample: Sample): Work<boolean> {
    const { chart } = this;
    chart.add(sample);
    record(this.vitals, { ...sample, step: chart.circumstances.firstStep + sample.step });
    if (suspicious(chart)) this.add(yield* this.#tools.causes(false));
    const { length } = chart.samples;
    if (length % (length <= EARLY.samples ? EARLY.every : LATER) === 0) yield* this.#look('sample');
    if (chart.samples.length < MOST_SAMPLES) return false;
    chart.thin();
    thin(this.vitals);
    return true;
  }

  /** The end of an epoch. */
  *epoch(step: number, epoch: number, logs: Readonly<Record<string, number>>): Work<void> {
    const { chart } = this;
    chart.step = step;
    chart.epoch = epoch;
    chart.epochLosses.push(logs.loss);
    if (logs.val_loss !== undefined) chart.validationLosses.push(logs.val_loss);
    const accuracy = Object.keys(logs).find((name) => name.startsWith('val_') && /accuracy$/i.test(name));
    if (accuracy) chart.validationAccuracies.push(logs[accuracy]);
    const { length } = chart.epochLosses;
    const last = step >= chart.circumstances.plannedSteps;
    if (chart.samples.length === 0 || (length < this.#lookAt && !last)) return;
    // Short epochs end by the thousand: after the first ones, only every fifth part more is worth a look.
    this.#lookAt = Math.ceil(length * 1.2);
    if (last) yield* this.#look('sample');
    yield* this.#look('epoch');
  }

  /** The loss has become NaN or infinite. */
  *broke(breakdown: Breakdown, step: number, epoch: number): Work<void> {
    this.chart.step = step;
    this.chart.epoch = epoch;
    if (this.chart.samples.length === 0 && breakdown.at) this.chart.add(breakdown.at);
    this.add(yield* this.#tools.causes(true));
    this.add(nonFinite(this.chart, breakdown));
  }

  *#look(when: 'sample' | 'epoch'): Work<void> {
    for (const rule of rules) {
      if (rule.when !== when || this.#explained(rule)) continue;
      const finding = yield* outcome(rule.look(this.chart, this.#tools));
      if (!finding) continue;
      if (finding.severity !== 'note') {
        this.add(yield* this.#tools.causes(finding.severity === 'error'));
        if (ofLongSteps.has(rule.problem)) this.#takeSeriously('learning-rate-too-high');
      }
      if (!this.#explained(rule)) this.add([finding]);
    }
  }

  /** Whether it has been told, or what it follows from. */
  #explained({ problem, after }: Rule): boolean {
    return this.#has(problem) || after.some((cause) => this.#has(cause));
  }

  /** What was only worth knowing, until something came of it. */
  #takeSeriously(problem: Diagnosis['problem']): void {
    const noted = this.chart.found.find((one) => one.problem === problem && one.severity === 'note');
    if (noted) this.add([{ ...noted, severity: 'warning' }]);
  }

  #has(problem: Diagnosis['problem']): boolean {
    return this.chart.found.some(
      (diagnosis) => diagnosis.problem === problem && diagnosis.severity !== 'note',
    );
  }
}
