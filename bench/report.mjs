// The figures of a run, to be read: each part its lines, if it was measured.

const n = (value, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const pair = (point, key, digits) => `${n(point.nginx[key], digits)} / ${n(point.konektor[key], digits)}`;

const SECTIONS = { redirects, steady, lone, pages, reports, export: exported, deliveries, hanging, postgres };

export function markdown(results) {
  const { at, machine, method, answer_bytes } = results;
  const head = [
    `Measured ${at.slice(0, 10)} on ${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, Linux ${machine.kernel};`,
    `${machine.konektor}, ${machine.nginx}, ${machine.wrk}. Server on core ${method.server_core}, load on core ${method.load_core};`,
    `medians of ${method.rounds} rounds of ${method.seconds} s. An answer has ${answer_bytes.nginx} bytes from nginx, ${answer_bytes.konektor} from Konektor.`,
    `The disk makes 4 KiB durable (fdatasync) in ${n(machine.fdatasync.p50_ms, 2)} ms, p99 ${n(machine.fdatasync.p99_ms, 2)} ms.`,
    prepared(results),
  ];
  const sections = Object.entries(SECTIONS).filter(([part]) => results[part]);
  const lines = sections.flatMap(([, lines]) => ['', ...lines(results)]);
  const notes = remarks(results).flatMap((note) => ['', note]);
  return `${[...head, ...lines, '', ...targets(results), ...notes].join('\n')}\n`;
}

function prepared({ prepared: { leads, clicks, took_s } }) {
  const what = clicks ? `${n(leads)} leads with about ${n(clicks)} clicks` : `${n(leads)} leads`;
  return `\`konektor demo\` made ${what} in ${n(took_s, 1)} s, ${n(leads / took_s)} leads a second.`;
}

function redirects({ leads, redirects: { points, first_302_ms, idle_mib, memory_mib, highest_memory_mib, binary_mb } }) {
  return [
    'Each pair is nginx / Konektor; a ratio is Konektor divided by nginx, the last column the redirects with all leads divided by',
    'those with none or few.',
    '',
    '| leads before | visitors | connections | redirects per second | ratio | p50 ms | p99 ms | CPU µs a request | ratio | of empty |',
    '|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...points.map(
      (p) =>
        `| ${n(p.leads)} | ${p.visitors} | ${p.connections} | ${pair(p, 'per_second')} | **${n(p.ratio, 2)}** | ${pair(p, 'p50_ms', 2)} ` +
        `| ${pair(p, 'p99_ms', 2)} | ${pair(p, 'cpu_us_per_request', 1)} | ${n(p.cpu_ratio, 1)} | ${p.of_empty ? n(p.of_empty, 2) : ''} |`,
    ),
    '',
    `With ${n(leads)} leads: first redirect ${n(first_302_ms)} ms after the start of the process (files in the page cache);`,
    `memory ${n(idle_mib.resident)} MiB once it has come to rest, ${n(memory_mib.resident)} MiB after load, of which ${n(memory_mib.anonymous)} MiB its own;`,
    `${n(highest_memory_mib)} MiB at its highest. The binary has ${n(binary_mb, 1)} MB.`,
  ];
}

function steady({ leads, steady: { nginx, konektor } }) {
  return [
    `${n(konektor.per_second)} new visitors a second with ${n(leads)} leads, ${n(konektor.reads)} reads of the dashboard and ${n(konektor.checkpoints)} checkpoints a round:`,
    `p50 ${n(konektor.p50_ms, 2)} ms, p99 ${n(konektor.p99_ms, 2)} ms, at most ${n(konektor.max_ms, 1)} ms; nginx at that rate ${n(nginx.p50_ms, 2)}, ${n(nginx.p99_ms, 2)} and ${n(nginx.max_ms, 1)} ms.`,
  ];
}

function lone({ lone: { nginx, konektor, disk_ms } }) {
  return [
    `A lone click, one every ${n(1000 / konektor.per_second)} ms: p50 ${n(konektor.p50_ms, 2)} ms, nginx ${n(nginx.p50_ms, 2)} ms; p99 ${n(konektor.p99_ms, 2)} and ${n(nginx.p99_ms, 2)} ms.`,
    `At this pace the disk alone takes ${n(disk_ms, 2)} ms to make durable what a click writes, so ${n(konektor.p50_ms - nginx.p50_ms - disk_ms, 2)} ms are Konektor's own.`,
  ];
}

