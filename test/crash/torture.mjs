/**
 * Kills a training script at random moments, over and over, and holds what it ends with against a run that was left
 * alone: the same to the last bit, or an error.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(import.meta.dirname, 'train.mjs');

/** Runs the script, and kills it so many milliseconds after it has begun to train; resolves with its last line. */
function run(folder, seed, killAfter) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, folder, String(seed)]);
    let output = '';
    let errors = '';
    let timer;
    child.stdout.on('data', (data) => {
      output += data;
      if (killAfter !== undefined && output.includes('training'))
        timer ??= setTimeout(() => child.kill('SIGKILL'), killAfter);
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') resolve(undefined);
      else if (code !== 0 || errors) reject(new Error(`the script ended with code ${code}:\n${errors}`));
      else resolve(output.trim().split('\n').pop());
    });
  });
}

/**
 * Kills until `kills` is reached, beginning new trainings as they end. Returns what happened; throws where a
 * training ends otherwise than its reference, or leaves something behind.
 */
export async function torture({ kills, longest = 120, seed = 1, log = () => {} }) {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  const done = { kills: 0, trainings: 0, most: 0 };
  while (done.kills < kills) {
    const expected = await run('-', seed + done.trainings);
    const folder = await mkdtemp(join(tmpdir(), 'crash-'));
    try {
      let lives = 0;
      let result;
      while (result === undefined) {
        result = await run(
          folder,
          seed + done.trainings,
          done.kills < kills ? random() * longest : undefined,
        );
        if (result === undefined) {
          done.kills++;
          lives++;
          log(`killed ${done.kills} times`);
        }
      }
      if (result !== expected)
        throw new Error(`after ${lives} kills the training ended with ${result} rather than ${expected}`);
      const left = await readdir(folder);
      if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
      done.trainings++;
      done.most = Math.max(done.most, lives);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return done;
}
