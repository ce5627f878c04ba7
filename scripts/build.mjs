/**
 * Bundles src/ into dist/: index.js for import, index.cjs for require, both with the WebAssembly binaries
 * inside, since a library's own .wasm file is what bundlers most often fail to find. The binaries also lie
 * in dist/wasm for hosts that forbid compiling. Needs what scripts/build-wasm.mjs makes.
 */
import { execFileSync } from 'node:child_process';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const formats = { 'index.js': 'esm', 'index.cjs': 'cjs' };
for (const [file, format] of Object.entries(formats)) {
  await build({
    entryPoints: ['src/index.ts'],
    outfile: `dist/${file}`,
    bundle: true,
    format,
    platform: 'neutral',
    target: 'es2022',
    sourcemap: true,
    charset: 'utf8',
    // The loader stays a dependency: it has its own entries for import and require, so both bundles find
    // theirs in Node, Deno, Bun and every bundler, and its licence and updates stay its own.
    external: ['@assemblyscript/loader'],
    logLevel: 'warning',
  });
  await leaveOutBinaries(`dist/${file}.map`);
}

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

/** The source map need not repeat the binaries. */
async function leaveOutBinaries(path) {
  const map = JSON.parse(await readFile(path, 'utf8'));
  map.sourcesContent = map.sourcesContent.map((text, i) =>
    map.sources[i].endsWith('binaries.generated.ts') ? null : text,
  );
  await writeFile(path, JSON.stringify(map));
}

await rm('dist/wasm', { recursive: true, force: true });
await mkdir('dist/wasm');
for (const variant of Object.keys(JSON.parse(await readFile('asconfig.json', 'utf8')).targets)) {
  await copyFile(`build/wasm/${variant}.wasm`, `dist/wasm/${variant}.wasm`);
}

for (const folder of ['dist/types', 'dist/types-cjs']) await rm(folder, { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
// TypeScript takes the format of declarations from the nearest package.json. Those for require are the
// same files beside one that says so; without them a CommonJS project under node16 resolution is refused.
await cp('dist/types', 'dist/types-cjs', { recursive: true });
await writeFile('dist/types-cjs/package.json', '{ "type": "commonjs" }\n');
