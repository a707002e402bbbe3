// Other redirect servers under the same load: each by itself on the server's core, in turn, beside nginx and Konektor. What each
// one remembers of a visitor stands beside its figure, for that is what the time is spent on.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { prepare, startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { startNginx } from './nginx.mjs';
import { medians } from './numbers.mjs';
import { cpuTime_us, freePort, settled, startPinned, stop, until } from './process.mjs';
import { settings } from './settings.mjs';

const CONNECTIONS = 64;
const installed = process.argv[2];

/** What a registry has. `start` gives the port, the path of a link, the process and how to end it. */
const MEASURED = [
  ['nginx', 'nothing', startYardstick],
  ['shortener 0.2.0 (a crate)', "SQLite: a link's hits and last hit, and a line of a log", startShortener],
  ['Konektor', 'the visitor: click, lead and turn, synced before the answer', startOurs],
];
/** What none has that could be asked for, and where it is. */
const ELSEWHERE = [
  ['YOURLS', 'PHP and MySQL', 'its repository YOURLS/YOURLS, or its container image'],
  ['Shlink', 'PHP, any SQL database', 'its repository shlinkio/shlink, or its container image; npm has clients only'],
  ['Kutt', 'Node.js, SQLite, PostgreSQL or MySQL', 'its repository thedevs-network/kutt, or its container image; npm has a client only'],
  ['chhoto-url', 'Rust, SQLite', 'its repository SinTan1729/chhoto-url, or its container image'],
  ['Dub', 'Node.js with hosted databases', 'its repository dubinc/dub'],
];

mkdirSync(settings.scratch, { recursive: true });
const scratch = mkdtempSync(path.join(settings.scratch, 'peers-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
execFileSync('taskset', ['-a', '-c', '-p', String(settings.loadCore), String(process.pid)]);

const at = (name) => ({ directory: path.join(scratch, name), data: path.join(scratch, name, 'data'), cookies: path.join(scratch, name, 'cookies') });
const empty = at('empty');
mkdirSync(empty.directory);
Object.assign(empty, await prepare(empty, 0));
const probe = await startKonektor(empty);
await probe.stop();
const target = probe.first.location;

const rounds = MEASURED.map(() => []);
for (let round = 0; round < settings.rounds; round++) {
  for (const [i, [, , start]] of MEASURED.entries()) rounds[i].push(await run(await start()));
}
const n = (value, digits = 0) => value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const figures = rounds.map(medians);
const lines = [
  `New visitors at ${CONNECTIONS} connections, server on one core, medians of ${settings.rounds} rounds of ${settings.seconds} s:`,
  '',
  '| server | remembers | redirects per second | p50 ms | p99 ms | CPU µs a request | of nginx |',
  '|---|---|--:|--:|--:|--:|--:|',
  ...MEASURED.map(([name, what], i) => {
    const f = figures[i];
    return `| ${name} | ${what} | ${n(f.per_second)} | ${n(f.p50_ms, 2)} | ${n(f.p99_ms, 2)} | ${n(f.cpu_us, 1)} | ${n(f.per_second / figures[0].per_second, 2)} |`;
  }),
  '',
  'Not measured, since no package registry has them as a server:',
  '',
  '| server | made of | to be had from |',
  '|---|---|---|',
  ...ELSEWHERE.map((row) => `| ${row.join(' | ')} |`),
];
console.log(lines.join('\n'));

async function run(server) {
  const plan = { connections: CONNECTIONS, path: server.path };
  await load(server.port, '', { ...plan, seconds: 1 });
  await settled(server.pid);
  const before_us = cpuTime_us(server.pid);
  const result = await load(server.port, '', { ...plan, seconds: settings.seconds });
  await settled(server.pid);
  const cpu_us = (cpuTime_us(server.pid) - before_us) / result.requests;
  await server.stop();
  return { ...result, cpu_us };
}

async function startYardstick() {
  return { ...(await startNginx(scratch, target)), path: '/wa/promo' };
}

async function startOurs() {
  return { ...(await startKonektor(empty)), path: `/wa/${empty.slug}` };
}

async function startShortener() {
  const directory = mkdtempSync(path.join(scratch, 'shortener-'));
  const port = await freePort();
  const args = ['--listen-port', String(port), '--database', path.join(directory, 'links.db'), '--log-file', path.join(directory, 'log')];
  // Its lines go nowhere: to be read here they would take time from the load.
  const server = startPinned(settings.serverCore, path.join(installed, 'bin', 'shortener'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const link = `http://127.0.0.1:${port}/promo`;
  const made = async () => (await fetch(link, { method: 'POST', body: target }).catch(() => undefined))?.ok || undefined;
  await until('shortener takes a link', async () => {
    if (server.exitCode !== null) throw new Error(`shortener ended with ${server.exitCode}:\n${server.errors}`);
    return made();
  });
  const answer = await fetch(link, { redirect: 'manual' });
  if (answer.headers.get('location') !== target) throw new Error(`shortener answers ${answer.status} with another address`);
  return { port, path: '/promo', pid: server.pid, stop: () => stop(server).catch(() => {}) };
}
