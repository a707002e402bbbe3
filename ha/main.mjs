// The run: a cluster, nodes, visitors; one trouble after the other; and then the count.

import { mkdtemp, chmod, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clicksAreThere, eventsAreToldOnce, returnsKeptTheirAgent, rotationIsFair, visitorsWereServed } from './checks.mjs';
import { startCluster } from './cluster.mjs';
import { startMeta } from './meta.mjs';
import { asker, metric, startBalancer, startNodes } from './nodes.mjs';
import { until } from './process.mjs';
import { startVisitors } from './visitors.mjs';

const NODES = 3;
/** A visitor waits this long at most. */
const WITHIN_MS = 1_000;
const perSecond = Number(process.env.HA_VISITS ?? 120);
const seconds = Number(process.env.HA_SECONDS ?? 8);
/** A part of the only trouble's name, for whoever looks for its cause. */
const only = process.env.HA_ONLY;
const say = (text) => console.log(text);

const directory = await mkdtemp(path.join(os.tmpdir(), 'konektor-ha.'));
await chmod(directory, 0o755);
say(`logs are in ${directory}`);
const cluster = await startCluster(directory, process.env.HA_USER);
await cluster.query("CREATE DATABASE konektor ENCODING 'UTF8' TEMPLATE template0", 'postgres');
say('a primary and a synchronous standby are there');
const meta = await startMeta();
const { nodes, key, begin } = await startNodes(directory, cluster.url('konektor'), meta.url, NODES);
const ask = asker(nodes[0].port, key);
const agents = [];
for (const [n, name] of ['Ayu', 'Budi', 'Citra'].entries()) {
  agents.push(await ask('POST', '/agents', { name, phone: `0812 0000 000${n + 1}` }));
}
await ask('POST', '/rotators', { slug: 'promo', agents: agents.map(({ id }) => ({ agent_id: id, weight: 1 })) });
await ask('POST', '/destinations', {
  platform: 'meta',
  name: 'Meta',
  settings: { dataset_id: '1234567890123456' },
  credentials: { access_token: 'ha' },
});
const balancer = await startBalancer(directory, nodes);
const visitors = startVisitors(balancer.port, perSecond);
const phases = [];
/** Runs a trouble while visitors come, until all is calm again, and notes when it was. */
const phase = async (name, trouble) => {
  if (only && !name.includes(only)) return;
  const from = Date.now();
  await trouble();
  phases.push({ name, from, to: Date.now() });
  say(`  ${name}: ${((Date.now() - from) / 1_000).toFixed(1)} s`);
};
const calm = () => pause(seconds * 1_000);
/** Until every node has the database again and nothing waits in a spool. */
const recovered = () =>
  until(
    'all nodes have recovered',
    async () => {
      for (const node of nodes) {
        const ready = await (await fetch(`http://127.0.0.1:${node.metrics}/readyz`)).text();
        if (ready.trim() !== 'ready' || (await metric(node, 'konektor_spool_clicks')) > 0) return undefined;
      }
      return true;
    },
    120,
  );

await phase('calm', calm);
await phase('kill -9 of a node', async () => {
  nodes[1].process.end('SIGKILL');
  await nodes[1].process.ended;
  await calm();
  await begin(nodes[1]);
  await recovered();
});
await phase('PostgreSQL restarts', async () => {
  await cluster.restart();
  await recovered();
});
await phase('pg_terminate_backend in a loop', async () => {
  const end = Date.now() + seconds * 1_000;
  const sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'konektor' AND pid <> pg_backend_pid()";
  while (Date.now() < end) {
    await cluster.query(sql, 'postgres').catch(() => {});
    await pause(200);
  }
  await recovered();
});
let fallen;
await phase('kill -9 of the primary; the standby is promoted', async () => {
  const before = await cluster.primary();
  // Patroni promotes none that may lack a commit, and after a restart a standby is a synchronous one a moment later.
  await cluster.standby();
  fallen = await cluster.killPrimary();
  await until('another primary', async () => ((await cluster.primary()).name !== before.name ? true : undefined), 90);
  await recovered();
});
await phase('the old primary comes back as standby', async () => {
  cluster.begin(fallen);
  await cluster.standby();
  await recovered();
});
await phase('calm at the end', calm);
const visits = await visitors.stop();
await recovered();
await until('every event is told', async () => {
  const [[pending]] = await cluster.query("SELECT count(*) FROM deliveries WHERE state = 'pending'");
  const [[behind]] = await cluster.query('SELECT count(*) FROM clicks c LEFT JOIN nodes n ON n.id = c.id & 1023 WHERE c.id > coalesce(n.watermark, 0)');
  return Number(pending) + Number(behind) === 0 ? true : undefined;
  // What a killed node had claimed is free again when its lease is over.
}, 240);

const percentile = (list, part) => list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;
say('\n| | visits | not 302 | p50 ms | p99 ms | slowest ms |\n|---|---:|---:|---:|---:|---:|');
for (const { name, from, to } of phases) {
  const of = visits.filter(({ at }) => at >= from && at < to);
  const ms = of.map((visit) => visit.ms);
  const failed = of.filter(({ status }) => status !== 302).length;
  const cells = [percentile(ms, 0.5), percentile(ms, 0.99), Math.max(...ms)].map((value) => value.toFixed(0));
  say(`| ${name} | ${of.length} | ${failed} | ${cells.join(' | ')} |`);
}
let [spooled, lost] = [0, 0];
for (const node of nodes) {
  spooled += await metric(node, 'konektor_spooled_clicks_total');
  lost += await metric(node, 'konektor_clicks_lost_total');
}
const clicks = await clicksAreThere(cluster, ask, visits);
const rotation = await rotationIsFair(ask, NODES);
const kept = returnsKeptTheirAgent(visits, phases.filter(({ name }) => name.startsWith('calm')));
const told = await eventsAreToldOnce(cluster, meta.events);
say(`
${visits.length} visits; ${clicks.acknowledged} with a code, each of which must be there once; ${clicks.without} were sent on without one.
${clicks.unanswered} clicks of visitors who were answered by another node (their own was killed between commit and answer).
${spooled} clicks went through a spool (nodes that were not killed), ${lost} were lost.
${kept.strayed} of ${kept.returns} who came back were sent to another agent, while something was away.
The agent furthest from their share: ${rotation.worst.toFixed(2)} turns, of ${NODES} allowed.
${told.events} events, one a click ID; ${told.again} were said again under the same id.`);

const problems = [
  ...visitorsWereServed(visits, WITHIN_MS),
  ...clicks.problems.slice(0, 10),
  ...kept.problems,
  ...rotation.problems,
  ...told.problems.slice(0, 10),
  ...(lost > 0 ? [`${lost} clicks were lost`] : []),
  ...(visits.length < perSecond * seconds ? ['hardly anybody came'] : []),
];
for (const node of nodes) await node.process.stop();
await balancer.stop();
meta.stop();
await cluster.stop();
if (problems.length > 0) {
  say(`\nnot as promised:\n  ${problems.join('\n  ')}\nlogs: ${directory}`);
  process.exitCode = 1;
} else {
  say('\nas promised');
  if (!process.env.HA_KEEP) await rm(directory, { recursive: true, force: true });
}
