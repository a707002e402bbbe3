// What a platform that hangs costs the others: three destinations, events for all of them, and one platform that takes
// connections and never answers. The same with all of them well, in turn, so that a slow minute hits both.

import { createServer } from 'node:net';
import { asker, startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { median, medians } from './numbers.mjs';
import { DESTINATIONS, startPlatforms } from './platforms.mjs';
import { settled, until } from './process.mjs';
import { settings } from './settings.mjs';

const HANGS = 'linkedin';
const OTHERS = ['meta', 'tiktok'];
/** Redirects a second: far from the server's limit, where its queues would be measured. */
const PER_SECOND = 1_500;
const PAGE = 200;

/** `fresh` makes a copy of the prepared database for each round. */
export async function measureHanging(fresh, api_key) {
  const platforms = await startPlatforms();
  const hole = await startHole();
  const rounds = { well: [], hanging: [] };
  for (let i = 0; i < settings.rounds; i++) {
    rounds.well.push(await run(fresh(), api_key, platforms.url, `${platforms.url}/${HANGS}`));
    rounds.hanging.push(await run(fresh(), api_key, platforms.url, hole.url));
  }
  await platforms.stop();
  hole.stop();
  const [well, hanging] = [medians(rounds.well), medians(rounds.hanging)];
  return {
    hangs: HANGS,
    well,
    hanging,
    delay_ratio: hanging.delay_ms / well.delay_ms,
    p99_ratio: hanging.p99_ms / well.p99_ms,
    rounds,
  };
}

async function run(database, api_key, platforms, of_hanging) {
  const konektor = await startKonektor(database, {
    KONEKTOR_META_URL: `${platforms}/meta`,
    KONEKTOR_TIKTOK_URL: `${platforms}/tiktok`,
    KONEKTOR_LINKEDIN_URL: of_hanging,
  });
  const ask = asker(konektor.port, api_key);
  const ids = {};
  for (const platform of [...OTHERS, HANGS]) ids[platform] = (await ask('POST', '/destinations', DESTINATIONS[platform])).id;
  const plan = { connections: 64, seconds: settings.seconds, per_second: PER_SECOND, ads: [...OTHERS, HANGS] };
  const { p99_ms, per_second } = await load(konektor.port, database.slug, plan);

  const waits = async (platform) => (await ask('GET', `/destinations/${ids[platform]}`)).stats.pending;
  const is_over = async () => ((await waits('meta')) + (await waits('tiktok')) === 0 ? true : undefined);
  await until('the others have all of theirs', is_over, { every_ms: 100 });
  const delays = (await Promise.all(OTHERS.map((platform) => delaysOf(ask, ids[platform])))).flat();
  await settled(konektor.pid);
  await konektor.stop();
  return { per_second, p99_ms, events: delays.length, delay_ms: median(delays) };
}

/** From each click to the moment at which its platform had taken the event. */
async function delaysOf(ask, destination) {
  const delays = [];
  let cursor = '';
  do {
    const page = await ask('GET', `/deliveries?destination_id=${destination}&state=sent&limit=${PAGE}${cursor}`);
    delays.push(...page.items.map((event) => Date.parse(event.settled_at) - Date.parse(event.at)));
    cursor = page.next_cursor && `&cursor=${page.next_cursor}`;
  } while (cursor);
  return delays;
}

/** Takes connections and never says a word. */
async function startHole() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}
