// Three Konektors on one database, and HAProxy before them, by the rules of deploy/haproxy.cfg.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../bench/process.mjs';
import { run, start, until } from './process.mjs';

const BINARY = process.env.KONEKTOR_BIN;

/** A node's number for operators; the sum over its labels. */
export async function metric(node, name) {
  const text = await (await fetch(`http://127.0.0.1:${node.metrics}/metrics`, { signal: AbortSignal.timeout(2_000) })).text();
  const lines = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)$`, 'gm'))];
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
}

export async function startNodes(directory, database, metaUrl, count) {
  const secret = '5e'.repeat(32);
  const common = { KONEKTOR_DATABASE: database, KONEKTOR_SECRET_KEY: secret, KONEKTOR_API_RATE: '0' };
  const nodes = [];
  for (let n = 1; n <= count; n++) {
    const data = path.join(directory, `node-${n}`);
    await mkdir(data);
    const [port, metrics] = [await freePort(), await freePort()];
    nodes.push({ name: `node-${n}`, data, port, metrics });
  }
  const begin = async (node) => {
    const env = {
      ...common,
      KONEKTOR_DATA: node.data,
      KONEKTOR_LISTEN: `127.0.0.1:${node.port}`,
      KONEKTOR_METRICS_LISTEN: `127.0.0.1:${node.metrics}`,
      KONEKTOR_PUBLIC_URL: 'http://127.0.0.1',
      KONEKTOR_TRUSTED_PROXIES: '127.0.0.1/32',
      KONEKTOR_META_URL: metaUrl,
      KONEKTOR_LOG: process.env.HA_LOG ?? 'info,refinery_core=warn',
    };
    node.process = start(directory, node.name, BINARY, ['serve'], { env, cwd: node.data });
    await until(`${node.name} answers`, async () => {
      if (!node.process.isRunning()) throw new Error('it ended');
      return (await fetch(`http://127.0.0.1:${node.metrics}/readyz`)).ok ? true : undefined;
    });
  };
  const command = (args) => run(BINARY, args, { env: { ...common, KONEKTOR_DATA: nodes[0].data }, cwd: nodes[0].data });
  const workspace = await command(['workspace', 'add', '--name', 'Toko Tahan']);
  const key = await command(['key', 'add', '--workspace', workspace, '--scope', 'read,write']);
  for (const node of nodes) await begin(node);
  return { nodes, key, begin };
}

/** The balancer of deploy/haproxy.cfg with other addresses, and without TLS, which is not what is tried here. */
export async function startBalancer(directory, nodes) {
  const port = await freePort();
  const lines = (await readFile(new URL('../deploy/haproxy.cfg', import.meta.url), 'utf8')).split('\n');
  const check = /default-server check port 9090 (.*)/;
  const rules = lines
    .filter((line) => !/^\s*(server |bind :443|http-request redirect|ssl-default|presetenv)/.test(line))
    .map((line) => line.replace(/bind :80$/, `bind 127.0.0.1:${port}`).replace(check, 'default-server check $1'))
    // As many files as an ordinary user may have open.
    .map((line) => line.replace(/maxconn 50000/, 'maxconn 4000'));
  const servers = nodes.map((node) => `    server ${node.name} 127.0.0.1:${node.port} port ${node.metrics}`);
  const config = path.join(directory, 'haproxy.cfg');
  await writeFile(config, `${rules.join('\n')}\n${servers.join('\n')}\n`);
  await run('haproxy', ['-c', '-f', config]);
  const haproxy = start(directory, 'haproxy', 'haproxy', ['-W', '-db', '-f', config]);
  await until('the balancer answers', async () => ((await fetch(`http://127.0.0.1:${port}/`)).status < 500 ? true : undefined));
  return { port, stop: () => haproxy.stop() };
}

/** Asks the API of any node. */
export function asker(port, key) {
  return async (method, where, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${where}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
}
