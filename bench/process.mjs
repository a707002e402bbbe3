// Child processes pinned to a core, ended by their own id, and what the kernel says about them.

import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const STOP_DEADLINE_MS = 15_000;
const TICK_US = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK']));

const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill(child.lastSignal)));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** Starts a program on one core. taskset replaces itself by the program, so the child's id is the program's. */
export function startPinned(core, program, args, options = {}) {
  const child = spawn('taskset', ['-c', String(core), program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  child.lastSignal = 'SIGKILL'; // if this script ends early
  child.output = '';
  child.errors = '';
  child.stdout?.on('data', (chunk) => (child.output = (child.output + chunk).slice(-1_000_000)));
  child.stderr?.on('data', (chunk) => (child.errors = (child.errors + chunk).slice(-4_000)));
  child.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  child.ended.then(() => running.delete(child));
  child.once('error', (error) => (child.errors += error.message));
  running.add(child);
  return child;
}

/** Waits for a child that ends by itself; kills it at the deadline. Returns its standard output. */
export async function finished(child, deadline_ms) {
  const timer = setTimeout(() => child.kill('SIGKILL'), deadline_ms);
  const end = await child.ended;
  clearTimeout(timer);
  if (end !== 0) throw new Error(`${child.spawnargs.slice(2).join(' ')} ended with ${end}:\n${child.errors}`);
  return child.output;
}

/** Asks a server to end; returns when it has. */
export function stop(child) {
  child.kill('SIGTERM');
  return finished(child, STOP_DEADLINE_MS);
}

/** Polls until `check` returns something other than undefined. */
export async function until(what, check, { deadline_ms = 30_000, every_ms = 5 } = {}) {
  const end = performance.now() + deadline_ms;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`${what}: not within ${deadline_ms / 1000} s`);
    await pause(every_ms);
  }
}

export async function freePort() {
  const holder = createServer();
  await new Promise((resolve, reject) => holder.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = holder.address();
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

/** CPU time that a process has used so far, in microseconds, all of its threads together. */
export function cpuTime_us(pid) {
  const { user, system } = stat(pid);
  return (user + system) * TICK_US;
}

/** The same with its children, those that have ended and those that live. */
export function treeTime_us(pid) {
  const { user, system, ended } = stat(pid);
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  return (user + system + ended) * TICK_US + children.reduce((sum, child) => sum + cpuTime_us(child), 0);
}

function parentOf(pid) {
  try {
    return stat(pid).parent;
  } catch {
    return undefined; // it has ended
  }
}

/** proc(5): ppid, utime, stime, and cutime with cstime. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number); // the name before it may contain blanks
  return { parent: fields[1], user: fields[11], system: fields[12], ended: fields[13] + fields[14] };
}

/** Memory of a process in MiB: resident now, and at its highest. */
export function memory_mib(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { resident: mib('VmRSS'), highest: mib('VmHWM'), anonymous: mib('RssAnon'), file: mib('RssFile') };
}

/** Waits until a process has nothing left to do, so that it takes no time from whom is measured next. */
export async function settled(pid, deadline_ms = 120_000) {
  const start = performance.now();
  let last = -Infinity; // the first look only remembers
  await until(
    'the server comes to rest',
    async () => {
      const now = cpuTime_us(pid);
      const used = now - last;
      last = now;
      return used <= TICK_US ? true : undefined;
    },
    { deadline_ms, every_ms: 250 },
  );
  return performance.now() - start;
}

/** How busy the machine is by itself, as a share of all its cores: measured over a second in which we do nothing. */
export async function restlessness() {
  const [busy, all] = machineTicks();
  await pause(1_000);
  const [busyThen, allThen] = machineTicks();
  return (busyThen - busy) / (allThen - all);
}

/** proc(5), the line of all cores: user, nice, system, idle, iowait, irq, softirq, steal. */
function machineTicks() {
  const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, value) => sum + value, 0);
  return [all - ticks[3] - ticks[4], all];
}
