// Deliveries per second against a stand-in for Meta, while redirects run at half load: events pile up behind a paused
// destination, then it is switched on. The same half load without deliveries stands beside it.

import { load } from './load.mjs';
import { asker, startKonektor } from './konektor.mjs';
import { medians } from './numbers.mjs';
import { DESTINATIONS, startPlatforms } from './platforms.mjs';
import { settled, until } from './process.mjs';
import { settings } from './settings.mjs';

const SENT = /^konektor_deliveries_total\{[^}]*outcome="sent"[^}]*\} (\d+)/m;
/** Four minutes, or less than 2,000 events a second. */
const DRAINED_WITHIN_MS = Math.max(240_000, settings.backlog / 2);

/** Visitors at half load: so many that a millisecond more for each answer hardly changes how many there are, as on a real day. */
const VISITORS = 256;

/** `database` is a prepared one that this may use up; `half` redirects a second are half of what the server can. */
export async function measureDeliveries(database, half) {
  const platforms = await startPlatforms();
  const konektor = await startKonektor(database, { KONEKTOR_META_URL: `${platforms.url}/meta` });
  const ask = asker(konektor.port, database.api_key);
  const destination = await ask('POST', '/destinations', { ...DESTINATIONS.meta, active: false });
  const sent = async () => Number(SENT.exec(await konektor.metrics())?.[1] ?? 0);
  const plan = { connections: 64, seconds: settings.seconds, ads: ['meta'] };

  const slow = { ...plan, connections: VISITORS, per_second: half };
  const alone = await load(konektor.port, database.slug, slow);
  const before = await konektor.clicks();
  while ((await konektor.clicks()) - before < settings.backlog) await load(konektor.port, database.slug, plan);
  await settled(konektor.pid);

  let isSent = false;
  const clicking = (async () => {
    const loads = [];
    while (!isSent) loads.push(await load(konektor.port, database.slug, slow));
    return loads;
  })();
  const start = performance.now();
  await ask('PATCH', `/destinations/${destination.id}`, { active: true });
  const target = await konektor.clicks(); // every click so far was an ad's
  await until('the backlog is sent', async () => ((await sent()) >= target ? true : undefined), {
    deadline_ms: DRAINED_WITHIN_MS,
    every_ms: 20,
  });
  const took_s = (performance.now() - start) / 1000;
  isSent = true;
  // While events were sent all the time: the last one lasted longer than they did, unless it was the only one.
  const loads = await clicking;
  const beside = medians(loads.slice(0, Math.max(1, loads.length - 1)));
  await konektor.stop();
  await platforms.stop();
  return {
    events: target,
    took_s,
    per_second: target / took_s,
    half,
    alone,
    beside,
    slowed_to: beside.per_second / alone.per_second,
  };
}
