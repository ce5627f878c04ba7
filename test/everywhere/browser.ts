/**
 * A browser that goes from page to page. The pages report by themselves to a small server, which then tells
 * the browser where to go next: nothing else is needed to drive it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, extname, join } from 'node:path';
import { missing } from './runtimes.js';

export interface BrowserKind {
  readonly name: string;
  /** Names of the program. */
  readonly programs: readonly string[];
  readonly start: (program: string, profile: string, url: string) => ChildProcess;
}

const options = { stdio: 'ignore', detached: true } as const;

export const browsers: readonly BrowserKind[] = [
  {
    name: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    start: (program, profile, url) => {
      // Its sandbox refuses to run as root.
      const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
      const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update'];
      const args = ['--headless', '--disable-gpu', '--disable-quic', `--user-data-dir=${profile}`];
      return spawn(program, [...sandbox, ...quiet, ...args, url], options);
    },
  },
  {
    name: 'Firefox',
    programs: ['firefox-esr', 'firefox'],
    start: (program, profile, url) => {
      const settings = {
        'app.update.enabled': false,
        'browser.aboutwelcome.enabled': false,
        'browser.shell.checkDefaultBrowser': false,
        'datareporting.policy.dataSubmissionEnabled': false,
        'network.captive-portal-service.enabled': false,
        'network.connectivity-service.enabled': false,
      };
      const lines = Object.entries(settings).map(([name, value]) => `user_pref("${name}", ${value});\n`);
      writeFileSync(join(profile, 'user.js'), lines.join(''));
      return spawn(program, ['--headless', '--no-remote', '--profile', profile, url], options);
    },
  },
];

/** Where a browser's program is; undefined where there is none. */
export function findBrowser({ programs }: BrowserKind): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return programs.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
}

export const notFound = ({ name, programs }: BrowserKind): string =>
  missing(`${name}: no ${programs.join(' or ')} found.`);

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** What pages begin with: `report(promise)` sends the result, and all that goes wrong, and moves on. */
export const reporting = (origin: string): string => `
  const send = (body) => fetch('${origin}/report', { method: 'POST', mode: 'no-cors', body: JSON.stringify(body) })
    .then(() => location.replace('${origin}/wait'));
  const fail = (error) => send({ error: String(error?.stack ?? error) });
  addEventListener('error', ({ error, message }) => fail(error ?? message));
  addEventListener('unhandledrejection', ({ reason }) => fail(reason));
  globalThis.report = (promise) => promise.then((result) => send({ result }), fail);
`;

const waiting = `<!doctype html><script type="module">
  const next = await (await fetch('/next')).text();
  location.replace(next);
</script>`;

export class Browser {
  readonly #server: Server;
  readonly #profile = mkdtempSync(join(tmpdir(), 'browser-'));
  #process: ChildProcess | undefined;
  #origin = '';
  #nextPage: string | undefined;
  #asking: ServerResponse | undefined;
  #reported: ((body: string) => void) | undefined;

  /** Pages are served from `folder`. */
  constructor(folder: string) {
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (pathname === '/report') {
        let body = '';
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () => {
          response.end();
          this.#reported?.(body);
        });
      } else if (pathname === '/next') {
        this.#asking = response;
        this.#answer();
      } else if (pathname === '/wait') {
        response.setHeader('content-type', 'text/html').end(waiting);
      } else if (pathname === '/report.js') {
        response.setHeader('content-type', 'text/javascript').end(reporting(this.origin));
      } else {
        const path = join(folder, pathname);
        if (!path.startsWith(folder) || !existsSync(path)) return void response.writeHead(404).end();
        for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value);
        response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream');
        response.end(readFileSync(path));
      }
    });
  }

  /** Headers of all that is served now. */
  headers: Readonly<Record<string, string>> = {};

  get origin(): string {
    return this.#origin;
  }

  async start(kind: BrowserKind, program: string): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    this.#process = kind.start(program, this.#profile, `${this.origin}/wait`);
  }

  /** Visits a page and waits for its report. */
  async visit<T>(page: string): Promise<T> {
    const report = new Promise<string>((resolve) => {
      this.#reported = resolve;
    });
    this.#nextPage = new URL(page, this.origin).href;
    this.#answer();
    const { result, error } = JSON.parse(await report) as { result: T; error?: string };
    if (error) throw new Error(`in the page ${page}: ${error}`);
    return result;
  }

  #answer(): void {
    if (!this.#asking || !this.#nextPage) return;
    this.#asking.end(this.#nextPage);
    this.#asking = undefined;
    this.#nextPage = undefined;
  }

  async close(): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid) {
      const ended = new Promise((resolve) => this.#process?.once('exit', resolve));
      // Browsers are many processes; started detached, they are a group of their own.
      process.kill(-pid, 'SIGKILL');
      await ended;
    }
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
