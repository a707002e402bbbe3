// What a lone click takes while nobody else is there: one connection, a click now and then, on nginx and Konektor in turn. Here
// nothing is shared out: each click waits for a disk of its own.

import { startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { medians } from './numbers.mjs';
import { settled } from './process.mjs';
import { settings } from './settings.mjs';

/** Apart enough that each finds the server asleep. */
const PER_SECOND = 40;

/** `fresh` makes a copy of the empty database for each round. */
export async function measureLone(nginx, fresh) {
  const plan = { connections: 1, seconds: settings.seconds, per_second: PER_SECOND };
  const rounds = { nginx: [], konektor: [] };
  for (let round = 0; round < settings.rounds; round++) {
    const database = fresh();
    rounds.nginx.push(await load(nginx.port, database.slug, plan));
    const konektor = await startKonektor(database);
    await settled(konektor.pid);
    rounds.konektor.push(await load(konektor.port, database.slug, plan));
    await konektor.stop();
  }
  const [a, b] = [medians(rounds.nginx), medians(rounds.konektor)];
  return { nginx: a, konektor: b, more_ms: b.p50_ms - a.p50_ms, rounds };
}
