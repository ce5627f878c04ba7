/** npm run test:crash [-- kills]: 200 kills by default. */
import { torture } from './torture.mjs';

const kills = Number(process.argv[2] ?? 200);
const seed = (Date.now() % 1000) + 1;
console.log(`${kills} kills, seed ${seed}`);
const start = performance.now();
const log = process.stdout.isTTY ? (line) => process.stdout.write(`\r${line} `) : () => {};
const { kills: killed, trainings, most } = await torture({ kills, seed, log });
const seconds = ((performance.now() - start) / 1000).toFixed(0);
console.log(
  `\nkilled ${killed} times, ${trainings} trainings, ${most} kills the most in one: all ended bit for bit as if never killed (${seconds} s)`,
);
