/** An application as each bundler builds it. */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { installed } from './runtimes.js';

/** Builds `main.js` and `index.html` in a folder into another one. */
export type Bundle = (app: string, out: string) => Promise<unknown>;

/** The bundlers are installed apart from the project, hence no types. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const vite = (): Promise<any> => import(pathToFileURL(join(installed, 'vite/dist/node/index.js')).href);

const quiet = { configFile: false, logLevel: 'error' } as const;

export const bundlers: Readonly<Record<string, Bundle>> = {
  esbuild: (app, out) =>
    build({
      entryPoints: [join(app, 'main.js')],
      outdir: out,
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
    }),
  Vite: async (app, out) =>
    (await vite()).build({ ...quiet, root: app, base: './', build: { outDir: out, emptyOutDir: true } }),
  webpack: (app, out) =>
    new Promise((resolve, reject) => {
      const webpack = createRequire(join(installed, 'index.js'))('webpack');
      const options = {
        mode: 'production',
        context: app,
        entry: './main.js',
        output: { path: out, filename: 'main.js' },
      };
      webpack(options, (error: Error | null, stats: { hasErrors(): boolean; toString(): string }) => {
        if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString()));
        else resolve(out);
      });
    }),
};

/** Vite's development server, which passes reports on to `origin`. */
export async function developmentServer(
  app: string,
  origin: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = await (await vite()).createServer({
    ...quiet,
    root: app,
    server: { host: '127.0.0.1', port: 0, headers, proxy: { '/report': origin } },
  });
  await server.listen();
  const { port } = server.httpServer.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}
