/** Where lines for people go. */
export interface Terminal {
  /** Whether a person looks at it and a line can be written again in place. */
  readonly interactive: boolean;
  /** Characters in a line. */
  readonly columns: number;
  /** Writes text as it is. */
  write(text: string): void;
}

/** Standard output where there is one (Node, Deno, Bun), else the console. */
export function findTerminal(): Terminal {
  // Asked for rather than imported: the same code runs in browsers, which have no process.
  const stdout = globalThis.process?.stdout;
  if (stdout?.isTTY && typeof stdout.write === 'function') {
    return {
      interactive: true,
      get columns() {
        return stdout.columns || 80;
      },
      write: (text) => void stdout.write(text),
    };
  }
  // The console breaks lines itself.
  const write = (text: string) => console.log(text.replace(/\n$/, ''));
  return { interactive: false, columns: Number.POSITIVE_INFINITY, write };
}
