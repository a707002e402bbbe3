// The plan of a run: for each database, kind of visitor and number of connections, rounds of nginx and Konektor in
// turn. Every round of Konektor starts on a fresh copy of its database and is checked against what is on disk after it.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { measureApi } from './api.mjs';
import { load } from './load.mjs';
import { measureDeliveries } from './deliveries.mjs';
import { measureHanging } from './hanging.mjs';
import { prepare, startKonektor } from './konektor.mjs';
import { describeMachine } from './machine.mjs';
import { startNginx } from './nginx.mjs';
import { median, medians } from './numbers.mjs';
import { cpuTime_us, memory_mib, restlessness, settled } from './process.mjs';
import { measurePostgres } from './postgres.mjs';
import { markdown, verdicts } from './report.mjs';
import { settings } from './settings.mjs';

const WARM_UP_S = 1;
/** Somebody has to be there to return, so returning visitors have these on the "empty" database. */
const FEW_LEADS = 10_000;

const say = (text) => process.stderr.write(`${text}\n`);

if (os.cpus().length < 2) throw new Error('two cores are needed: one for the server, one for the load');
mkdirSync(settings.scratch, { recursive: true });
const scratch = mkdtempSync(path.join(settings.scratch, 'bench-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

const busy_before = await restlessness();
const machine = describeMachine(scratch);
if (!machine.fdatasync) throw new Error(`${scratch} is in memory: a commit would cost nothing there`);

say(`preparing databases of 0, ${FEW_LEADS} and ${settings.leads} leads`);
const databases = {};
for (const leads of new Set([0, FEW_LEADS, settings.leads])) {
  const directory = path.join(scratch, `leads-${leads}`);
  mkdirSync(directory);
  databases[leads] = await prepare(directory, leads);
}

const probe = await startKonektor(fresh(databases[0]));
await probe.stop();
const nginx = await startNginx(scratch, probe.first.location);

const points = [];
const starts_ms = [];
const memories = [];
for (const big of [false, true]) {
  for (const visitors of ['new', 'returning']) {
    const leads = big ? settings.leads : visitors === 'new' ? 0 : FEW_LEADS;
    for (const connections of settings.connections) {
      points.push(await measure({ leads, visitors, connections }));
    }
  }
}
await nginx.stop();
say('deliveries, with redirects at half load');
const full = Math.min(...points.filter((p) => p.visitors === 'new' && p.connections === 64).map((p) => p.konektor.per_second));
const deliveries = await measureDeliveries(scratch, fresh(databases[0]), databases[0].api_key, Math.round(full / 2));
say('one platform that hangs beside two that do not');
const hanging = await measureHanging(() => fresh(databases[0]), databases[0].api_key);
say(`pages of ${settings.leads} leads`);
const api = await measureApi(fresh(databases[settings.leads]), databases[settings.leads].api_key);
say('the same visitors on PostgreSQL');
const postgres = await measurePostgres(scratch, () => fresh(databases[0]), databases[settings.leads]);
const busy_after = await restlessness();

const results = {
  at: new Date().toISOString(),
  machine,
  busy_otherwise: Math.max(busy_before, busy_after),
  method: {
    seconds: settings.seconds,
    rounds: settings.rounds,
    server_core: settings.serverCore,
    load_core: settings.loadCore,
  },
  answer_bytes: { nginx: nginx.bytes, konektor: probe.first.bytes },
  points,
  deliveries,
  hanging,
  api,
  postgres,
  leads: settings.leads,
  first_302_ms: median(starts_ms),
  memory_mib: medians(memories),
  highest_memory_mib: Math.max(...memories.map((memory) => memory.highest)),
};
results.verdicts = verdicts(results);
mkdirSync(settings.results, { recursive: true });
writeFileSync(path.join(settings.results, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(path.join(settings.results, 'latest.md'), markdown(results));
console.log(markdown(results));
say(`also in ${path.relative('.', settings.results)}/latest.json and latest.md`);

/** One line of the table: nginx and Konektor in turn, so that a slow minute of the machine hits both. */
async function measure({ leads, visitors, connections }) {
  const rounds = { nginx: [], konektor: [] };
  for (let i = 0; i < settings.rounds; i++) {
    const database = databases[leads];
    const plan = { connections, cookies: visitors === 'returning' ? database.cookies : undefined };
    rounds.nginx.push(await run(nginx, database.slug, plan));

    const konektor = await startKonektor(fresh(database));
    rounds.konektor.push(await run(konektor, database.slug, plan));
    if (leads === settings.leads) {
      starts_ms.push(konektor.first_302_ms);
      memories.push(memory_mib(konektor.pid));
    }
    await konektor.stop();
  }
  const point = {
    leads,
    visitors,
    connections,
    nginx: medians(rounds.nginx),
    konektor: medians(rounds.konektor),
    rounds,
  };
  point.ratio = point.konektor.per_second / point.nginx.per_second;
  point.p99_ratio = point.konektor.p99_ms / point.nginx.p99_ms;
  const { nginx: a, konektor: b } = point;
  say(
    `${leads} leads, ${visitors}, ${connections} connections: nginx ${a.per_second.toFixed(0)}/s p99 ${a.p99_ms.toFixed(2)} ms, ` +
      `konektor ${b.per_second.toFixed(0)}/s p99 ${b.p99_ms.toFixed(2)} ms, ratio ${point.ratio.toFixed(2)}`,
  );
  return point;
}

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

/** A copy of a prepared database, written out before anything is measured. */
function fresh(database) {
  const directory = path.join(scratch, 'round');
  rmSync(directory, { recursive: true, force: true });
  cpSync(database.directory, directory, { recursive: true });
  execFileSync('sync', ['-f', directory]);
  return { ...database, directory, data: path.join(directory, 'data') };
}
