// What must be true when the dust has settled.

/** The leads' numbers by their codes, asked of the API page by page. */
async function numbersByCode(ask) {
  const numbers = new Map();
  for (let cursor = ''; cursor !== null; ) {
    const page = await ask('GET', `/leads?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const { id, code } of page.items) numbers.set(code, BigInt(id) & ((1n << 35n) - 1n));
    cursor = page.next_cursor;
  }
  return numbers;
}

/** Each visitor was sent on, fast enough. */
export function visitorsWereServed(visits, within_ms) {
  const failed = visits.filter(({ status }) => status !== 302);
  const slow = visits.filter(({ ms }) => ms > within_ms);
  const say = ({ number, status, error, ms }) => `v${number}: ${status || error} after ${ms.toFixed(0)} ms`;
  return [
    ...(failed.length ? [`${failed.length} visits got no 302, such as ${say(failed[0])}`] : []),
    ...(slow.length ? [`${slow.length} visits took longer than ${within_ms} ms, such as ${say(slow[0])}`] : []),
  ];
}

/** Each click that was answered with a code is there exactly once, under the lead of that code; what else is there. */
export async function clicksAreThere(cluster, ask, visits) {
  const problems = [];
  const rows = await cluster.query(
    `SELECT number, facts::json #>> '{touch,utm,content}', count(*) FROM clicks GROUP BY 1, 2`,
  );
  const stored = new Map(rows.map(([number, content, count]) => [`${number} ${content}`, Number(count)]));
  const numbers = await numbersByCode(ask);
  let acknowledged = 0;
  for (const { number, code, status } of visits) {
    if (status !== 302 || !code) continue;
    acknowledged += 1;
    const key = `${numbers.get(code)} v${number}`;
    const count = stored.get(key) ?? 0;
    if (count !== 1) problems.push(`v${number} was sent on as ${code}, and its click is there ${count} times`);
    stored.delete(key);
  }
  const without = visits.filter(({ status, code }) => status === 302 && !code).length;
  // A node that was killed after its commit and before its answer: the visitor was asked for again and served by another.
  const unanswered = stored.size - without;
  return { problems, acknowledged, without, unanswered };
}

/**
 * Who came back was sent to the agent that they had: all of them while all is well. While the database is away a node may not
 * have heard of a lead that another made a moment before, and then goes by a hash; at most one in a hundred is that unlucky.
 */
export function returnsKeptTheirAgent(visits, calm) {
  const returns = visits.filter(({ status, was, code }) => status === 302 && was && was.code === code);
  const strayed = returns.filter(({ was, digits }) => was.digits !== digits);
  const isCalm = ({ at }) => calm.some(({ from, to }) => at >= from && at < to);
  const problems = [];
  if (strayed.some(isCalm)) problems.push('somebody came back while all was well and was sent to another agent');
  if (strayed.length > returns.length / 100) problems.push(`${strayed.length} of ${returns.length} who came back were sent to another agent`);
  return { problems, returns: returns.length, strayed: strayed.length };
}

/** Nobody is further from their share than a turn a node. */
export async function rotationIsFair(ask, bound) {
  const { totals } = await ask('GET', '/reports/rotation');
  const worst = Math.max(...totals.map(({ deviation }) => Math.abs(deviation)));
  return { problems: worst > bound ? [`an agent is ${worst} turns from their share; ${bound} are allowed`] : [], worst };
}

/** Each ad click is one event, however often it had to be said. */
export async function eventsAreToldOnce(cluster, events) {
  const problems = [];
  const byClick = new Map();
  let again = 0;
  for (const [id, { clickId, times }] of events) {
    if (byClick.has(clickId)) problems.push(`${clickId} is two events: ${byClick.get(clickId)} and ${id}`);
    byClick.set(clickId, id);
    again += times - 1;
  }
  const [[clicked]] = await cluster.query(
    `SELECT count(DISTINCT used.id ->> 'v') FROM clicks, json_array_elements(facts::json #> '{touch,click_ids}') AS used (id)`,
  );
  if (Number(clicked) !== events.size) problems.push(`${clicked} click IDs came, and ${events.size} events were told`);
  return { problems, events: events.size, again };
}
