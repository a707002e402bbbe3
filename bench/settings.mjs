// What a run may be told by environment variables; the defaults are those behind the figures in docs/performance.md.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

const number = (name, fallback) => {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} must be a whole number of at least 1`);
  return value;
};

/** In the order in which they are measured. */
export const PARTS = [
  'redirects',
  'steady',
  'lone',
  'pages',
  'reports',
  'export',
  'deliveries',
  'hanging',
  'postgres',
];

const parts = process.env.BENCH_PARTS?.split(' ') ?? PARTS;
const unknown = parts.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) throw new Error(`BENCH_PARTS may name ${PARTS.join(', ')}; there is no ${unknown.join(', ')}`);

const [serverCore, loadCore] = (process.env.BENCH_CORES ?? '0 1').split(' ').map(Number);

export const settings = {
  binary: process.env.KONEKTOR_BIN,
  fakePlatforms: process.env.FAKE_PLATFORMS_BIN,
  parts,
  seconds: number('BENCH_SECONDS', 5),
  rounds: number('BENCH_ROUNDS', 3),
  leads: number('BENCH_LEADS', 1_000_000),
  /** With so many clicks, about; as many as people click in the demo if absent. */
  clicks: process.env.BENCH_CLICKS && number('BENCH_CLICKS'),
  /** Events that pile up before they are delivered: many batches of Meta's greatest size. */
  backlog: number('BENCH_BACKLOG', 60_000),
  /** Where the database with all leads is made once and used again, without a copy; if absent, a copy for each round. */
  kept: process.env.BENCH_DATA && path.resolve(process.env.BENCH_DATA),
  connections: [64, 256],
  serverCore,
  loadCore,
  /** On the project's own disk: /tmp is often memory, where a synced commit costs nothing. */
  scratch: fileURLToPath(new URL('../target/', import.meta.url)),
  results: fileURLToPath(new URL('./results/', import.meta.url)),
};
