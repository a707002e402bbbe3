// Where the figures come from: without the processor, the disk and the versions they say little.

import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { settings } from './settings.mjs';
import { median, percentile } from './numbers.mjs';

const TMPFS = 0x01021994;
const SYNCS = 300;

export function describeMachine(scratch) {
  return {
    processor: os.cpus()[0].model,
    cores: os.cpus().length,
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    konektor: firstLine(settings.binary, '--version'),
    nginx: firstLine('nginx', '-v').replace('nginx version: ', ''),
    wrk: firstLine('wrk', '--version').split(' ').slice(0, 2).join(' '),
    fdatasync: statfsSync(scratch).type === TMPFS ? null : fdatasyncLatency(scratch),
  };
}

/** How long the disk takes to make 4 KiB durable: the floor under a lone click, and what group commit shares out. */
function fdatasyncLatency(directory) {
  const file = openSync(path.join(directory, 'fdatasync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const times_ms = [];
  for (let i = 0; i < SYNCS; i++) {
    writeSync(file, block);
    const start = performance.now();
    fdatasyncSync(file);
    times_ms.push(performance.now() - start);
  }
  closeSync(file);
  return { p50_ms: median(times_ms), p99_ms: percentile(times_ms, 0.99) };
}

function firstLine(program, flag) {
  // Some print their version as an error, and wrk ends with 1 after it.
  const script = '"$0" "$1" 2>&1 || true';
  return execFileSync('bash', ['-c', script, program, flag], { encoding: 'utf8', timeout: 10_000 }).split('\n')[0];
}