const asked = (what, head, { beside, rows }) => [
  `${head}, one after the other, beside ${n(beside.per_second)} redirects a second (a quarter of full speed):`,
  '',
  `| ${what} | asked | p50 ms | p99 ms |`,
  '|---|--:|--:|--:|',
  ...rows.map((row) => `| ${row.what} | ${n(row.asked)} | ${n(row.p50_ms, 1)} | ${n(row.p99_ms, 1)} |`),
];

function pages({ leads, pages }) {
  return asked('page', `Pages of 50 of ${n(leads)} leads`, pages);
}

function reports({ leads, reports }) {
  return asked('report over a year', `Reports of ${n(leads)} leads`, reports);
}

function exported({ export: { rows, bytes, took_s, per_second, growth_mib, p99_ms, p99_before_ms } }) {
  return [
    `An export of ${n(rows)} leads, ${n(bytes / 1e6)} MB of CSV, beside a quarter of full speed: ${n(took_s, 1)} s, ${n(per_second)} rows a second;`,
    `the process took ${n(growth_mib, 1)} MiB more memory than before. p99 of the redirects ${n(p99_ms, 2)} ms, ${n(p99_before_ms, 2)} ms before.`,
  ];
}

function deliveries({ deliveries: { events, took_s, per_second, alone, beside } }) {
  return [
    `Deliveries: ${n(events)} events to a stand-in for Meta in ${n(took_s, 1)} s, **${n(per_second)} a second**,`,
    `beside ${n(beside.per_second)} redirects a second (half load; ${n(alone.per_second)} without deliveries). p99 of these redirects: ${n(beside.p99_ms, 2)} ms;`,
    `${n(alone.p99_ms, 2)} ms without deliveries.`,
  ];
}

function hanging({ hanging: { well, hanging } }) {
  return [
    `A platform that takes connections and never answers, beside two that are well, at ${n(well.per_second)} redirects a second:`,
    `from click to the others' answer ${n(hanging.delay_ms)} ms in the median (${n(well.delay_ms)} ms with all of them well), p99 of`,
    `the redirects ${n(hanging.p99_ms, 2)} ms (${n(well.p99_ms, 2)} ms).`,
  ];
}

function postgres({ leads, postgres: { sqlite, one, two, halves, big } }) {
  return [
    'New visitors at 64 connections a server on an empty database, PostgreSQL on the same two cores:',
    '',
    "| | redirects per second | p99 ms | CPU µs a click, PostgreSQL's and the servers' |",
    '|---|--:|--:|--:|',
    ...[
      ['SQLite', sqlite],
      ['PostgreSQL, one server', one],
      ['PostgreSQL, two servers on one core', two],
      ['PostgreSQL, two servers on one core, each with half of the connections', halves],
      [`PostgreSQL with ${n(leads)} leads`, big],
    ].map(
      ([what, { per_second, p99_ms, cpu_us }]) => `| ${what} | ${n(per_second)} | ${n(p99_ms, 2)} | ${n(cpu_us, 1)} |`,
    ),
    '',
    `A click of a new visitor takes ${n(one.bytes_per_click)} bytes on PostgreSQL's disk, with its lead, indexes and projections.`,
  ];
}

function targets({ verdicts }) {
  return [
    '| target | | measured | |',
    '|---|--:|--:|---|',
    ...verdicts.map(
      (v) =>
        `| ${v.what} | ${v.target} | ${n(v.value, v.value < 20 ? 2 : 0)}${v.unit} | ${v.met ? 'met' : '**missed**'} |`,
    ),
  ];
}

function remarks({ busy_otherwise, redirects }) {
  const notes = [];
  if (busy_otherwise > 0.05) {
    notes.push(
      `The machine was ${n(busy_otherwise * 100)} % busy with something else: measure again when it is at rest.`,
    );
  }
  // In a closed loop one of the two cores is always the limit. If it is the load's, the server was not measured; if
  // neither of them is busy, something else had them. (Konektor may also wait for the disk: nginx shows it.)
  const where = (p) => `${p.visitors} visitors, ${p.connections} connections, ${n(p.leads)} leads`;
  const points = redirects?.points ?? [];
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
  return notes;
}
