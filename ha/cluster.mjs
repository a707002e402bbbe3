// PostgreSQL as people run it: two machines' worth, each watched by Patroni, which agree in etcd who is the primary. The other
// one is a synchronous standby, so what was committed is on both disks.

import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../bench/process.mjs';
import { run, start, until } from './process.mjs';

const NAMES = ['one', 'two'];

export async function startCluster(directory, user) {
  const etcdPort = await freePort();
  const peerPort = await freePort();
  const etcdData = path.join(directory, 'etcd');
  const url = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const etcd = start(directory, 'etcd', 'etcd', [
    ...['--data-dir', etcdData, '--listen-client-urls', url, '--advertise-client-urls', url],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ]);
  await until('etcd answers', async () => ((await fetch(`${url}/health`)).ok ? true : undefined));

  const members = [];
  for (const name of NAMES) {
    const [port, rest] = [await freePort(), await freePort()];
    const home = path.join(directory, name);
    await mkdir(home);
    if (user) await run('chown', [user, home]);
    await chmod(home, 0o700);
    const config = path.join(directory, `${name}.yaml`);
    await writeFile(config, JSON.stringify(settings(name, { port, rest, home, etcdPort })));
    members.push({ name, port, rest, home, config });
  }
  const postmaster = ({ home }) => Number(readFileSync(path.join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  // PostgreSQL makes itself independent of Patroni: if this ends early, it ends too.
  process.once('exit', () => {
    for (const member of members) {
      try {
        process.kill(postmaster(member), 'SIGQUIT');
      } catch {
        // It has ended.
      }
    }
  });
  const begin = (member) => {
    member.patroni = start(directory, `patroni-${member.name}`, 'patroni', [member.config], { user, cwd: member.home });
  };

  const state = async () => {
    for (const { rest } of members) {
      const answer = await fetch(`http://127.0.0.1:${rest}/cluster`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
      if (answer?.ok) return (await answer.json()).members;
    }
    throw new Error('no Patroni answers');
  };
  const byRole = (role) => async () => {
    const found = (await state()).find((one) => one.role === role && one.state === 'running');
    return found && members.find(({ name }) => name === found.name);
  };
  begin(members[0]);
  await until('a primary', byRole('leader'), 90);
  begin(members[1]);
  await until('a synchronous standby', byRole('sync_standby'), 90);

  const hosts = members.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return {
    /** The primary, whichever it is. */
    url: (database) => `postgres://konektor@${hosts}/${database}?target_session_attrs=read-write&connect_timeout=2`,
    primary: () => until('a primary', byRole('leader'), 90),
    /** A standby that has every commit: so in PostgreSQL's eyes and in Patroni's, which looks every two seconds. */
    async standby() {
      let since;
      return until(
        'a synchronous standby',
        async () => {
          const found = await byRole('sync_standby')();
          const [state] = await this.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'", 'postgres');
          if (!found || !state) since = undefined;
          else since ??= performance.now();
          return since !== undefined && performance.now() - since > 6_000 ? found : undefined;
        },
        120,
      );
    },
    /** Rows of an answer of the primary's, each a list of texts. */
    async query(sql, database = 'konektor') {
      const { port } = await until('a primary', byRole('leader'), 90);
      const args = ['-X', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(port), '-U', 'konektor'];
      const out = await run('psql', [...args, '-d', database, '-f', '-'], { input: sql });
      return out === '' ? [] : out.split('\n').map((line) => line.split('\t'));
    },
    /** Restarts the primary's PostgreSQL, as after a change of its settings. */
    async restart() {
      const { rest } = await until('a primary', byRole('leader'));
      await fetch(`http://127.0.0.1:${rest}/restart`, { method: 'POST', body: '{}' });
    },
    /** The machine of the primary is gone from one moment to the next. */
    async killPrimary() {
      const member = await until('a primary', byRole('leader'));
      const pid = postmaster(member);
      member.patroni.end('SIGKILL');
      process.kill(pid, 'SIGKILL');
      return member;
    },
    begin,
    async stop() {
      for (const { patroni } of members) if (patroni?.isRunning()) await patroni.stop();
      await etcd.stop();
    },
  };
}

/** Patroni's settings; YAML takes JSON. The times are as short as Patroni allows. */
function settings(name, { port, rest, home, etcdPort }) {
  const login = { username: 'konektor' };
  return {
    scope: 'konektor',
    name,
    restapi: { listen: `127.0.0.1:${rest}`, connect_address: `127.0.0.1:${rest}` },
    etcd3: { host: `127.0.0.1:${etcdPort}` },
    bootstrap: {
      dcs: {
        ttl: 20,
        loop_wait: 2,
        retry_timeout: 4,
        maximum_lag_on_failover: 1_048_576,
        synchronous_mode: true,
        postgresql: {
          use_pg_rewind: true,
          parameters: { max_connections: 200, shared_buffers: '64MB', wal_log_hints: 'on', hot_standby: 'on' },
        },
      },
      initdb: [{ encoding: 'UTF8' }, 'data-checksums'],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: path.join(home, 'data'),
      pgpass: path.join(home, 'pgpass'),
      authentication: { superuser: login, replication: login, rewind: login },
      parameters: { unix_socket_directories: home },
      pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
    },
  };
}
