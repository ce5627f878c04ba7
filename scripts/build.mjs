/**
 * Bundles src/ into dist/. index.js for import and index.cjs for require hold the WebAssembly binaries and all
 * else they need: nothing has to be found or fetched, in Node, by a bundler, or in a page that loads the file
 * as it is. The builds for edge runtimes import the binaries of dist/wasm instead, for hosts that forbid
 * compiling. dist/modules is for bundlers. Needs what scripts/build-wasm.mjs makes.
 */
import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const variants = Object.keys(JSON.parse(await readFile('asconfig.json', 'utf8')).targets);

await rm('dist', { recursive: true, force: true });
await bundle('index.js', 'esm');
await bundle('index.cjs', 'cjs');
// workerd imports a .wasm file as a compiled module; other edge runtimes want that said with ?module.
await bundle('index.workerd.js', 'esm', [importBinaries('')]);
await bundle('index.edge.js', 'esm', [importBinaries('?module')]);
await writeFile('dist/worker.js', await workerSource());
await writeFile('dist/worker.d.ts', 'export {};\n');
await modules();
// What only Node has: chainrule/turbo, and the self-test that it runs in a process of its own.
await build({
  entryPoints: { turbo: 'src/runtime/turbo.ts', 'self-test': 'src/runtime/selfTest.ts' },
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'es2022',
  charset: 'utf8',
  logLevel: 'warning',
});
// The loader and the standard library inside the binaries are AssemblyScript's.
await copyFile('node_modules/assemblyscript/LICENSE', 'dist/LICENSE.assemblyscript');

async function bundle(file, format, plugins = []) {
  await build({
    entryPoints: ['src/index.ts'],
    outfile: `dist/${file}`,
    bundle: true,
    format,
    platform: 'neutral',
    target: 'es2022',
    sourcemap: plugins.length === 0,
    charset: 'utf8',
    // Loaded when a CSV or .npz file is first read, and never before: dependencies that are no part of the bundle.
    // package.json has them as optional peers as well, by which bundlers know that they may be absent.
    external: ['papaparse', 'fflate'],
    plugins: [importAtOnce(), ...plugins],
    logLevel: 'warning',
  });
  if (plugins.length === 0) await leaveOutBinaries(`dist/${file}.map`);
}

/**
 * The same as modules, for bundlers: they then leave out what an application does not use, and load what it
 * uses later (the doctor) later.
 */
async function modules() {
  await build({
    entryPoints: ['src/**/*.ts', 'assembly/opcodes.ts', 'assembly/matmul-work.ts'],
    outbase: '.',
    outdir: 'dist/modules',
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'warning',
  });
  // AssemblyScript wants no endings in its imports, modules do.
  const shared = 'dist/modules/assembly/matmul-work.js';
  const source = await readFile(shared, 'utf8');
  await writeFile(shared, source.replace('"./opcodes"', '"./opcodes.js"'));
  const loader = 'dist/modules/assembly/loader.js';
  await copyFile('node_modules/@assemblyscript/loader/index.js', loader);
  const engine = 'dist/modules/src/runtime/engine.js';
  const code = await readFile(engine, 'utf8');
  await writeFile(engine, code.replace('"@assemblyscript/loader"', '"../../assembly/loader.js"'));
}

/** The text that workers run, for pages that forbid workers from anything but a file. */
async function workerSource() {
  const { outputFiles } = await build({
    entryPoints: ['src/runtime/worker.ts'],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return (await import(`data:text/javascript;base64,${code}`)).workerSource;
}

/**
 * In one file nothing can be loaded later. For a module that is, esbuild would put it and all that it shares with others into
 * functions that run when they are first needed, which takes a program a fifth longer to start.
 */
function importAtOnce() {
  return {
    name: 'import at once',
    setup({ onLoad }) {
      onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const imports = [];
        const source = await readFile(path, 'utf8');
        const code = source.replace(/\bimport\(('\.[^']+')\)/g, (_, from) => {
          const name = `imported${imports.length}`;
          imports.push(`import * as ${name} from ${from};`);
          return name;
        });
        return { contents: [code, ...imports].join('\n'), loader: 'ts' };
      });
    },
  };
}

/** Puts imports of the files in dist/wasm in the place of src/runtime/binaries.ts. */
function importBinaries(suffix) {
  const name = 'import binaries';
  const contents = [
    ...variants.map((variant) => `import ${variant} from './wasm/${variant}.wasm${suffix}';`),
    'export const precompiled = true;',
    `export const binary = (variant) => ({ ${variants.join(', ')} })[variant];`,
  ].join('\n');
  return {
    name,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/binaries\.js$/ }, ({ path }) => ({ path, namespace: name }));
      onResolve({ filter: /\.wasm/ }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /./, namespace: name }, () => ({ contents }));
    },
  };
}

/** The source map need not repeat the binaries. */
async function leaveOutBinaries(path) {
  const map = JSON.parse(await readFile(path, 'utf8'));
  map.sourcesContent = map.sourcesContent.map((text, i) =>
    map.sources[i].endsWith('binaries.generated.ts') ? null : text,
  );
  await writeFile(path, JSON.stringify(map));
}

await mkdir('dist/wasm');
for (const variant of variants) {
  await copyFile(`build/wasm/${variant}.wasm`, `dist/wasm/${variant}.wasm`);
}

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
// TypeScript takes the format of declarations from the nearest package.json. Those for require are the
// same files beside one that says so; without them a CommonJS project under node16 resolution is refused.
await cp('dist/types', 'dist/types-cjs', { recursive: true });
await writeFile('dist/types-cjs/package.json', '{ "type": "commonjs" }\n');
