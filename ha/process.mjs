// Programs that this starts, each ended by its own id, and what they say, in a file each.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const running = new Set();
process.once('exit', () => running.forEach((child) => child.end('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** Starts a program in a process group of its own, as another user if one is named. */
export function start(logs, name, program, args, { env = {}, cwd = logs, user = '' } = {}) {
  const as = user ? ['setpriv', `--reuid=${user}`, `--regid=${user === 'nobody' ? 'nogroup' : user}`, '--clear-groups', '--'] : [];
  const [first, ...rest] = [...as, program, ...args];
  const log = openSync(path.join(logs, `${name}.log`), 'a', 0o666);
  const child = spawn(first, rest, {
    stdio: ['ignore', log, log],
    cwd,
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env },
  });
  closeSync(log);
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const started = {
    name,
    pid: child.pid,
    ended,
    log: () => readFileSync(path.join(logs, `${name}.log`), 'utf8'),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    /** To its whole group: Patroni's PostgreSQL is in it until it makes one of its own. */
    end(signal) {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has ended.
      }
    },
    async stop() {
      process.kill(child.pid, 'SIGTERM');
      return ended;
    },
  };
  running.add(started);
  ended.then(() => running.delete(started));
  return started;
}

/** Runs a program to its end and gives what it printed. */
export async function run(program, args, { env = {}, cwd, input } = {}) {
  const child = spawn(program, args, { cwd, env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  child.stdin.on('error', () => {}); // it ended before it read everything
  child.stdin.end(input);
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${errors}`);
  return out.trim();
}

/** Asks until there is an answer that is not undefined. */
export async function until(what, ask, deadline_s = 60) {
  const end = performance.now() + deadline_s * 1_000;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${deadline_s} s`);
    await pause(100);
  }
}
