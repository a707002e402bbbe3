// What a lone click takes while nobody else is there: one connection, a click now and then, on nginx and Konektor in turn. Here
// nothing is shared out: each click waits for a disk of its own. A disk and a processor that were asleep take longer than those
// that are kept busy, so what the disk alone takes is measured at the same pace.

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { median, medians } from './numbers.mjs';
import { settled } from './process.mjs';
import { settings } from './settings.mjs';

/** Apart enough that each finds the server asleep. */
const PER_SECOND = 40;

/** What a lone click writes: some eight pages, each with its head. */
const LOG_BYTES = 8 * (4096 + 24);
const LOG = Buffer.alloc(LOG_BYTES, 1);
/** A log keeps its size, and is written over. */
const IN_LOG = 64;

/** `fresh` makes a copy of the empty database for each round. */
export async function measureLone(nginx, fresh) {
  const plan = { connections: 1, seconds: settings.seconds, per_second: PER_SECOND };
  const rounds = { nginx: [], konektor: [], disk_ms: [] };
  for (let round = 0; round < settings.rounds; round++) {
    const database = fresh();
    rounds.disk_ms.push(await syncsAlone(database.directory, settings.seconds));
    rounds.nginx.push(await load(nginx.port, database.slug, plan));
    const konektor = await startKonektor(database);
    await settled(konektor.pid);
    rounds.konektor.push(await load(konektor.port, database.slug, plan));
    await konektor.stop();
  }
  const [a, b] = [medians(rounds.nginx), medians(rounds.konektor)];
  return { nginx: a, konektor: b, more_ms: b.p50_ms - a.p50_ms, disk_ms: median(rounds.disk_ms), rounds };
}

/** Milliseconds that the disk takes, in the median, to make durable what a click writes. */
async function syncsAlone(directory, seconds) {
  const file = openSync(path.join(directory, 'log-alone'), 'w');
  for (let i = 0; i < IN_LOG; i++) writeSync(file, LOG);
  fdatasyncSync(file);
  const times_ms = [];
  for (let i = 0; i < PER_SECOND * seconds; i++) {
    await pause(1000 / PER_SECOND);
    const start = performance.now();
    writeSync(file, LOG, 0, LOG_BYTES, (i % IN_LOG) * LOG_BYTES);
    fdatasyncSync(file);
    times_ms.push(performance.now() - start);
  }
  closeSync(file);
  return median(times_ms);
}
