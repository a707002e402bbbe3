// An export of leads as CSV, up to a million rows of it, while visitors click at a quarter of what the server can: how fast it
// comes, what it costs in memory, and how long visitors wait meanwhile.

import { asker, startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { median } from './numbers.mjs';
import { memory_mib, settled } from './process.mjs';
import { settings } from './settings.mjs';

const MOST_ROWS = 1_000_000;
/** After so long, what clicks take anyway is there: the filter of click IDs and the fold's cache, some 30 MiB. */
const CLICKS_BEFORE_S = 30;
const NEWLINE = 10;

/** `database` is one that this may use up. */
export async function measureExport(database, full) {
  const konektor = await startKonektor(database);
  const plan = { connections: 64, per_second: Math.round(full / 4) };
  // What clicks and reads take anyway is taken before.
  const before_s = Math.max(CLICKS_BEFORE_S, settings.seconds);
  const { p99_ms: p99_before_ms } = await load(konektor.port, database.slug, { ...plan, seconds: before_s });
  await asker(konektor.port, database.api_key)('GET', '/leads?limit=200');
  await settled(konektor.pid);
  const own = () => memory_mib(konektor.pid).anonymous;
  const before = own();
  let isOver = false;
  const waits_ms = [];
  const clicking = (async () => {
    while (!isOver) waits_ms.push((await load(konektor.port, database.slug, { ...plan, seconds: settings.seconds })).p99_ms);
  })();
  const start = performance.now();
  const answer = await fetch(`http://127.0.0.1:${konektor.port}/api/v1/leads.csv`, {
    headers: { authorization: `Bearer ${database.api_key}` },
  });
  let [rows, bytes, highest] = [-1, 0, before]; // the first line has the headings
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    for (const byte of chunk) if (byte === NEWLINE) rows++;
    highest = Math.max(highest, own());
    if (rows >= MOST_ROWS) break;
  }
  const took_s = (performance.now() - start) / 1000;
  isOver = true;
  await clicking;
  await konektor.stop();
  if (rows < Math.min(MOST_ROWS, database.leads)) throw new Error(`the export ended after ${rows} rows`);
  return { rows, bytes, took_s, per_second: rows / took_s, growth_mib: highest - before, p99_ms: median(waits_ms), p99_before_ms };
}
