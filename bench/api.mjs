// How long a page of leads takes with all leads in the database, while a few visitors click. One asks at a time, as a
// person does who looks at the list: the newest, older pages, filters, searches.

import { asker, startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { median, percentile } from './numbers.mjs';
import { settings } from './settings.mjs';

/** Redirects a second besides. */
const CLICKS_PER_SECOND = 200;
const PAGES = [
  ['newest', () => '/leads?limit=50'],
  ['older', (at) => `/leads?limit=50&cursor=${at.cursor}`],
  ['by status', () => '/leads?limit=50&status=won'],
  ['by agent', (at) => `/leads?limit=50&agent_id=${at.agent}`],
  ['by platform', () => '/leads?limit=50&platform=google'],
  ['by days', (at) => `/leads?limit=50&from=${at.day}&to=${at.day}`],
  ['by code', (at) => `/leads?limit=50&q=${at.code}`],
  ['by name', () => '/leads?limit=50&q=Rina'],
  ['by pasted message', (at) => `/leads?limit=50&q=${encodeURIComponent(`Hi, I'm interested. [${at.code}]`)}`],
];

/** `database` is a prepared one that this may use up. */
export async function measureApi(database, api_key) {
  const konektor = await startKonektor(database);
  const ask = asker(konektor.port, api_key);
  const clicks = load(konektor.port, database.slug, {
    connections: 4,
    seconds: settings.seconds * 4,
    per_second: CLICKS_PER_SECOND,
  });
  let clicking = true;
  clicks.finally(() => (clicking = false)).catch(() => {});
  const agents = (await ask('GET', '/agents')).items;
  const at = { cursor: (await ask('GET', '/leads?limit=50')).next_cursor };
  const times = new Map(PAGES.map(([what]) => [what, []]));
  for (let i = 0; clicking; i++) {
    const page = await ask('GET', `/leads?limit=50&cursor=${at.cursor}`);
    if (page.next_cursor) at.cursor = page.next_cursor;
    const lead = page.items[i % page.items.length];
    Object.assign(at, { agent: agents[i % agents.length].id, code: lead.code, day: lead.first_seen.slice(0, 10) });
    for (const [what, path] of PAGES) {
      const start = performance.now();
      await ask('GET', path(at));
      times.get(what).push(performance.now() - start);
    }
  }
  await clicks;
  await konektor.stop();
  const rows = [...times].map(([what, ms]) => ({ what, asked: ms.length, p50_ms: median(ms), p99_ms: percentile(ms, 0.99) }));
  return { clicks_per_second: CLICKS_PER_SECOND, rows, p99_ms: Math.max(...rows.map((row) => row.p99_ms)) };
}
