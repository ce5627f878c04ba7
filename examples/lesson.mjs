// What the lessons share: numbers that are the same everywhere, a report on the terminal and a figure in a file.
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { init, report } from 'chainrule';

const name = basename(process.argv[1], '.mjs');
const out = readOptions();

// The same numbers to the last bit on every machine.
await init({ numerics: 'portable' });

/** Prints what the doctor says of each run, { name: history, … }, and draws them side by side. */
export async function show(runs, options) {
  const names = Object.keys(runs);
  for (const [title, history] of Object.entries(runs)) {
    console.log(`${report.text(history, { title: `── ${title} ${'─'.repeat(80 - title.length)}` })}\n`);
  }
  await writeFile(out, report.svg(Object.values(runs), { names, ...options }));
  console.log(`figure: ${out}`);
}

function readOptions() {
  const help = `Usage: node examples/${name}.mjs [--out FILE]\n\n  --out FILE  where the figure is written  (${name}.svg)`;
  try {
    const { values } = parseArgs({ options: { out: { type: 'string' }, help: { type: 'boolean' } } });
    if (values.help) {
      console.log(help);
      process.exit(0);
    }
    return values.out ?? `${name}.svg`;
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exit(2);
  }
}
