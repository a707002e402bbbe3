// What a run may be told by environment variables; the defaults are those behind the figures in docs/performance.md.

import { fileURLToPath } from 'node:url';

const number = (name, fallback) => {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number of at least 1`);
  return value;
};

const [serverCore, loadCore] = (process.env.BENCH_CORES ?? '0 1').split(' ').map(Number);

export const settings = {
  binary: process.env.KONEKTOR_BIN,
  fakePlatforms: process.env.FAKE_PLATFORMS_BIN,
  seconds: number('BENCH_SECONDS', 5),
  rounds: number('BENCH_ROUNDS', 3),
  leads: number('BENCH_LEADS', 1_000_000),
  connections: [64, 256],
  serverCore,
  loadCore,
  /** On the project's own disk: /tmp is often memory, where a synced commit costs nothing. */
  scratch: fileURLToPath(new URL('../target/', import.meta.url)),
  results: fileURLToPath(new URL('./results/', import.meta.url)),
};
