// The yardstick: nginx answering every request with the same redirect, and nothing else. One worker, no log, no files.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { settings } from './settings.mjs';
import { freePort, startPinned, stop, until } from './process.mjs';
import { ask } from './visitor.mjs';

/** `target` is where it redirects to: as long as Konektor's, so that both answers take about the same bytes. */
export async function startNginx(scratch, target) {
  const port = await freePort();
  const file = path.join(scratch, 'nginx.conf');
  await writeFile(file, configuration(port, scratch, target));
  const server = startPinned(settings.serverCore, 'nginx', ['-e', 'stderr', '-p', scratch, '-c', file]);
  server.lastSignal = 'SIGTERM'; // killed, it would leave its worker behind
  const { bytes } = await until('nginx answers', async () => {
    if (server.exitCode !== null) throw new Error(`nginx did not start:\n${server.errors}`);
    const answer = await ask(port).catch(() => undefined);
    return answer?.status === 302 ? answer : undefined;
  });
  // The master only waits; the worker does the work.
  const worker = Number((await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')).trim());
  if (!worker) throw new Error('nginx has no worker');
  return { port, pid: worker, bytes, stop: () => stop(server) };
}

const configuration = (port, scratch, target) => `
daemon off;
worker_processes 1;
pid ${scratch}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_timeout 60s;
  keepalive_requests 1000000000; # a connection that is closed in between would be measured too
  # Never used, but opened at start, and the built-in places belong to root.
  client_body_temp_path ${scratch}/nginx-body;
  proxy_temp_path ${scratch}/nginx-proxy;
  fastcgi_temp_path ${scratch}/nginx-fastcgi;
  uwsgi_temp_path ${scratch}/nginx-uwsgi;
  scgi_temp_path ${scratch}/nginx-scgi;
  server {
    listen 127.0.0.1:${port};
    return 302 "${target}";
  }
}
`;
