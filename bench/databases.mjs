// The databases of a run: nobody in it, a few leads, and all of them. Each is made once by `konektor demo`, and a round gets a
// copy that it may use up. The one with all leads may be too large for that: kept in a directory of its own, it is used as it
// is, by one round after the other and by later runs.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beginAt, roundsLoaded } from './load.mjs';
import { prepare } from './konektor.mjs';
import { addPeople } from './people.mjs';
import { settings } from './settings.mjs';

/** Somebody has to be there to return, so returning visitors have these on the "empty" database. */
export const FEW_LEADS = 10_000;
/** Of so many leads one has a name, a number and an address. */
const LEADS_PER_PERSON = 100;

export async function databases(scratch) {
  const all = {};
  for (const leads of [0, FEW_LEADS]) all[leads] = await made(path.join(scratch, `leads-${leads}`), leads);
  const big = settings.kept ?? path.join(scratch, 'leads-all');
  const people = Math.ceil(settings.leads / LEADS_PER_PERSON);
  all[settings.leads] = await made(big, settings.leads, settings.clicks, (database) =>
    addPeople(database, people),
  );
  all[settings.leads].people = people;
  const directory = path.join(scratch, 'round');
  return {
    all,
    /** A copy, written out before anything is measured; of a kept one itself, which is in memory then as a copy is. */
    fresh: (database) => {
      if (database.directory === settings.kept) {
        execFileSync('sh', ['-c', 'cat "$0"/*.db >/dev/null', database.data]);
        return database;
      }
      rmSync(directory, { recursive: true, force: true });
      cpSync(database.directory, directory, { recursive: true });
      execFileSync('sync', ['-f', directory]);
      return { ...database, directory, data: path.join(directory, 'data') };
    },
  };
}

/** Makes one, unless it is there: its facts are written down last, so one that was cut off is made again. */
async function made(directory, leads, clicks, then = () => {}) {
  const file = path.join(directory, 'facts.json');
  const at = { directory, data: path.join(directory, 'data'), cookies: path.join(directory, 'cookies') };
  if (!existsSync(file)) {
    rmSync(at.data, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    const facts = { leads, ...(await prepare(at, leads, clicks)) };
    await then({ ...at, ...facts });
    writeFileSync(file, JSON.stringify(facts));
  }
  const facts = JSON.parse(readFileSync(file, 'utf8'));
  if (facts.leads !== leads) throw new Error(`${directory} has ${facts.leads} leads, and BENCH_LEADS is ${leads}`);
  if (directory === settings.kept) numberOn(path.join(directory, 'rounds'));
  return { ...at, ...facts };
}

/** Visitors of later runs must be others than those who are in a kept database by now. */
function numberOn(file) {
  beginAt(existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
  process.once('exit', () => writeFileSync(file, String(roundsLoaded())));
}
