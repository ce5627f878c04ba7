/**
 * Time to the first training step of 784-128-10, batch 32, in a fresh process:
 * node first-step.mjs [fit]  prints milliseconds as JSON. Data are made before the clock starts.
 */
import { fileURLToPath } from 'node:url';

/** Runs a first step, with `lap` called once the library is there and once the model is compiled, and prints what each part took. */
export async function report(firstStep) {
  const x = Float32Array.from({ length: 32 * 784 }, () => Math.random());
  const y = Int32Array.from({ length: 32 }, (_, i) => i % 10);
  const before = process.cpuUsage();
  const clock = [performance.now()];
  const lap = () => clock.push(performance.now());
  await firstStep({ x, y, lap });
  lap();
  const { user, system } = process.cpuUsage(before);
  const [start, imported, compiled, stepped] = clock;
  const parts = {
    import: imported - start,
    compile: compiled - imported,
    step: stepped - compiled,
    total: stepped - start,
    cpu: (user + system) / 1000,
    before: start,
  };
  process.stdout.write(`${JSON.stringify(parts)}\n`);
  process.exit(0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await report(async ({ x, y, lap }) => {
    const { layers, losses, sequential } = await import('chainrule');
    lap();
    const net = sequential({
      layers: [
        layers.dense({ units: 128, activation: 'relu', inputShape: [784] }),
        layers.dense({ units: 10 }),
      ],
    });
    net.compile({ optimizer: 'adam', loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) });
    lap();
    if (process.argv[2] === 'fit') await net.fit(x, y, { verbose: 0 });
    else net.trainOnBatch(x, y);
  });
}
