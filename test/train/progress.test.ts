import { describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/terminal.js';
import { ConfigError } from '../../src/errors.js';
import type { Logs } from '../../src/train/history.js';
import { progressLine, type Verbose } from '../../src/train/progress.js';

/** A terminal that remembers, and a clock that stands until it is set. */
function stage({
  interactive = true,
  columns = 200,
  verbose = 'auto' as Verbose,
  epochs = 2,
  steps = 10,
} = {}) {
  let text = '';
  let time = 0;
  const terminal: Terminal = {
    interactive,
    columns,
    write: (more) => {
      text += more;
    },
  };
  const line = progressLine(verbose, terminal, () => time);
  line?.setParams({ epochs, steps, monitors: ['loss'] });
  return {
    line,
    begin: (epoch: number) => line?.onEpochBegin(epoch),
    at(milliseconds: number, batch: number, logs: Logs = { loss: 0.5 }) {
      time = milliseconds;
      const rates = { examplesPerSecond: 41234.4, eta: 75 };
      line?.onProgress({ epoch: 0, epochs, batch, batches: steps, logs, ...rates });
    },
    end(milliseconds: number, epoch: number, logs: Logs = { loss: 0.25, accuracy: 0.9 }) {
      time = milliseconds;
      line?.onEpochEnd(epoch, logs);
    },
    /** What was written since the last look. */
    seen(): string {
      const all = text;
      text = '';
      return all;
    },
  };
}

/** What a terminal shows of a text: \r goes back, \x1b[K clears to the end of the line. */
function screen(text: string): string[] {
  return text.split('\n').map((line) => (line.split('\r').at(-1) as string).replace('\x1b[K', ''));
}

describe('in a terminal', () => {
  test('a line moves through the epoch and stays at its end', () => {
    const { begin, at, end, seen } = stage();
    begin(0);
    expect(seen()).toBe('');
    at(100, 3);
    expect(seen()).toBe('Epoch 1/2\n 3/10 ━━━━━━╸───────────── ETA 1:15 - loss: 0.5000 - 41,234 examples/s');
    at(200, 7);
    expect(seen()).toBe('\r 7/10 ━━━━━━━━━━━━━━╸───── ETA 1:15 - loss: 0.5000 - 41,234 examples/s\x1b[K');
    end(250, 0);
    expect(seen()).toBe(
      '\r10/10 ━━━━━━━━━━━━━━━━━━━━ 0s 25ms/step - loss: 0.2500 - accuracy: 0.9000 - 41,234 examples/s\x1b[K\n',
    );
    begin(1);
    at(5250, 10);
    end(5260, 1);
    expect(screen(seen())).toEqual([
      'Epoch 2/2',
      '10/10 ━━━━━━━━━━━━━━━━━━━━ 5s 501ms/step - loss: 0.2500 - accuracy: 0.9000 - 41,234 examples/s',
      '',
    ]);
  });

  test('it is drawn ten times a second at most', () => {
    const { begin, at, seen } = stage({ steps: 1000 });
    begin(0);
    let drawings = 0;
    for (let i = 1; i <= 1000; i++) {
      at(i, i);
      if (seen() !== '') drawings++;
    }
    expect(drawings).toBe(10);
  });

  test('it never wraps while it moves', () => {
    const { begin, at, end, seen } = stage({ columns: 40 });
    begin(0);
    at(100, 5);
    // The bar has given way, and the rate is what is cut.
    expect(screen(seen()).at(-1)).toBe(' 5/10  ETA 1:15 - loss: 0.5000 - 41,234');
    end(200, 0);
    expect(screen(seen()).at(-2)).toMatch(/accuracy: 0.9000/);
  });

  test('many epochs that are too short to be read are passed over, but not the last', () => {
    const { line, begin, end, seen } = stage({ epochs: 1000, steps: 1 });
    for (let epoch = 0; epoch < 1000; epoch++) {
      begin(epoch);
      end(epoch + 1, epoch);
    }
    line?.close();
    const headers = screen(seen()).filter((text) => text.startsWith('Epoch'));
    expect(headers.length).toBe(11);
    expect(headers.at(-1)).toBe('Epoch 1000/1000');
  });

  test('nor is the one after which training was stopped', () => {
    const { line, begin, end, seen } = stage({ epochs: 1000, steps: 1 });
    for (let epoch = 0; epoch < 7; epoch++) {
      begin(epoch);
      end(epoch + 1, epoch);
    }
    line?.close();
    expect(screen(seen()).filter((text) => text.startsWith('Epoch'))).toEqual([
      'Epoch 1/1000',
      'Epoch 7/1000',
    ]);
  });

  test('closing ends the line in the middle of an epoch, and only there', () => {
    const { line, begin, at, end, seen } = stage();
    begin(0);
    line?.close();
    expect(seen()).toBe('');
    at(100, 3);
    seen();
    line?.close();
    expect(seen()).toBe('\n');
    line?.close();
    expect(seen()).toBe('');
    end(300, 0);
    seen();
    line?.close();
    expect(seen()).toBe('');
  });
});

describe('elsewhere', () => {
  test('nothing is shown unless asked for', () => {
    expect(stage({ interactive: false }).line).toBeUndefined();
    expect(stage({ interactive: true, verbose: 0 }).line).toBeUndefined();
  });

  test.each([
    { interactive: false, verbose: 1 as const },
    { interactive: false, verbose: 2 as const },
    { interactive: true, verbose: 2 as const },
  ])('a plain line an epoch: $interactive, $verbose', (options) => {
    const { line, begin, at, end, seen } = stage(options);
    begin(0);
    at(500, 3);
    at(1000, 10);
    end(3700, 0);
    line?.close();
    expect(seen()).toBe(
      'Epoch 1/2 - 10/10 - 4s - 370ms/step - loss: 0.2500 - accuracy: 0.9000 - 41,234 examples/s\n',
    );
  });
});

test.each([
  [0.5, '0.5000'],
  [0, '0.0000'],
  [0.00012345, '1.2345e-4'],
  [-2, '-2.0000'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('the figure %s is shown as %s', (value, text) => {
  const { begin, end, seen } = stage({ verbose: 2 });
  begin(0);
  end(100, 0, { loss: value });
  expect(seen()).toContain(`loss: ${text} - `);
});

test.each([
  [12, '0s - 1ms/step'],
  [4, '0s - 400µs/step'],
  [59_400, '59s - 6s/step'],
  [61_000, '1:01 - 6s/step'],
  [3_723_000, '1:02:03 - 372s/step'],
])('%s ms are shown as %s', (milliseconds, text) => {
  const { begin, end, seen } = stage({ verbose: 2 });
  begin(0);
  end(milliseconds, 0);
  expect(seen()).toContain(` - ${text} - `);
});

test('a verbose that does not exist', () => {
  expect(() => stage({ verbose: 3 as never })).toThrow(ConfigError);
  expect(() => stage({ verbose: 'yes' as never })).toThrow(/verbose is 'yes'; expected 0 \(silent\)/);
});
