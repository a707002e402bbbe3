// The same visitors on PostgreSQL: one server, and two that share the database, beside the embedded database in the same run. Two
// are started where one has more visitors than it should, so each of them has as many; what they do with half of them each is
// measured as well.
// PostgreSQL is a fresh cluster on this machine, on any core; the servers share one core and the load has the other, so this
// is the cost of a click with everything on two cores, not what a database on a machine of its own can do.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { asker, startKonektor } from './konektor.mjs';
import { load } from './load.mjs';
import { medians } from './numbers.mjs';
import { cpuTime_us, finished, settled, startPinned, treeTime_us, until } from './process.mjs';
import { settings } from './settings.mjs';

const SCRIPT = fileURLToPath(new URL('../scripts/postgres', import.meta.url));
/** What tests make do with is less than what the big database's indexes take. */
const OPTIONS = '-c shared_buffers=1GB';
/** A server's. */
const CONNECTIONS = 64;
/** Servers on one core, and the visitors of each. */
const SETUPS = { one: [1, CONNECTIONS], two: [2, CONNECTIONS], halves: [2, CONNECTIONS / 2] };
const SECRET = '5'.repeat(64);

/**
 * `fresh` makes an empty SQLite database for each round, `big` is one with many leads, which is moved into PostgreSQL.
 * `undefined` where PostgreSQL cannot be had.
 */
export async function measurePostgres(scratch, fresh, big) {
  const cluster = await startCluster();
  const rounds = { sqlite: [], one: [], two: [], halves: [], big: [] };
  for (let round = 0; round < settings.rounds; round++) {
    const embedded = fresh();
    rounds.sqlite.push(await run([await startKonektor(embedded)], embedded.slug, CONNECTIONS));
    for (const [name, [count, visitors]] of Object.entries(SETUPS)) {
      const database = await cluster.database(`bench_${name}_${round}`);
      const { nodes, slug } = await startNodes(scratch, database, `${name}-${round}`, count);
      const empty = await cluster.bytes(database);
      const result = await run(nodes, slug, visitors, cluster);
      rounds[name].push({ ...result, bytes_per_click: ((await cluster.bytes(database)) - empty) / result.clicks });
    }
  }
  const moved = await move(scratch, big, cluster);
  for (let round = 0; round < settings.rounds; round++) {
    const nodes = [await startKonektor({ data: moved.data, directory: scratch }, moved.env)];
    rounds.big.push(await run(nodes, big.slug, CONNECTIONS, cluster));
  }
  await cluster.stop();
  const { big: many, ...small } = Object.fromEntries(Object.entries(rounds).map(([name, all]) => [name, medians(all)]));
  const { sqlite, one, two } = small;
  return {
    ...small,
    big: many,
    ratio: one.per_second / sqlite.per_second,
    two_ratio: two.per_second / one.per_second,
    growth: many.cpu_us / one.cpu_us,
    rounds,
  };
}

/** Moves a SQLite database into PostgreSQL, as its owner would. */
async function move(scratch, { data: from }, cluster) {
  const database = await cluster.database('bench_big');
  const data = path.join(scratch, 'node-big');
  mkdirSync(data);
  copyFileSync(path.join(from, 'secret.key'), path.join(data, 'secret.key'));
  const env = { KONEKTOR_DATABASE: database, KONEKTOR_COMMIT_DEADLINE_MS: '5000' };
  const args = ['migrate-store', '--from', `sqlite:${path.join(from, 'konektor.db')}`, '--to', database];
  const moving = startPinned(settings.loadCore, settings.binary, args, {
    env: { PATH: process.env.PATH, KONEKTOR_DATA: data, ...env },
    cwd: scratch,
  });
  await finished(moving, 3_600_000);
  // As it is once PostgreSQL has looked through what came: else it does so meanwhile.
  await cluster.sql(database, 'VACUUM ANALYZE');
  return { data, env };
}

/**
 * New visitors, so many at each of the nodes. What the database has afterwards must be what was answered. `cpu_us` is what a click
 * took of the processor, of the servers and of PostgreSQL, with all that follows the answer; of the database's own upkeep what
 * falls into that time.
 */
