// The figures of a run as the section of docs/performance.md that they belong into.

const TARGETS = [
  ['redirects per second of nginx, new visitors, lowest', ({ points }) => lowest(points, 'new'), 'at least', 0.45, ''],
  [
    'redirects per second of nginx, returning visitors, lowest',
    ({ points }) => lowest(points, 'returning'),
    'at least',
    0.45,
    '',
  ],
  ['p99 of nginx at 64 connections, highest', ({ points }) => highestP99(points, 64), 'at most', 5, ''],
  [
    'memory at its highest, all leads loaded',
    ({ highest_memory_mib }) => highest_memory_mib * 1.048576,
    'at most',
    150,
    ' MB',
  ],
  ['deliveries per second to Meta, redirects at half load', ({ deliveries }) => deliveries.per_second, 'at least', 5_000, ''],
  ["the others' median delay when a platform hangs, to that when none does", ({ hanging }) => hanging.delay_ratio, 'at most', 1.1, ''],
  ['p99 of redirects when a platform hangs, to that when none does', ({ hanging }) => hanging.p99_ratio, 'at most', 1.1, ''],
  ['p99 of a page of leads, the slowest kind', ({ api }) => api.p99_ms, 'at most', 50, ' ms'],
  ['redirects per second on PostgreSQL, to those on SQLite', ({ postgres }) => postgres.ratio, 'at least', 0.4, ''],
  ['redirects per second of two servers on PostgreSQL, to those of one', ({ postgres }) => postgres.two_ratio, 'at least', 1, ''],
  ['processor time a click on PostgreSQL with all leads, to that on an empty one', ({ postgres }) => postgres.growth, 'at most', 1.3, ''],
  ['start to first redirect', ({ first_302_ms }) => first_302_ms, 'at most', 300, ' ms'],
];

const lowest = (points, visitors) => Math.min(...points.filter((p) => p.visitors === visitors).map((p) => p.ratio));
const highestP99 = (points, connections) =>
  Math.max(...points.filter((p) => p.connections === connections).map((p) => p.p99_ratio));

/** What was aimed at, what came out, and whether that is enough. */
export function verdicts(results) {
  return TARGETS.map(([what, measure, sense, target, unit]) => {
    const value = measure(results);
    return {
      what,
      value,
      target: `${sense} ${target}${unit}`,
      met: sense === 'at least' ? value >= target : value <= target,
      unit,
    };
  });
}

