// How long the API takes with all leads in the database, while visitors click at a quarter of what the server can: one question
// after the other, as of a person who looks at the dashboard.

import { asker, startKonektor } from './konektor.mjs';
import { whileClicking } from './load.mjs';
import { median, percentile } from './numbers.mjs';
import { settled } from './process.mjs';
import { settings } from './settings.mjs';

/**
 * Asks for each of `questions`, [what, where], in turn while the load lasts. `where` makes the address, of what `look` has found
 * before each turn. `database` is one that this may use up.
 */
export async function measureAsked(database, full, look, questions) {
  const konektor = await startKonektor(database);
  const ask = asker(konektor.port, database.api_key);
  await settled(konektor.pid);
  const times = new Map(questions.map(([what]) => [what, []]));
  const plan = { connections: 64, seconds: settings.seconds * 4, per_second: Math.round(full / 4) };
  let turn = 0;
  const beside = await whileClicking(konektor, database.slug, plan, async () => {
    const found = await look(ask, turn++);
    for (const [what, where] of questions) {
      const start = performance.now();
      await ask('GET', where(found));
      times.get(what).push(performance.now() - start);
    }
  });
  await konektor.stop();
  const rows = [...times].map(([what, ms]) => ({
    what,
    asked: ms.length,
    p50_ms: median(ms),
    p99_ms: percentile(ms, 0.99),
  }));
  return { beside, rows, p99_ms: Math.max(...rows.map((row) => row.p99_ms)) };
}
