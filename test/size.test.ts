/** What an application's bundle weighs, and what is not in it. */
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, type TestContext, test } from 'vitest';
import { root } from './support/project.js';

declare module 'vitest' {
  interface TaskMeta {
    /** Lines that close the test run. */
    notes?: readonly string[];
  }
}

/**
 * Kilobytes. The goals are not reached yet: a test says so until they are. Meanwhile a bundle must not grow beyond `most`.
 */
const limits = {
  classifier: { goal: 45, most: 95 },
  everything: { goal: 110, most: 190 },
};

interface Bundle {
  /** Kilobytes, minified and compressed: of what loads at once, and of all parts. */
  readonly atOnce: number;
  readonly all: number;
  /** Modules of the package in what loads at once, such as 'layers/dense', and those in the rest. */
  readonly modules: readonly string[];
  readonly later: readonly string[];
}

/** An application of the package, bundled as esbuild's users do. */
async function bundle(contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    outdir: root,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    write: false,
    metafile: true,
    // Loaded when a CSV or .npz file is read.
    external: ['papaparse', 'fflate'],
  });
  const { outputs } = metafile;
  const atOnce = new Set<string>();
  const visit = (name: string): void => {
    if (atOnce.has(name)) return;
    atOnce.add(name);
    for (const { kind, path } of outputs[name].imports) if (kind === 'import-statement') visit(path);
  };
  for (const name of Object.keys(outputs)) if (outputs[name].entryPoint === '<stdin>') visit(name);
  const sizes = Object.keys(outputs).map((name) => {
    const file = outputFiles.find(({ path }) => path === resolve(name));
    return { name, size: gzipSync(file?.contents ?? '', { level: 9 }).length / 1000 };
  });
  const total = (some: typeof sizes) => some.reduce((sum, { size }) => sum + size, 0);
  const modulesOf = (names: readonly string[]) =>
    names.flatMap((name) =>
      Object.keys(outputs[name].inputs).flatMap((path) => /modules\/src\/(.*)\.js$/.exec(path)?.[1] ?? []),
    );
  return {
    atOnce: total(sizes.filter(({ name }) => atOnce.has(name))),
    all: total(sizes),
    modules: modulesOf([...atOnce]),
    later: modulesOf(Object.keys(outputs).filter((name) => !atOnce.has(name))),
  };
}

const note = (context: TestContext, what: keyof typeof limits, { atOnce, all }: Bundle) => {
  const later = `${all.toFixed(1)} KB with what is loaded later`;
  context.task.meta.notes = [
    `Bundle, ${what}: ${atOnce.toFixed(1)} KB minified and compressed, ${later} (goal: ${limits[what].goal} KB)`,
  ];
};

const classifier = () =>
  bundle(`
    import { layers, optimizers, sequential } from 'chainrule';
    const net = sequential({ layers: [
      layers.dense({ units: 64, activation: 'relu', inputShape: [784] }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ] });
    net.compile({ optimizer: optimizers.adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    net.fit(x, y).then(() => net.predict(x));`);

const everything = () => bundle(`export * from 'chainrule';`);

test('a dense classifier', async (context) => {
  const classified = await classifier();
  note(context, 'classifier', classified);
  expect(classified.atOnce).toBeLessThan(limits.classifier.most);
  const { modules, later } = classified;
  // Unused layers too stay out of what Vite and webpack build; esbuild keeps all that `layers` could name.
  const needless = /^(doctor\/(?!measure)|train\/(watching|repairing)|data\/(csv|npy|idx))/;
  expect(modules.filter((module) => needless.test(module))).toEqual([]);
  expect(later).toContain('train/repairing');
});

test('everything', async (context) => {
  const whole = await everything();
  note(context, 'everything', whole);
  expect(whole.all).toBeLessThan(limits.everything.most);
});

test.fails('the goal for a dense classifier', async () => {
  expect((await classifier()).atOnce).toBeLessThan(limits.classifier.goal);
});

test.fails('the goal for everything', async () => {
  expect((await everything()).all).toBeLessThan(limits.everything.goal);
});