async function run(nodes, slug, connections, cluster) {
  const at_once = (seconds) => Promise.all(nodes.map((node) => load(node.port, slug, { connections, seconds })));
  await at_once(1);
  for (const node of nodes) await settled(node.pid);
  const counted = async () => (await Promise.all(nodes.map((node) => node.clicks()))).reduce((sum, clicks) => sum + clicks, 0);
  const before = await counted();
  const cpu = () => nodes.reduce((sum, node) => sum + cpuTime_us(node.pid), cluster ? treeTime_us(cluster.pid) : 0);
  const cpu_before = cpu();
  const results = await at_once(settings.seconds);
  for (const node of nodes) await settled(node.pid);
  const cpu_used = cpu() - cpu_before;
  const sum = (key) => results.reduce((all, result) => all + result[key], 0);
  const clicks = (await counted()) - before;
  if (clicks < sum('requests') || clicks > sum('requests') + connections * nodes.length)
    throw new Error(`wrk saw ${sum('requests')} answers, but ${clicks} clicks were recorded`);
  const all_clicks = await counted();
  for (const node of nodes) await node.stop();
  return {
    per_second: sum('per_second'),
    p99_ms: Math.max(...results.map((result) => result.p99_ms)),
    cpu_us: cpu_used / clicks,
    clicks: all_clicks,
  };
}

/** Servers on one database, which the first of them sets up. */
async function startNodes(scratch, database, name, count) {
  const env = { PATH: process.env.PATH, KONEKTOR_DATABASE: database, KONEKTOR_SECRET_KEY: SECRET };
  const directory = scratch;
  const data = (n) => path.join(scratch, `node-${name}-${n}`);
  const command = async (...args) => {
    const child = startPinned(settings.loadCore, settings.binary, args, {
      env: { ...env, KONEKTOR_DATA: data(0) },
      cwd: directory,
    });
    return (await finished(child, 60_000)).trim();
  };
  const workspace = await command('workspace', 'add', '--name', 'Bench', '--country', 'ID');
  const key = await command('key', 'add', '--workspace', workspace, '--scope', 'read,write');
  // A link first, then the servers that are asked for it: startKonektor waits for its first redirect.
  const more = { ...env, KONEKTOR_COMMIT_DEADLINE_MS: '5000' };
  const nodes = [];
  for (let n = 0; n < count; n++) {
    const setUp = n === 0 ? (port) => addLink(asker(port, key)) : undefined;
    nodes.push(await startKonektor({ data: data(n), directory }, more, setUp));
  }
  return { nodes, slug: 'promo' };
}

async function addLink(ask) {
  const agents = [];
  for (const n of [1, 2, 3]) agents.push(await ask('POST', '/agents', { name: `CS ${n}`, phone: `0812 0000 000${n}` }));
  await ask('POST', '/rotators', { slug: 'promo', agents: agents.map(({ id }) => ({ agent_id: id, weight: 1 })) });
}

/** A PostgreSQL of its own, until `stop`. */
async function startCluster() {
  // It lives as long as the command that it was started for, which ends with its standard input.
  const child = spawn(SCRIPT, ['bash', '-c', 'echo "$KONEKTOR_TEST_POSTGRES"; cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, POSTGRES_OPTIONS: OPTIONS },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.once('exit', () => child.kill());
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const url = await until('PostgreSQL starts', async () => (said.includes('\n') ? said.trim() : undefined), { deadline_ms: 120_000 });
  const sql = (database, statement) =>
    finished(startPinned(settings.loadCore, 'psql', ['-qAt', database, '-c', statement]), 600_000);
  return {
    /** The process that all of PostgreSQL's are children of. */
    pid: Number((await sql(url, "SELECT pg_read_file('postmaster.pid')")).split('\n')[0]),
    sql,
    /** Makes a database and gives its address. */
    database: async (name) => {
      await sql(url, `CREATE DATABASE ${name}`);
      return url.replace(/\/postgres$/, `/${name}`);
    },
    /** What a database takes on disk. */
    bytes: async (database) => Number(await sql(database, 'SELECT pg_database_size(current_database())')),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
