// What a lone click takes while nobody else is there: one connection, a click now and then, on nginx and Konektor in turn. Here
// nothing is shared out: each click waits for a disk of its own. A disk and a processor that were asleep take longer than those
// that are kept busy, so what the disk alone takes is measured at the same pace.

import { syncs_ms } from './disk.mjs';
import { startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { median, medians } from './numbers.mjs';
import { settled } from './process.mjs';
import { settings } from './settings.mjs';

/** Apart enough that each finds the server asleep. */
const PER_SECOND = 40;

/** What a lone click writes (`strace -e pwrite64`): four pages, each with its head. */
const LOG_BYTES = 4 * (4096 + 24);

/** `fresh` makes a copy of the empty database for each round. */
export async function measureLone(nginx, fresh) {
  const plan = { connections: 1, seconds: settings.seconds, per_second: PER_SECOND };
  const rounds = { nginx: [], konektor: [], disk_ms: [] };
  for (let round = 0; round < settings.rounds; round++) {
    const database = fresh();
    const alone = { bytes: LOG_BYTES, count: PER_SECOND * settings.seconds, every_ms: 1000 / PER_SECOND };
    rounds.disk_ms.push(median(await syncs_ms(database.directory, alone)));
    rounds.nginx.push(await load(nginx.port, database.slug, plan));
    const konektor = await startKonektor(database);
    await settled(konektor.pid);
    rounds.konektor.push(await load(konektor.port, database.slug, plan));
    await konektor.stop();
  }
  const [a, b] = [medians(rounds.nginx), medians(rounds.konektor)];
  return { nginx: a, konektor: b, more_ms: b.p50_ms - a.p50_ms, disk_ms: median(rounds.disk_ms), rounds };
}
