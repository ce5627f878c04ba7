/**
 * Compiles assembly/ once per variant (the targets of asconfig.json) and writes the binaries,
 * base64-encoded, to src/runtime/binaries.generated.ts, so that the package is one file without
 * anything to fetch.
 */
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const variants = Object.keys(JSON.parse(await readFile('asconfig.json', 'utf8')).targets);
const lines = ['// Made by scripts/build-wasm.mjs from assembly/; not kept in git.'];
for (const variant of variants) {
  const { error, stderr } = await asc.main(['--target', variant]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const bytes = await readFile(`build/wasm/${variant}.wasm`);
  lines.push(`export const ${variant} =\n  '${bytes.toString('base64')}';`);
  console.log(`build/wasm/${variant}.wasm  ${(bytes.length / 1024).toFixed(1)} KiB`);
}
const target = 'src/runtime/binaries.generated.ts';
const text = `${lines.join('\n')}\n`;
if ((await readFile(target, 'utf8').catch(() => '')) !== text) await writeFile(target, text);
