/**
 * One JavaScript library in a process of its own:  node serve.mjs library.mjs '{"threads":1}'
 *
 * The library's module exports start(options), which gives { version, note, ... } and what it can be
 * asked for. A request is a line of JSON { ask, ... }, its answer another, with the seconds of processor
 * time that it took; the first line is the library's version, or { error } where it cannot be loaded.
 */
import { createInterface } from 'node:readline';

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
// Standard output is for answers alone.
for (const method of ['log', 'info', 'debug']) console[method] = console.error;

const [library, options] = process.argv.slice(2);
try {
  const { version, note, ...asked } = await (await import(`./${library}`)).start(JSON.parse(options));
  say({ version, note });
  for await (const line of createInterface({ input: process.stdin })) {
    const { ask, ...request } = JSON.parse(line);
    try {
      const start = process.cpuUsage();
      const answer = (await asked[ask](request)) ?? {};
      const { user, system } = process.cpuUsage(start);
      say({ ...answer, cpu: (user + system) / 1e6 });
    } catch (error) {
      say({ error: error.message });
    }
  }
} catch (error) {
  say({ error: error.message });
}
process.exit(0);
