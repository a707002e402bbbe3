// A real Konektor for one test, or for the tests of one file: the built binary on free ports with a data directory of
// its own, set up as an operator would do it: workspace, key and users on the command line, the rest over the API.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.mjs';

const BINARY = process.env.KONEKTOR_BIN ?? fileURLToPath(new URL('../target/debug/konektor', import.meta.url));
/** Long enough for a million leads of the demo; the others take a moment. */
const COMMAND_DEADLINE_MS = 300_000;
const STOP_DEADLINE_MS = 10_000;

/**
 * Starts a server with one workspace in Indonesia, one agent per name and the rotator `promo` over them with equal
 * weights. It ends, and its data goes, with the test `t`. `settings` are more `KONEKTOR_…` variables.
 */
export async function startKonektor(t, { agents = ['Ani', 'Budi', 'Citra'], settings } = {}) {
  const installation = await install(t, settings);
  const { command } = installation;
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
  await serve(t, installation);
  const konektor = connect(installation, { workspace, key });

  const created = [];
  for (const [index, name] of agents.entries()) {
    // As people write their number; the server has to make 62812… of it.
    created.push(await konektor.api('POST', '/agents', { name, phone: `0812 3456 789${index}` }));
  }
  await konektor.api('POST', '/rotators', {
    slug: 'promo',
    name: 'Promo',
    message: 'Hi [{code}]',
    agents: created.map(({ id }) => ({ agent_id: id, weight: 1 })),
  });

  return {
    ...konektor,
    agents: created,
    /** WhatsApp number → agent id, for telling who got a visitor. */
    agentOf: (digits) => created.find((_, index) => digits === `62812345678${90 + index}`)?.id,
  };
}

/** Starts a server on an empty directory, as `konektor serve` does on the first day. */
export async function startEmpty(t, { settings } = {}) {
  const installation = await install(t, settings);
  await serve(t, installation);
  return connect(installation, {});
}

/** Starts a server on what `konektor demo` prepares: a rotator, agents, and leads of the last 90 days. */
export async function startDemo(t, { leads, settings }) {
  const installation = await install(t, settings);
  const { command, environment } = installation;
  const prepared = await command(
    'demo',
    '--data',
    environment.KONEKTOR_DATA,
    '--leads',
    String(leads),
    '--prepare',
    '--json',
  );
  const { workspace_id, api_key } = JSON.parse(prepared);
  await serve(t, installation);
  return connect(installation, { workspace: workspace_id, key: api_key });
}

/** An installation on which nothing runs yet. */
async function install(t, settings = {}) {
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
    // No test here is about degraded mode, and none must come into it because the machine is busy.
    KONEKTOR_COMMIT_DEADLINE_MS: '30000',
    ...settings,
  };
  return {
    directory,
    environment,
    origin,
    metricsPort,
    command: (...args) => run(args, { environment, directory }),
    /** The same with something on standard input. */
    commandWith: (input, ...args) => run(args, { environment, directory, input }),
  };
}

/** What tests ask of a running server. */
function connect({ origin, commandWith }, { workspace, key }) {
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
  return {
    origin,
    api,
    link: (query = '') => `${origin}/wa/promo${query}`,
    leads: async () => (await api('GET', '/leads')).items,
    /** The clicks in a lead's timeline, oldest first. */
    clicks: async (lead) =>
      (await api('GET', `/leads/${lead}/timeline`)).items
        .filter((item) => item.kind === 'click')
        .sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    /** Somebody who may sign in. */
    addUser: async (role) => {
      const user = { email: `${role}@demo.example`, password: 'four words make one password' };
      await commandWith(user.password, 'user', 'add', '--workspace', workspace, '--email', user.email, '--role', role);
      return user;
    },
  };
}

/** Runs the binary to its end, and gives what it prints. */
function run(args, { environment, directory, input = '' }) {
  return new Promise((resolve, reject) => {
    const stdio = [input ? 'pipe' : 'ignore', 'pipe', 'pipe'];
    const child = spawn(BINARY, args, { env: environment, cwd: directory, timeout: COMMAND_DEADLINE_MS, stdio });
    const output = { stdout: '', stderr: '' };
    // Who ends without reading says why.
    child.stdin?.on('error', () => {}).end(input);
    for (const name of Object.keys(output))
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    child.once('error', reject).once('close', (code, signal) => {
      if (code === 0) resolve(output.stdout.trim());
      else reject(new Error(`konektor ${args.join(' ')} ended with ${code ?? signal}:\n${output.stderr}`));
    });
  });
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
