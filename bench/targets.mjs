// What is aimed at, and whether a run has met it.

const MB_PER_MIB = 1.048576;

const points = ({ redirects }, visitors) => redirects.points.filter((p) => p.visitors === visitors);
const lowest = (results, visitors, key) =>
  Math.min(...points(results, visitors).map((p) => p[key]).filter((value) => value !== undefined));
const highest = (results, of) => Math.max(...results.redirects.points.map(of).filter((value) => value !== undefined));

/** [part that measures it, what, how, sense, target, unit] */
const TARGETS = [
  ['redirects', 'redirects per second of nginx, new visitors, lowest', (r) => lowest(r, 'new', 'ratio'), 'at least', 0.55],
  ['redirects', 'redirects per second of nginx, returning visitors, lowest', (r) => lowest(r, 'returning', 'ratio'), 'at least', 0.55],
  ['redirects', 'redirects per second with all leads, to those on an empty database, new visitors', (r) => lowest(r, 'new', 'of_empty'), 'at least', 0.85],
  ['redirects', 'redirects per second with all leads, to those with few, returning visitors', (r) => lowest(r, 'returning', 'of_empty'), 'at least', 0.75],
  ['redirects', 'processor time a request, to nginx, highest', (r) => highest(r, (p) => p.cpu_ratio), 'at most', 1.8],
  ['redirects', 'p99 at 64 connections, highest', (r) => highest(r, (p) => (p.connections === 64 ? p.konektor.p99_ms : undefined)), 'at most', 4, ' ms'],
  ['steady', 'p99 at 5,000 a second with all leads, checkpoints and dashboard reads', (r) => r.steady.konektor.p99_ms, 'at most', 3, ' ms'],
  ['lone', "median of a lone click, more than nginx's", (r) => r.lone.more_ms * 1000, 'at most', 300, ' µs'],
  ['redirects', 'memory with all leads, before the first load', (r) => r.redirects.idle_mib.resident * MB_PER_MIB, 'at most', 64, ' MB'],
  ['redirects', 'memory at its highest, all leads loaded', (r) => r.redirects.highest_memory_mib * MB_PER_MIB, 'at most', 150, ' MB'],
  ['redirects', 'the binary', (r) => r.redirects.binary_mb, 'at most', 30, ' MB'],
  ['redirects', 'start to first redirect, all leads', (r) => r.redirects.first_302_ms, 'at most', 300, ' ms'],
  ['pages', 'p99 of a page of leads, the slowest kind, redirects at a quarter', (r) => r.pages.p99_ms, 'at most', 50, ' ms'],
  ['reports', 'p99 of a report over a year, the slowest, redirects at a quarter', (r) => r.reports.p99_ms, 'at most', 200, ' ms'],
  ['export', 'memory that an export takes, redirects at a quarter', (r) => r.export.growth_mib * MB_PER_MIB, 'at most', 16, ' MB'],
  ['deliveries', 'deliveries per second to Meta, redirects at half load', (r) => r.deliveries.per_second, 'at least', 10_000],
  ['deliveries', 'redirects per second while a backlog is delivered, to those without', (r) => r.deliveries.slowed_to, 'at least', 0.9],
  ['hanging', "the others' median delay when a platform hangs, to that when none does", (r) => r.hanging.delay_ratio, 'at most', 1.1],
  ['hanging', 'p99 of redirects when a platform hangs, to that when none does', (r) => r.hanging.p99_ratio, 'at most', 1.1],
  ['postgres', 'redirects per second on PostgreSQL, to those on SQLite', (r) => r.postgres.ratio, 'at least', 0.4],
  ['postgres', 'redirects per second of two servers on one core, as many visitors each, on PostgreSQL, to those of one', (r) => r.postgres.two_ratio, 'at least', 1],
  ['postgres', 'processor time a click on PostgreSQL with all leads, to that on an empty one', (r) => r.postgres.growth, 'at most', 1.3],
  ['prepared', 'leads per second that the demo makes', (r) => r.prepared.leads / r.prepared.took_s, 'at least', 100_000],
];

/** What was aimed at, what came out, and whether that is enough; of parts that were not measured nothing. */
export function verdicts(results) {
  const measured = TARGETS.filter(([part]) => results[part]);
  return measured.map(([, what, measure, sense, target, unit = '']) => {
    const value = measure(results);
    return {
      what,
      value,
      target: `${sense} ${target.toLocaleString('en')}${unit}`,
      met: sense === 'at least' ? value >= target : value <= target,
      unit,
    };
  });
}