export function markdown(results) {
  const {
    at,
    machine,
    busy_otherwise,
    method,
    answer_bytes,
    points,
    deliveries,
    hanging,
    api,
    postgres,
    leads,
    first_302_ms,
    memory_mib,
    highest_memory_mib,
  } = results;
  const n = (value, digits = 0) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const pair = (point, key, digits) => `${n(point.nginx[key], digits)} / ${n(point.konektor[key], digits)}`;
  const percent = (share) => `${n(share * 100)} %`;

  const lines = [
    `Measured ${at.slice(0, 10)} on ${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, Linux ${machine.kernel};`,
    `${machine.konektor}, ${machine.nginx}, ${machine.wrk}. Server on core ${method.server_core}, load on core ${method.load_core};`,
    `medians of ${method.rounds} rounds of ${method.seconds} s. An answer has ${answer_bytes.nginx} bytes from nginx, ${answer_bytes.konektor} from Konektor.`,
    `The disk makes 4 KiB durable (fdatasync) in ${n(machine.fdatasync.p50_ms, 2)} ms, p99 ${n(machine.fdatasync.p99_ms, 2)} ms.`,
    '',
    'Each pair is nginx / Konektor; a ratio is Konektor divided by nginx.',
    '',
    '| leads before | visitors | connections | redirects per second | ratio | p50 ms | p99 ms | p99 ratio | CPU µs a request |',
    '|--:|---|--:|--:|--:|--:|--:|--:|--:|',
    ...points.map(
      (p) =>
        `| ${n(p.leads)} | ${p.visitors} | ${p.connections} | ${pair(p, 'per_second')} | **${n(p.ratio, 2)}** ` +
        `| ${pair(p, 'p50_ms', 2)} | ${pair(p, 'p99_ms', 2)} | ${n(p.p99_ratio, 1)} | ${pair(p, 'cpu_us_per_request', 1)} |`,
    ),
    '',
    `With ${n(leads)} leads: first redirect ${n(first_302_ms)} ms after the start of the process (files in the page cache);`,
    `memory after load ${n(memory_mib.resident)} MiB resident, of which ${n(memory_mib.anonymous)} MiB its own; ${n(highest_memory_mib)} MiB at its highest.`,
    '',
    `Deliveries: ${n(deliveries.events)} events to a stand-in for Meta in ${n(deliveries.took_s, 1)} s, **${n(deliveries.per_second)} a second**,`,
    `while ${n(deliveries.beside.per_second)} redirects a second were asked for (half load). p99 of these redirects: ${n(deliveries.beside.p99_ms, 2)} ms;`,
    `${n(deliveries.alone.p99_ms, 2)} ms at the same load without deliveries.`,
    '',
    `A platform that takes connections and never answers, beside two that are well, at ${n(hanging.well.per_second)} redirects a second:`,
    `from click to the others' answer ${n(hanging.hanging.delay_ms)} ms in the median (${n(hanging.well.delay_ms)} ms with all of them well), p99 of`,
    `the redirects ${n(hanging.hanging.p99_ms, 2)} ms (${n(hanging.well.p99_ms, 2)} ms).`,
    '',
    'New visitors at 64 connections on an empty database, PostgreSQL on the same two cores:',
    '',
    '| | redirects per second | p99 ms | CPU µs a click, PostgreSQL\'s and the servers\' |',
    '|---|--:|--:|--:|',
    ...[
      ['SQLite', postgres.sqlite],
      ['PostgreSQL, one server', postgres.one],
      ['PostgreSQL, two servers on one core', postgres.two],
      [`PostgreSQL with ${n(leads)} leads`, postgres.big],
    ].map(
      ([what, { per_second, p99_ms, cpu_us }]) => `| ${what} | ${n(per_second)} | ${n(p99_ms, 2)} | ${n(cpu_us, 1)} |`,
    ),
    '',
    `A click of a new visitor takes ${n(postgres.one.bytes_per_click)} bytes on PostgreSQL's disk, with its lead, indexes and projections.`,
    '',
    `Pages of 50 of ${n(leads)} leads, one after the other, beside ${n(api.clicks_per_second)} redirects a second:`,
    '',
    '| page | asked | p50 ms | p99 ms |',
    '|---|--:|--:|--:|',
    ...api.rows.map((row) => `| ${row.what} | ${n(row.asked)} | ${n(row.p50_ms, 1)} | ${n(row.p99_ms, 1)} |`),
    '',
    '| target | | measured | |',
    '|---|--:|--:|---|',
    ...results.verdicts.map(
      (v) =>
        `| ${v.what} | ${v.target} | ${n(v.value, v.value < 20 ? 2 : 0)}${v.unit} | ${v.met ? 'met' : '**missed**'} |`,
    ),
  ];

  const notes = [];
  if (busy_otherwise > 0.05) {
    notes.push(
      `The machine was ${percent(busy_otherwise)} busy with something else: measure again when it is at rest.`,
    );
  }
  // In a closed loop one of the two cores is always the limit. If it is the load's, the server was not measured; if
  // neither of them is busy, something else had them. (Konektor may also wait for the disk: nginx shows it.)
  const where = (p) => `${p.visitors} visitors, ${p.connections} connections, ${n(p.leads)} leads`;
  const limitedByLoad = points.filter((p) => p.nginx.load_core_busy > 0.95 && p.nginx.server_core_busy < 0.95);
  const disturbed = points.filter((p) => p.nginx.load_core_busy < 0.9 && p.nginx.server_core_busy < 0.9);
  if (limitedByLoad.length > 0) {
    notes.push(
      `The load generator, not nginx, was the limit, and nginx could do more, here: ${limitedByLoad.map(where).join('; ')}.`,
    );
  }
  if (disturbed.length > 0) {
    notes.push(
      `Something else took processor time, and the figures mean little, here: ${disturbed.map(where).join('; ')}.`,
    );
  }
  return `${[...lines, ...notes.flatMap((note) => ['', note])].join('\n')}\n`;
}
