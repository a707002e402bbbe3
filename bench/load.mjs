// One load on one server: wrk on a core of its own, and what it saw.

import { fileURLToPath } from 'node:url';
import { finished, startPinned, until } from './process.mjs';
import { settings } from './settings.mjs';

const SCRIPT = fileURLToPath(new URL('./visitors.lua', import.meta.url));
/** More requests than any round makes: rounds that begin this far apart share no visitor. */
const VISITORS_PER_ROUND = 10_000_000;
/** Requests made before the clock runs: more than either server answers in the time, as far as memory goes (1 kB each). */
const ahead = (seconds, per_second = 100_000) => Math.min(Math.ceil(per_second * seconds), 500_000);

/** How click IDs of a platform's ads begin. */
const CLICK_IDS = { meta: 'fbclid=IwAR2', tiktok: 'ttclid=E.C.P.', linkedin: 'li_fat_id=00000000-0000-4000-8000-' };

let round = 0;

/** Rounds before this one were loaded by an earlier run, on a database that was kept. */
export const beginAt = (rounds) => (round = rounds);
/** Rounds whose visitors have been there. */
export const roundsLoaded = () => round;

/**
 * `cookies` makes the visitors returning ones, `ads` those of these platforms in turn (Google's if absent), `per_second`
 * holds them back. Times out at twice the time plus what a stuck connection may take.
 */
export async function load(port, slug, { connections, seconds, cookies, ads, per_second, path = `/wa/${slug}` }) {
  const visitors = [round++ * VISITORS_PER_ROUND, ahead(seconds, per_second), ...(cookies ? [cookies] : [])].map(String);
  const url = `http://127.0.0.1:${port}${path}`;
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', SCRIPT, url, '--', ...visitors];
  const env = { ...process.env };
  if (ads) env.VISITORS_CLICK_IDS = ads.map((platform) => CLICK_IDS[platform]).join(' ');
  if (per_second) env.VISITORS_DELAY_MS = String((connections / per_second) * 1000);
  const wrk = startPinned(settings.loadCore, 'wrk', args, { env });
  const output = await finished(wrk, (seconds * 2 + 30) * 1000);
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  if (!line) throw new Error(`wrk gave no result:\n${output}`);
  const result = JSON.parse(line);
  const errors = Object.entries(result.errors).filter(([, count]) => count > 0);
  if (errors.length > 0)
    throw new Error(`errors under load: ${errors.map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  return {
    requests: result.requests,
    per_second: result.requests / (result.duration_us / 1e6),
    p50_ms: result.p50_us / 1000,
    p99_ms: result.p99_us / 1000,
    max_ms: result.max_us / 1000,
    load_core_busy: result.cpu_s / (result.duration_us / 1e6),
  };
}

/**
 * Does `work` again and again while visitors click, from the first click on: what it says each time, and what the load saw.
 * `plan` is that of `load`, with how long.
 */
export async function whileClicking(konektor, slug, plan, work) {
  const before = await konektor.clicks();
  let clicking = true;
  const loading = load(konektor.port, slug, plan).finally(() => (clicking = false));
  loading.catch(() => {}); // said below
  await until('somebody clicks', async () => ((await konektor.clicks()) > before || !clicking ? true : undefined));
  while (clicking) await work();
  return loading;
}
