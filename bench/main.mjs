// A run: the parts one after the other, each on databases of its own, and the report. Parts that a run leaves out keep the
// figures of the run before, if that was with as many leads.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { databases } from './databases.mjs';
import { measureDeliveries } from './deliveries.mjs';
import { measureExport } from './export.mjs';
import { measureHanging } from './hanging.mjs';
import { startKonektor } from './konektor.mjs';
import { measureLone } from './lone.mjs';
import { describeMachine } from './machine.mjs';
import { startNginx } from './nginx.mjs';
import { measurePages } from './pages.mjs';
import { restlessness } from './process.mjs';
import { measurePostgres } from './postgres.mjs';
import { fullSpeed, measureRedirects } from './redirects.mjs';
import { markdown } from './report.mjs';
import { measureReports } from './reports.mjs';
import { settings } from './settings.mjs';
import { measureSteady } from './steady.mjs';
import { verdicts } from './targets.mjs';

const say = (text) => process.stderr.write(`${text}\n`);

if (os.cpus().length < 2) throw new Error('two cores are needed: one for the server, one for the load');
const keepTo = (cores) => execFileSync('taskset', ['-a', '-c', '-p', cores, String(process.pid)]);
// This script asks the API, too: never on the server's core.
keepTo(String(settings.loadCore));
mkdirSync(settings.scratch, { recursive: true });
const scratch = mkdtempSync(path.join(settings.scratch, 'bench-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

const file = path.join(settings.results, 'latest.json');
const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const results = before.prepared && before.leads === settings.leads ? before : {};

const busy_before = await restlessness();
const machine = await describeMachine(scratch);
if (!machine.fdatasync) throw new Error(`${scratch} is in memory: a commit would cost nothing there`);

say(`preparing databases of 0, some and ${settings.leads} leads`);
const prepared = await databases(scratch);
const [empty, big] = [prepared.all[0], prepared.all[settings.leads]];
const fresh = (database) => prepared.fresh(database);
results.prepared = { leads: settings.leads, clicks: settings.clicks ?? null, took_s: big.took_s };

const probe = await startKonektor(fresh(empty));
await probe.stop();
const nginx = await startNginx(scratch, probe.first.location);

let full;
/** What it can do is measured once, and before a copy for the part is made: there is one copy at a time. */
const knowing = (measure) => async () => measure((full ??= await fullSpeed(fresh(empty))));

const parts = {
  redirects: ['', () => measureRedirects(nginx, prepared, say)],
  steady: ['a fixed rate, with somebody at the dashboard', () => measureSteady(nginx, () => fresh(big))],
  lone: ['a lone click', () => measureLone(nginx, () => fresh(empty))],
  pages: [`pages of ${settings.leads} leads`, knowing((full) => measurePages(fresh(big), full, big.people))],
  reports: ['reports over a year', knowing((full) => measureReports(fresh(big), full))],
  export: ['an export', knowing((full) => measureExport(fresh(big), full))],
  deliveries: [
    'deliveries, with redirects at half load',
    knowing((full) => measureDeliveries(fresh(empty), Math.round(full / 2))),
  ],
  hanging: ['one platform that hangs beside two that do not', () => measureHanging(() => fresh(empty), empty.api_key)],
  postgres: [
    'the same visitors on PostgreSQL',
    () => {
      keepTo(`${settings.serverCore},${settings.loadCore}`); // PostgreSQL has both, and it has what this script has
      return measurePostgres(scratch, () => fresh(empty), big).finally(() => keepTo(String(settings.loadCore)));
    },
  ],
};
Object.assign(results, {
  at: new Date().toISOString(),
  machine,
  busy_otherwise: busy_before,
  method: {
    seconds: settings.seconds,
    rounds: settings.rounds,
    server_core: settings.serverCore,
    load_core: settings.loadCore,
  },
  answer_bytes: { nginx: nginx.bytes, konektor: probe.first.bytes },
  leads: settings.leads,
});
mkdirSync(settings.results, { recursive: true });
for (const part of settings.parts) {
  const [what, measure] = parts[part];
  if (what) say(what);
  results[part] = await measure();
  keep(); // a part that fails must not cost those before it
}
await nginx.stop();
results.busy_otherwise = Math.max(busy_before, await restlessness());
keep();
console.log(markdown(results));
say(`also in ${path.relative('.', settings.results)}/latest.json and latest.md`);

function keep() {
  results.verdicts = verdicts(results);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(path.join(settings.results, 'latest.md'), markdown(results));
}
