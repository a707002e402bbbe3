// Names, phone numbers and e-mail addresses for some of the leads, by an import as a shop would do it: so that searching means
// looking among many. The demo names a few dozen.

import { readFileSync } from 'node:fs';
import { asker, startKonektor } from './konektor.mjs';
import { settled } from './process.mjs';

/** Most rows of a file that is imported. */
const FILE = 20_000;
const FIRST = ['Adi', 'Ayu', 'Bambang', 'Citra', 'Dewi', 'Eko', 'Fitri', 'Gita', 'Hadi', 'Indah', 'Joko', 'Kartika', 'Lina', 'Maya', 'Nur', 'Putri', 'Rina', 'Siti', 'Tono', 'Wati'];
const LAST = ['Hidayat', 'Kusuma', 'Lestari', 'Marlina', 'Nugroho', 'Pratama', 'Rahma', 'Salim', 'Setiawan', 'Susilo', 'Wibowo', 'Wijaya'];

/** The `n`th of them. */
export const person = (n) => {
  const first = FIRST[n % FIRST.length];
  const last = LAST[Math.floor(n / FIRST.length) % LAST.length];
  return {
    name: `${first} ${last} ${n}`,
    phone: `62857${String(n).padStart(8, '0')}`,
    email: `${first}.${n}@example.com`.toLowerCase(),
  };
};

/** Codes of leads that are drawn from all, out of the file of cookies: `visitor_code=BV2WX10.20779.…`. */
export function codes(cookies) {
  const lines = readFileSync(cookies, 'latin1').split('\n');
  return lines.filter((line) => line !== '').map((line) => line.slice(line.indexOf('=') + 1, line.indexOf('.')));
}

/** Gives the leads of the first `count` cookies a name each. */
export async function addPeople(database, count) {
  const some = codes(database.cookies).slice(0, count);
  const konektor = await startKonektor(database);
  const ask = asker(konektor.port, database.api_key);
  for (let start = 0; start < some.length; start += FILE) {
    const rows = some.slice(start, start + FILE).map((code, n) => {
      const { name, phone, email } = person(start + n);
      return `${code},${name},${phone},${email}`;
    });
    const report = await ask('POST', '/leads/import?dry_run=false', ['code,name,phone,email', ...rows].join('\n'));
    if (report.updated < rows.length) throw new Error(`not all were imported: ${JSON.stringify({ ...report, rows: undefined })}`);
  }
  await settled(konektor.pid);
  await konektor.stop();
}
