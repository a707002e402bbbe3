// Where the figures come from: without the processor, the disk and the versions they say little.

import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import os from 'node:os';
import { syncs_ms } from './disk.mjs';
import { settings } from './settings.mjs';
import { median, percentile } from './numbers.mjs';

const TMPFS = 0x01021994;
const SYNCS = 300;

export async function describeMachine(scratch) {
  return {
    processor: os.cpus()[0].model,
    cores: os.cpus().length,
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    konektor: firstLine(settings.binary, '--version'),
    nginx: firstLine('nginx', '-v').replace('nginx version: ', ''),
    wrk: firstLine('wrk', '--version').split(' ').slice(0, 2).join(' '),
    fdatasync: statfsSync(scratch).type === TMPFS ? null : await fdatasyncLatency(scratch),
  };
}

/** How long the disk takes to make 4 KiB durable when it is kept busy: what group commit shares out. */
async function fdatasyncLatency(directory) {
  const times_ms = await syncs_ms(directory, { bytes: 4096, count: SYNCS });
  return { p50_ms: median(times_ms), p99_ms: percentile(times_ms, 0.99) };
}

function firstLine(program, flag) {
  // Some print their version as an error, and wrk ends with 1 after it.
  const script = '"$0" "$1" 2>&1 || true';
  return execFileSync('bash', ['-c', script, program, flag], { encoding: 'utf8', timeout: 10_000 }).split('\n')[0];
}
