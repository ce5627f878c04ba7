/**
 * Compiles assembly/ once per variant (the targets of asconfig.json) and writes the binaries as text to
 * src/runtime/binaries.generated.ts, so that the package is one file without anything to fetch.
 * src/runtime/binaries.ts turns the text back into bytes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const binaries = {};
for (const variant of Object.keys(JSON.parse(await readFile('asconfig.json', 'utf8')).targets)) {
  const { error, stderr } = await asc.main(['--target', variant]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  binaries[variant] = await readFile(`build/wasm/${variant}.wasm`);
  console.log(`build/wasm/${variant}.wasm  ${(binaries[variant].length / 1024).toFixed(1)} KiB`);
}

const { bytes, layout } = interleave(binaries.simd, binaries.relaxed);
const target = 'src/runtime/binaries.generated.ts';
const text = [
  '// Made by scripts/build-wasm.mjs from assembly/; not kept in git.',
  `export const layout = ${JSON.stringify(layout)};`,
  ...Object.entries(encode(bytes)).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`),
  '',
].join('\n');
if ((await readFile(target, 'utf8').catch(() => '')) !== text) await writeFile(target, text);

/** A binary cut into what precedes the bodies of its functions, each body, and what follows. */
function pieces(binary) {
  let at = 8;
  const integer = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = binary[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const cuts = [0];
  while (at < binary.length) {
    const CODE = 10;
    const section = binary[at++];
    const size = integer();
    const end = at + size;
    if (section === CODE) {
      for (let left = integer(); left > 0; left--) {
        cuts.push(at);
        const body = integer();
        at += body;
      }
      cuts.push(at);
    }
    at = end;
  }
  return cuts.map((from, i) => binary.subarray(from, cuts[i + 1]));
}

/**
 * Both binaries as one run of bytes: what is equal stands there once, what differs stands side by side, where
 * a compressor sees how alike it is. `layout` lists [equal, only a, only b] lengths in turn.
 */
function interleave(a, b) {
  const [as, bs] = [pieces(a), pieces(b)];
  if (as.length !== bs.length) throw new Error('the variants must have the same functions');
  const rows = [[0, 0, 0]];
  const parts = as.flatMap((piece, i) => {
    if (piece.equals(bs[i])) {
      if (rows.at(-1)[1] > 0) rows.push([0, 0, 0]);
      rows.at(-1)[0] += piece.length;
      return [piece];
    }
    rows.push([0, piece.length, bs[i].length]);
    return [piece, bs[i]];
  });
  return { bytes: Buffer.concat(parts), layout: rows.flat() };
}

/**
 * Bytes as printable ASCII that compresses as well as the bytes do, which base64 does not: the 90 most
 * frequent values have a character each, the others one of three characters and a second.
 */
function encode(bytes) {
  const alphabet = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
    (c) => c !== '"' && c !== '\\',
  );
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a]);
  const singles = alphabet.length - 3;
  const codes = [];
  for (const [rank, byte] of order.entries()) {
    const rest = rank - singles;
    codes[byte] =
      rest < 0
        ? alphabet[rank]
        : alphabet[singles + Math.floor(rest / alphabet.length)] + alphabet[rest % alphabet.length];
  }
  return { alphabet: alphabet.join(''), order, text: Array.from(bytes, (byte) => codes[byte]).join('') };
}
