// A real Konektor for one test: the built binary on free ports with a data directory of its own, set up as an
// operator would do it: workspace and key on the command line, everything else over the API.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './eventually.mjs';

const BINARY = process.env.KONEKTOR_BIN ?? fileURLToPath(new URL('../target/debug/konektor', import.meta.url));
const STOP_DEADLINE_MS = 10_000;

/**
 * Starts a server with one workspace in Indonesia, one agent per name and the rotator `promo` over them with equal
 * weights. It ends, and its data goes, with the test `t`.
 */
export async function startKonektor(t, { agents = ['Ani', 'Budi', 'Citra'] } = {}) {
  const directory = await mkdtemp(path.join(tmpdir(), 'konektor-e2e-'));
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));

  const [port, metricsPort] = await freePorts(2);
  const origin = `http://127.0.0.1:${port}`;
  const environment = {
    // Nothing else is inherited: a setting in a developer's shell must not change what is tested.
    PATH: process.env.PATH,
    KONEKTOR_DATA: path.join(directory, 'data'),
    KONEKTOR_LISTEN: `127.0.0.1:${port}`,
    KONEKTOR_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
    KONEKTOR_PUBLIC_URL: origin,
  };
  const command = async (...args) => {
    const { stdout } = await promisify(execFile)(BINARY, args, { env: environment, cwd: directory, timeout: 30_000 });
    return stdout.trim();
  };

  const workspace = await command(
    'workspace',
    'add',
    '--name',
    'Demo',
    '--country',
    'ID',
    '--time-zone',
    'Asia/Jakarta',
  );
  const key = await command('key', 'add', '--workspace', workspace, '--scope', 'read,write');
  await serve(t, { environment, directory, metricsPort });

  const api = async (method, route, body) => {
    const response = await fetch(`${origin}/api/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /api/v1${route}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };

  const created = [];
  for (const [index, name] of agents.entries()) {
    // As people write their number; the server has to make 62812… of it.
    created.push(await api('POST', '/agents', { name, phone: `0812 3456 789${index}` }));
  }
  await api('POST', '/rotators', {
    slug: 'promo',
    name: 'Promo',
    message: 'Hi [{code}]',
    agents: created.map(({ id }) => ({ agent_id: id, weight: 1 })),
  });

  return {
    api,
    link: (query = '') => `${origin}/wa/promo${query}`,
    /** WhatsApp number → agent id, for telling who got a visitor. */
    agentOf: (digits) => created.find((_, index) => digits === `62812345678${90 + index}`)?.id,
    leads: async () => (await api('GET', '/leads')).items,
    /** The clicks in a lead's timeline, oldest first. */
    clicks: async (lead) =>
      (await api('GET', `/leads/${lead}/timeline`)).items
        .filter((item) => item.kind === 'click')
        .sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  };
}

/** Runs `konektor serve` until the test ends; returns when it is ready. */
async function serve(t, { environment, directory, metricsPort }) {
  const server = spawn(BINARY, ['serve'], { env: environment, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-4000)));
  const ended = new Promise((resolve) => server.once('exit', (code, signal) => resolve(code ?? signal)));

  // A test run that is interrupted must not leave a server behind.
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  t.after(async () => {
    process.off('exit', kill);
    const timer = setTimeout(kill, STOP_DEADLINE_MS);
    server.kill('SIGTERM');
    const end = await ended;
    clearTimeout(timer);
    if (end !== 0) throw new Error(`konektor serve ended with ${end}, not 0, after SIGTERM:\n${output}`);
  });

  await eventually(async () => {
    const health = await fetch(`http://127.0.0.1:${metricsPort}/healthz`, { signal: AbortSignal.timeout(1_000) });
    if (health.status !== 200) throw new Error(`/healthz answers ${health.status}`);
  }).catch((error) => {
    throw new Error(`konektor serve did not become ready (${error.message}):\n${output}`);
  });
}

/** Ports that were free a moment ago; held together, so that no two are the same. */
async function freePorts(count) {
  const holders = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const holder = createServer()
            .once('error', reject)
            .listen(0, '127.0.0.1', () => resolve(holder));
        }),
    ),
  );
  const ports = holders.map((holder) => holder.address().port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}
