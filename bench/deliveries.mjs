// Deliveries per second against a stand-in for Meta, while redirects run at half load: events pile up behind a paused
// destination, then it is switched on. The same half load without deliveries stands beside it.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { load } from './load.mjs';
import { asker, startKonektor } from './konektor.mjs';
import { DESTINATIONS, startPlatforms } from './platforms.mjs';
import { settled, until } from './process.mjs';
import { settings } from './settings.mjs';

/** Events that pile up first: many batches of Meta's greatest size. */
const BACKLOG = 60_000;
const SENT = /^konektor_deliveries_total\{[^}]*outcome="sent"[^}]*\} (\d+)/m;

/** `database` is a prepared one that this may use up; `half` redirects a second are half of what the server can. */
export async function measureDeliveries(scratch, database, api_key, half) {
  const platforms = await startPlatforms();
  const directory = path.join(scratch, 'deliveries');
  mkdirSync(directory, { recursive: true });
  const konektor = await startKonektor(database, { KONEKTOR_META_URL: `${platforms.url}/meta` });
  const ask = asker(konektor.port, api_key);
  const destination = await ask('POST', '/destinations', { ...DESTINATIONS.meta, active: false });
  const sent = async () => Number(SENT.exec(await konektor.metrics())?.[1] ?? 0);
  const plan = { connections: 64, seconds: settings.seconds, ads: ['meta'] };

  const slow = { ...plan, per_second: half };
  const alone = await load(konektor.port, database.slug, slow);
  while ((await konektor.clicks()) < BACKLOG) await load(konektor.port, database.slug, plan);
  await settled(konektor.pid);

  const loading = load(konektor.port, database.slug, slow);
  const start = performance.now();
  await ask('PATCH', `/destinations/${destination.id}`, { active: true });
  const target = await konektor.clicks(); // every click so far was an ad's
  await until('the backlog is sent', async () => ((await sent()) >= target ? true : undefined), {
    deadline_ms: 120_000,
    every_ms: 20,
  });
  const took_s = (performance.now() - start) / 1000;
  const beside = await loading;
  await konektor.stop();
  await platforms.stop();
  return { events: target, took_s, per_second: target / took_s, half, alone, beside };
}
