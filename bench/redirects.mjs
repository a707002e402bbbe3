// Redirects per second beside nginx: for each kind of visitor and number of connections rounds of nginx, of Konektor with an
// (almost) empty database and with all leads, in turn, so that a slow minute of the machine hits all three. Every round is
// checked against what is on disk after it.

import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { FEW_LEADS } from './databases.mjs';
import { asker, startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { median, medians } from './numbers.mjs';
import { cpuTime_us, memory_mib, settled } from './process.mjs';
import { settings } from './settings.mjs';

const WARM_UP_S = 1;
/** What it held for its start it gives back within seconds. */
const AT_REST_MS = 5_000;

export async function measureRedirects(nginx, { all, fresh }, say) {
  const points = [];
  const [starts_ms, idle, loaded] = [[], [], []];
  for (const visitors of ['new', 'returning']) {
    const few = visitors === 'new' ? 0 : FEW_LEADS;
    for (const connections of settings.connections) {
      const rounds = { nginx: [], [few]: [], [settings.leads]: [] };
      for (let i = 0; i < settings.rounds; i++) {
        const plan = (database) => ({ connections, cookies: visitors === 'returning' ? database.cookies : undefined });
        rounds.nginx.push(await run(nginx, all[few].slug, plan(all[few])));
        for (const leads of [few, settings.leads]) {
          const database = fresh(all[leads]);
          const konektor = await startKonektor(database);
          await settled(konektor.pid);
          if (leads === settings.leads) {
            starts_ms.push(konektor.first_302_ms);
            await pause(AT_REST_MS);
            idle.push(memory_mib(konektor.pid));
          }
          const ask = asker(konektor.port, database.api_key);
          const known = await newcomers(konektor, ask);
          rounds[leads].push(await run(konektor, database.slug, plan(database)));
          // A cookie of nobody makes somebody new, which is other work.
          const more = (await newcomers(konektor, ask)) - known;
          if (visitors === 'returning' && more > 0) throw new Error(`${more} of the returning visitors were new`);
          if (leads === settings.leads) loaded.push(memory_mib(konektor.pid));
          await konektor.stop();
        }
      }
      const [empty, big] = [few, settings.leads].map((leads) => point({ leads, visitors, connections }, rounds));
      // Round by round, since these stand side by side.
      const pairs = rounds[few].map((round, i) => rounds[settings.leads][i].per_second / round.per_second);
      big.of_empty = median(pairs);
      points.push(empty, big);
      [empty, big].forEach((p) => say(told(p)));
    }
  }
  return {
    points: points.toSorted((a, b) => Boolean(a.of_empty) - Boolean(b.of_empty)), // the big one's last
    first_302_ms: median(starts_ms),
    idle_mib: medians(idle),
    memory_mib: medians(loaded),
    highest_memory_mib: Math.max(...loaded.map((memory) => memory.highest)),
    binary_mb: statSync(settings.binary).size / 1e6,
  };
}

async function newcomers(konektor, ask) {
  await konektor.folded();
  return (await ask('GET', '/reports/overview')).totals.new;
}

function point({ leads, visitors, connections }, rounds) {
  const [nginx, konektor] = [medians(rounds.nginx), medians(rounds[leads])];
  return {
    leads,
    visitors,
    connections,
    nginx,
    konektor,
    rounds: { nginx: rounds.nginx, konektor: rounds[leads] },
    ratio: konektor.per_second / nginx.per_second,
    p99_ratio: konektor.p99_ms / nginx.p99_ms,
    cpu_ratio: konektor.cpu_us_per_request / nginx.cpu_us_per_request,
  };
}

const told = ({ leads, visitors, connections, nginx, konektor, ratio, of_empty }) =>
  `${leads} leads, ${visitors}, ${connections} connections: nginx ${nginx.per_second.toFixed(0)}/s p99 ${nginx.p99_ms.toFixed(2)} ms, ` +
  `konektor ${konektor.per_second.toFixed(0)}/s p99 ${konektor.p99_ms.toFixed(2)} ms, ratio ${ratio.toFixed(2)}` +
  (of_empty ? `, ${of_empty.toFixed(2)} of the empty one's` : '');

/**
 * Warms up, loads, and waits for the rest. CPU time per request includes the work that follows the answers. Of a
 * server that counts clicks, the clicks on disk must be the redirects that wrk saw, or the figures are of something
 * else; what was still under way when wrk hung up may be there besides.
 */
async function run(server, slug, plan) {
  await load(server.port, slug, { ...plan, seconds: WARM_UP_S });
  await settled(server.pid);
  const clicks_before = await server.clicks?.();
  const before_us = cpuTime_us(server.pid);
  const result = await load(server.port, slug, { ...plan, seconds: settings.seconds });
  const under_load_us = cpuTime_us(server.pid) - before_us;
  const settled_ms = await settled(server.pid);
  const all_us = cpuTime_us(server.pid) - before_us;

  if (server.clicks) {
    const clicks = (await server.clicks()) - clicks_before;
    if (clicks < result.requests || clicks > result.requests + plan.connections) {
      throw new Error(
        `wrk saw ${result.requests} answers, but ${clicks} clicks were recorded (${JSON.stringify(plan)})`,
      );
    }
  }
  return {
    ...result,
    server_core_busy: under_load_us / (settings.seconds * 1e6),
    cpu_us_per_request: all_us / result.requests,
    settled_ms,
  };
}

/** What the server can do at its greatest, in rounds of a run that has no other figure of it. */
export async function fullSpeed(database) {
  const konektor = await startKonektor(database);
  await load(konektor.port, database.slug, { connections: 64, seconds: WARM_UP_S });
  const { per_second } = await load(konektor.port, database.slug, { connections: 64, seconds: 3 });
  await konektor.stop();
  return per_second;
}
