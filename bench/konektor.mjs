// Konektor as it is released: prepared by its own demo, started with nothing but what a proxy in front of it needs.

import { readFile } from 'node:fs/promises';
import { settings } from './settings.mjs';
import { finished, freePort, startPinned, stop, until } from './process.mjs';
import { ask } from './visitor.mjs';

const PREPARE_DEADLINE_MS = 3_600_000; // ten million leads on a machine that is busy
/** The counter of clicks that are on disk; the sum over its labels is compared with what the load generator saw. */
const CLICKS = /^konektor_clicks_total(?:\{[^}]*\})? (\d+)/gm;
/** Those of them that lists and reports know of. */
const FOLDED = /^konektor_folded_clicks_total (\d+)/m;

/**
 * Makes `leads` leads in a data directory, and a file with the cookies of (some of) them. On both cores: that is how somebody
 * would do it, and nothing is measured beside it but how long it takes.
 */
export async function prepare({ directory, data, cookies }, leads, clicks) {
  const demo = ['demo', '--data', data, '--leads', String(leads), '--cookies', cookies, '--prepare', '--json'];
  if (clicks) demo.push('--clicks', String(clicks));
  const start = performance.now();
  const child = startPinned(`${settings.serverCore},${settings.loadCore}`, settings.binary, demo, {
    env: { PATH: process.env.PATH },
    cwd: directory,
  });
  const { slug, api_key } = JSON.parse(await finished(child, PREPARE_DEADLINE_MS));
  const took_s = (performance.now() - start) / 1000;
  if (leads > 0 && !(await readFile(cookies, 'utf8')).includes('=')) throw new Error('konektor demo wrote no cookies');
  return { slug, api_key, took_s };
}

/** Asks its API; a text is sent as a CSV file, anything else as JSON. */
export function asker(port, api_key) {
  return async (method, where, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${where}`, {
      method,
      headers: {
        authorization: `Bearer ${api_key}`,
        'content-type': typeof body === 'string' ? 'text/csv' : 'application/json',
      },
      body: typeof body === 'string' ? body : body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
}

/**
 * Starts it on prepared data. `first_302_ms` is from the start of the process to the end of the first redirect. `setUp` is
 * done once it listens, where the link is not there yet.
 */
export async function startKonektor({ data, directory }, more = {}, setUp) {
  const port = await freePort();
  const metricsPort = await freePort();
  const env = {
    PATH: process.env.PATH,
    KONEKTOR_DATA: data,
    KONEKTOR_LISTEN: `127.0.0.1:${port}`,
    KONEKTOR_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
    KONEKTOR_PUBLIC_URL: `http://127.0.0.1:${port}`,
    KONEKTOR_API_RATE: '0', // one asks faster here than a person can
    KONEKTOR_TRUSTED_PROXIES: '127.0.0.1/32', // so that every visitor of the load has an address of their own
    ...more,
  };
  const start = performance.now();
  const server = startPinned(settings.serverCore, settings.binary, ['serve'], { env, cwd: directory });
  let isSetUp = !setUp;
  const first = await until(
    'konektor answers',
    async () => {
      if (server.exitCode !== null) throw new Error(`konektor serve ended with ${server.exitCode}:\n${server.errors}`);
      const answer = await ask(port).catch(() => undefined);
      if (answer && !isSetUp) {
        isSetUp = true;
        await setUp(port);
      }
      return answer?.status === 302 ? answer : undefined;
    },
    { every_ms: 1 },
  );
  const first_302_ms = performance.now() - start;

  if (!/^https:\/\/wa\.me\/\d+\?text=/.test(first.location ?? '')) throw new Error(`not WhatsApp: ${first.location}`);
  if (!first.cookie) throw new Error('the first visitor got no cookie: is the screening in the way of the benchmark?');

  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const clicks = async () => {
    const text = await metrics();
    const counts = [...text.matchAll(CLICKS)];
    if (counts.length === 0) throw new Error('/metrics has no konektor_clicks_total');
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };
  return {
    port,
    pid: server.pid,
    first_302_ms,
    first,
    metrics,
    clicks,
    /** Waits until reports know of every click. That a server rests is not enough: it may be waiting for the disk. */
    folded: () =>
      until('all clicks are folded', async () => {
        const [, folded = 0] = FOLDED.exec(await metrics()) ?? [];
        return Number(folded) >= (await clicks()) ? true : undefined;
      }),
    stop: () => stop(server),
  };
}
