/** Runs the lessons and writes their figures where examples/README.md shows them. */
import { execFileSync } from 'node:child_process';

for (const lesson of ['vanishing', 'exploding', 'dead-relu', 'dropout']) {
  const figure = `examples/figures/${lesson}.svg`;
  execFileSync(process.execPath, [`examples/${lesson}.mjs`, '--out', figure]);
  console.log(figure);
}
