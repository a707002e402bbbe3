// What the disk alone takes, beside which the figures of a server that waits for it stand.

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that it took, each time, to make so many bytes more of a file durable. */
export async function syncs_ms(directory, { bytes, count, every_ms = 0 }) {
  const file = openSync(path.join(directory, 'synced'), 'w');
  const block = Buffer.alloc(bytes, 1);
  const times_ms = [];
  for (let i = 0; i < count; i++) {
    if (every_ms > 0) await pause(every_ms);
    writeSync(file, block);
    const start = performance.now();
    fdatasyncSync(file);
    times_ms.push(performance.now() - start);
  }
  closeSync(file);
  return times_ms;
}
