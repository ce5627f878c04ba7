/** The rooms of src/ and who may import whom: downwards only, and no platform in the core. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** From the bottom up: a room imports from those before it, and from itself. */
const rooms = [
  'assembly',
  'errors',
  'settings',
  'recipe',
  'graph',
  'ops',
  'compile',
  'runtime',
  'data',
  'formats',
  'initializers',
  'activations',
  'losses',
  'metrics',
  'layers',
  'optimizers',
  'doctor',
  'cli',
  'train',
  'index',
];

/** What src/ may use of assembly/: portable TypeScript that both compilers read. */
const shared = ['assembly/opcodes.ts', 'assembly/matmul-work.ts'];

/** Rooms that know no platform: no modules of Node, nothing of the DOM. */
const core = [
  'graph',
  'ops',
  'compile',
  'layers',
  'optimizers',
  'losses',
  'metrics',
  'initializers',
  'activations',
  'doctor',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const slashes = (path: string) => path.split(sep).join('/');

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => slashes(join('src', path)));

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The room that a file belongs to: its folder under src/, its own name where it lies there itself, or assembly. */
function roomOf(file: string): string {
  const [top, second] = file.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

/** What a file imports: files of the project by path, packages by name. */
const importsOf = (file: string): string[] =>
  [
    ...textOf(file).matchAll(
      /^(?:import|export)\b(?:[^;'"]*\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
    ),
  ].map(([, fixed, dynamic]) => {
    const path = fixed ?? dynamic;
    if (!path.startsWith('.')) return path;
    return slashes(relative(root, normalize(join(root, dirname(file), path)))).replace(/\.js$/, '.ts');
  });

/** Code without comments and strings. */
const codeOf = (file: string): string =>
  textOf(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");

test('every room has its place in the order', () => {
  expect([...new Set(files.map(roomOf))].filter((room) => !rooms.includes(room))).toEqual([]);
});

test('rooms import downwards only', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap((target) => {
      if (!target.startsWith('src/') && !target.startsWith('assembly/')) return [];
      const against = rooms.indexOf(roomOf(target)) > rooms.indexOf(roomOf(file));
      return against ? [`${file} imports ${target}`] : [];
    }),
  );
  expect(wrong).toEqual([]);
});

test('only the portable files of assembly/ are imported', () => {
  const used = new Set(files.flatMap(importsOf).filter((target) => target.startsWith('assembly/')));
  expect([...used].filter((target) => !shared.includes(target))).toEqual([]);
  for (const file of shared) {
    expect(
      importsOf(file).filter((target) => !shared.includes(`${target}.ts`) && !shared.includes(target)),
    ).toEqual([]);
  }
});

test('what is imported exists', () => {
  const known = new Set([...files, ...shared, 'src/runtime/binaries.generated.ts']);
  const missing = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('src/') && !known.has(target))
      .map((target) => `${file} imports ${target}`),
  );
  expect(missing).toEqual([]);
});

test('the core imports no packages and nothing of Node', () => {
  const outside = files
    .filter((file) => core.includes(roomOf(file)))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => !/^(src|assembly)\//.test(target))
        .map((target) => `${file} imports ${target}`),
    );
  expect(outside).toEqual([]);
});

test('the core touches no platform', () => {
  const names = [
    'globalThis',
    'navigator',
    'document',
    'window',
    'process',
    'performance',
    'setTimeout',
    'setImmediate',
    'fetch',
    'require',
  ];
  const touching = files
    .filter((file) => core.includes(roomOf(file)))
    .flatMap((file) => {
      const code = codeOf(file);
      // A variable of the file's own may have such a name.
      const foreign = names.filter((name) => !new RegExp(`\\b(?:const|let|function) +${name}\\b`).test(code));
      const use = new RegExp(`(?<!\\.)\\b(?:${foreign.join('|')})\\s*(?:[.([]|\\?\\.)`);
      return code.split('\n').flatMap((line) => (use.test(line) ? [`${file}: ${line.trim()}`] : []));
    });
  expect(touching).toEqual([]);
});
