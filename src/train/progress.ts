import { findTerminal, type Terminal } from '../cli/terminal.js';
import type { Diagnosis } from '../doctor/diagnosis.js';
import type { Outcome, Repair } from '../doctor/repair/record.js';
import { ConfigError, show } from '../errors.js';
import type { Callback, FitParams, Progress } from './callbacks.js';
import type { Logs } from './history.js';

export type Verbose = 0 | 1 | 2 | 'auto';

/** Milliseconds between two drawings of the line: more often than ten times a second nobody can read. */
const INTERVAL = 100;
const BAR = 20;
/** With more epochs than this, those that end within the interval are passed over. */
const FEW_EPOCHS = 100;

/** The progress display that a `verbose` setting means; undefined where it stays silent. */
export function progressLine(
  verbose: Verbose,
  terminal?: Terminal,
  now: () => number = () => performance.now(),
): ProgressLine | undefined {
  if (![0, 1, 2, 'auto'].includes(verbose)) {
    throw new ConfigError(
      `fit: verbose is ${show(verbose)}; expected 0 (silent), 1 (a progress line), 2 (a line an epoch) or 'auto'.`,
    );
  }
  if (verbose === 0) return undefined;
  const found = terminal ?? findTerminal();
  if (verbose === 'auto' && !found.interactive) return undefined;
  return new ProgressLine(found, now, verbose !== 2 && found.interactive);
}

/** Shows how training goes: in Keras' way, a line that moves, or a plain line at the end of each epoch. */
export class ProgressLine implements Callback {
  #epochs = 1;
  /** Batches of the running epoch, where that is known, and those that are done. */
  #batches: number | undefined;
  #done = 0;
  #start = 0;
  #drawn = Number.NEGATIVE_INFINITY;
  #examplesPerSecond = 0;
  /** What stands above the line of the running epoch, until it is written. */
  #header = '';
  /** The line on the screen is not ended yet. */
  #open = false;
  /** The last epoch's lines, where they were passed over. */
  #skipped = '';

  constructor(
    readonly terminal: Terminal,
    readonly now: () => number,
    /** Whether the line moves. */
    readonly live: boolean,
  ) {}

  setParams({ epochs, steps }: FitParams): void {
    this.#epochs = epochs;
    this.#batches = steps;
  }

  onEpochBegin(epoch: number): void {
    this.#start = this.now();
    this.#done = 0;
    this.#header = `Epoch ${epoch + 1}/${this.#epochs}`;
  }

  onProgress({ batch, batches, logs, examplesPerSecond, eta }: Progress): void {
    this.#examplesPerSecond = examplesPerSecond;
    [this.#batches, this.#done] = [batches, batch];
    if (!this.live || this.now() - this.#drawn < INTERVAL) return;
    // On a narrow terminal the bar gives way first, then the rate, which comes last.
    const left = eta === undefined ? '' : ` ETA ${clock(eta)}`;
    const [head, tail] = [`${count(batch, batches)} `, `${left}${this.#tail(logs)}`];
    const room = this.terminal.columns - 1 - head.length - tail.length;
    this.#draw(
      head + bar(batches === undefined ? 0 : batch / batches, Math.max(0, Math.min(BAR, room))) + tail,
      '',
    );
  }

  onEpochEnd(epoch: number, logs: Logs): void {
    const seconds = (this.now() - this.#start) / 1000;
    const batches = this.#batches ?? this.#done;
    const done = count(batches, batches);
    const pace = each(seconds / batches);
    if (!this.live) {
      this.terminal.write(`${this.#header} - ${done} - ${clock(seconds)} - ${pace}${this.#tail(logs)}\n`);
      return;
    }
    const line = `${done} ${bar(1)} ${clock(seconds)} ${pace}${this.#tail(logs)}`;
    this.#skipped = '';
    const tooSoon = this.now() - this.#drawn < INTERVAL && !this.#open;
    if (tooSoon && this.#epochs > FEW_EPOCHS && epoch + 1 < this.#epochs)
      this.#skipped = `${this.#header}\n${line}\n`;
    else this.#draw(line, '\n');
  }

  /** What the doctor found, on lines of its own that stay. */
  onDiagnosis({ problem, layer, step, explanation, remedies }: Diagnosis): void {
    const where = layer ? ` in ${layer}` : '';
    const advice = remedies.length > 0 ? `\n  try: ${remedies[0].code}` : '';
    this.#say(`doctor: ${problem}${where} at step ${step}\n  ${explanation}${advice}`);
  }

  /** A repair that helped, and what it was measured by. */
  onRepair({ kept, remedy, problem, why, code, before, after, backTo }: Repair): void {
    if (!kept) return;
    const share = ({ learned }: Outcome) => `${(100 * learned).toFixed(0)} %`;
    this.#say(
      `doctor: repaired ${problem} by ${remedy}, from epoch ${backTo + 1} on\n  ${why} Learned ${share(after)} where it was ${share(before)} without.\n  ${code.replaceAll('\n', '\n  ')}`,
    );
  }

  /** Lines of their own that stay. */
  #say(text: string): void {
    this.terminal.write(`${this.#open ? '\n' : ''}${text}\n`);
    this.#open = false;
    this.#drawn = Number.NEGATIVE_INFINITY;
  }

  /** Ends the line, however training ended. */
  close(): void {
    if (this.#skipped) this.terminal.write(this.#skipped);
    else if (this.#open) this.terminal.write('\n');
    this.#skipped = '';
    this.#open = false;
  }

  #draw(line: string, end: '' | '\n'): void {
    const { terminal } = this;
    // A moving line must not wrap, or going back to its beginning would leave its first part behind.
    const text = end === '' ? line.slice(0, terminal.columns - 1) : line;
    terminal.write(this.#open ? `\r${text}\x1b[K${end}` : `${this.#header}\n${text}${end}`);
    this.#open = end === '';
    this.#drawn = this.now();
  }

  #tail(logs: Logs): string {
    const speed = Math.round(this.#examplesPerSecond).toLocaleString('en-US');
    const values = Object.entries(logs).map(([name, value]) => ` - ${name}: ${figure(value)}`);
    return `${values.join('')} - ${speed} examples/s`;
  }
}

const count = (batch: number, batches: number | undefined) =>
  `${String(batch).padStart(String(batches ?? '').length)}/${batches ?? '?'}`;

function bar(share: number, width = BAR): string {
  const full = Math.floor(share * width);
  return '━'.repeat(full) + (full < width ? `╸${'─'.repeat(width - full - 1)}` : '');
}

/** "7s", "1:05" or "1:02:03". */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(part).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

function each(seconds: number): string {
  if (seconds >= 1) return `${Math.round(seconds)}s/step`;
  if (seconds >= 1e-3) return `${Math.round(seconds * 1e3)}ms/step`;
  return `${Math.round(seconds * 1e6)}µs/step`;
}

/** Four digits after the point; numbers too small for that in scientific form, as Keras prints them. */
const figure = (value: number) =>
  Math.abs(value) > 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(4);
