// Redirects at a fixed rate, as on a very good day: 5,000 a second with all leads, while somebody looks at the dashboard and the
// log is moved into the database. nginx at the same rate stands beside it.

import { statSync } from 'node:fs';
import path from 'node:path';
import { asker, startKonektor } from './konektor.mjs';
import { load, whileClicking } from './load.mjs';
import { medians } from './numbers.mjs';
import { settled } from './process.mjs';
import { settings } from './settings.mjs';
import { setTimeout as pause } from 'node:timers/promises';

const PER_SECOND = 5_000;
/** Somebody looks at something: about as often as a few people with open dashboards. */
const READ_EVERY_MS = 100;
const READS = ['/leads?limit=50', '/leads?limit=50&status=won', '/reports/overview', '/reports/sources', '/leads?limit=50&q=Rina', '/agents'];
/** Long enough that the log is moved several times. */
const SECONDS = 2 * settings.seconds;

/** `fresh` makes a copy of the database with all leads for each round. */
export async function measureSteady(nginx, fresh) {
  const plan = { connections: 64, seconds: SECONDS, per_second: PER_SECOND };
  const rounds = { nginx: [], konektor: [] };
  for (let round = 0; round < settings.rounds; round++) {
    const database = fresh();
    rounds.nginx.push(await load(nginx.port, database.slug, plan));
    rounds.konektor.push(await run(database, plan));
  }
  return { nginx: medians(rounds.nginx), konektor: medians(rounds.konektor), rounds };
}

async function run(database, plan) {
  const konektor = await startKonektor(database);
  const ask = asker(konektor.port, database.api_key);
  await load(konektor.port, database.slug, { ...plan, seconds: 1 });
  await settled(konektor.pid);
  const moves = new Set();
  let reads = 0;
  const result = await whileClicking(konektor, database.slug, plan, async () => {
    await ask('GET', READS[reads++ % READS.length]);
    // With a log before it, the file itself is only written when that is moved.
    moves.add(statSync(path.join(database.data, 'konektor.db')).mtimeMs);
    await pause(READ_EVERY_MS);
  });
  await konektor.stop();
  const checkpoints = moves.size - 1;
  if (checkpoints < 1) throw new Error('the log was never moved meanwhile: the round is too short to say anything');
  return { ...result, reads, checkpoints };
}
