// Sums over days, invented but always the same for a day. MOCK=empty: nothing came. MOCK=broken: no report can be made.

import { rotators } from './basic.mjs';

const DAY_MS = 86_400_000;
const ZONE = 'Asia/Jakarta';
const isEmpty = process.env.MOCK === 'empty';
const isBroken = process.env.MOCK === 'broken';

const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(Date.now());
const add = (day, days) => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

/** Between 0 and 1, always the same for the same words. */
function chance(...words) {
  let hash = 2166136261;
  for (const char of words.join('/')) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** The range that is asked for, or the refusal. */
function range({ from, to = today() }) {
  const first = from ?? add(to, -29);
  if (first > to) {
    const message = `The first day, ${first}, comes after the last, ${to}.`;
    return [422, { title: 'Unprocessable Content', status: 422, detail: message, errors: [{ field: 'from', message }] }];
  }
  const days = Array.from({ length: (Date.parse(to) - Date.parse(first)) / DAY_MS + 1 }, (_, at) => add(first, at));
  return { from: first, to, days };
}

/** A rotator that was removed still has its clicks. */
const LINKS = [
  { id: '1', busy: 13 },
  { id: '2', busy: 4 },
  { id: '9', busy: 0.8 },
];
const BORN = '2026-08-20';

function visits(day, link) {
  if (isEmpty || day < BORN || day > today()) return { new: 0, returning: 0 };
  const weekday = new Date(day).getUTCDay();
  const growth = 0.6 + Math.max(0, (Date.parse(day) - Date.parse(BORN)) / DAY_MS) / 130;
  const clicks = link.busy * growth * (weekday === 0 ? 0.55 : weekday === 5 ? 1.35 : 1) * (0.6 + 0.8 * chance(day, link.id));
  const fresh = Math.round(clicks * (0.62 + 0.2 * chance(day, 'new', link.id)));
  return { new: fresh, returning: Math.max(0, Math.round(clicks) - fresh) };
}

const links = (rotator) => LINKS.filter(({ id }) => !rotator || id === rotator);
const plus = (a, b) => ({ clicks: a.clicks + b.new + b.returning, new: a.new + b.new, returning: a.returning + b.returning });
const NOTHING = { clicks: 0, new: 0, returning: 0 };
const sum = (days, rotator) =>
  days.flatMap((day) => links(rotator).map((link) => visits(day, link))).reduce(plus, NOTHING);

const NAMES = {
  platform: [['meta', 41], ['google', 29], [null, 17], ['tiktok', 9], ['linkedin', 3], ['microsoft', 1]],
  source: [['facebook', 27], ['google', 26], ['instagram', 18], [null, 15], ['tiktok', 8], ['newsletter', 4], ['=HYPERLINK("http://evil.example")', 2]],
  campaign: [
    ['promo-november', 24], ['batik-tulis', 19], [null, 16], ['ramadan-video', 9], ['seragam-kantor', 7], ['kain-parang-3-meter', 6],
    ['lookalike-1pct-jabodetabek-women-25-44-carousel-v3-final-final', 5], ['retargeting-30d', 5], ['brand', 4], ['bio', 3], ['(other)', 2],
  ],
};

function sources(days, rotator, by) {
  const all = sum(days, rotator);
  const rows = NAMES[by].map(([name, share]) => {
    const clicks = Math.round((all.clicks * share * (0.8 + 0.4 * chance(by, name, days[0]))) / 100);
    return { name, clicks, new: Math.round(clicks * (0.55 + 0.35 * chance(name, by))) };
  });
  const shown = rows.filter(({ clicks }) => clicks > 0).sort((a, b) => b.clicks - a.clicks);
  const total = shown.reduce((so, row) => ({ clicks: so.clicks + row.clicks, new: so.new + row.new }), { clicks: 0, new: 0 });
  return { rows: shown, clicks: total.clicks, new: total.new };
}

const SHARES = [
  { agent_id: '1', agent: 'Agent A', share: 0.5 },
  { agent_id: '2', agent: 'Agent B', share: 0.3 },
  { agent_id: '3', agent: 'Agent C', share: 0.2 },
];

function ledger(days, rotator) {
  const owed = new Map();
  return days.flatMap((day) =>
    links(rotator).flatMap((link) => {
      const turns = visits(day, link).new;
      let left = turns;
      return SHARES.map(({ agent_id, agent, share }, at) => {
        const key = `${link.id}/${agent_id}`;
        const due = turns * share;
        const wanted = due + (owed.get(key) ?? 0);
        const given = at === 2 ? left : Math.min(left, Math.round(wanted));
        left -= given;
        owed.set(key, wanted - given);
        return { rotator_id: link.id, agent_id, agent, day, given, due: round(due), deviation: round(given - due) };
      }).filter(({ due }) => due > 0);
    }),
  );
}

const round = (turns) => Math.round(turns * 1e6) / 1e6 + 0;

function rotation(days, rotator) {
  const rows = ledger(days, rotator);
  const totals = new Map();
  for (const { rotator_id, agent_id, agent, given, due } of rows) {
    const key = `${rotator_id}/${agent_id}`;
    const so = totals.get(key) ?? { rotator_id, agent_id, agent, given: 0, due: 0 };
    totals.set(key, { ...so, given: so.given + given, due: so.due + due });
  }
  return {
    rows,
    totals: [...totals.values()].map(({ due, ...sums }) => {
      // Over a long time somebody paused and came back.
      const given = sums.given + (days.length > 60 ? { 1: 2, 2: -2, 3: 0 }[sums.agent_id] : 0);
      const so = { ...sums, given };
      const deviation = round(given - due);
      return { ...so, due: round(due), deviation, within_bound: Math.abs(deviation) < 1 };
    }),
    passed_over: [],
    borrowed: [],
    learning: learning(rotator),
  };
}

/** The first link learns. */
function learning(rotator) {
  const [{ id, agents: shares }] = rotators;
  if (rotator && rotator !== id) return [];
  const moved = [0.56, 0.28, 0.16];
  const rates = [0.16, 0.12, 0.09];
  const names = { 1: 'Rina', 2: 'Budi', 3: 'Sari' };
  const agents = shares.map(({ agent_id, weight }, at) => {
    const leads = weight * 40;
    const of = { agent_id, agent: names[agent_id], set_share: weight / 100, learned_share: moved[at] };
    return { ...of, leads, won: Math.round(leads * rates[at]), rate: rates[at] };
  });
  const wins = (leads, won) => ({ leads, won, rate: won / leads });
  const compared = {
    since: '2026-09-01',
    to: '2026-10-20',
    learned: wins(1_640, 246),
    held_out: wins(412, 47),
    difference: 0.036,
    margin: 0.035,
  };
  const days = { from: '2026-07-23', to: '2026-10-20', wait_days: 7 };
  return [{ rotator_id: id, frozen: false, verdict: 'moved', ...days, team: wins(4_000, 544), agents, compared }];
}

const STATUSES = { new: 0, contacted: 17, responded: 14, qualified: 9, hot: 4, proposal: 3, negotiation: 2, invoice: 1, won: 10, lost: 8 };

function funnel(days, rotator) {
  const born = sum(days, rotator).new;
  const rows = Object.entries(STATUSES).map(([status, share]) => {
    const leads = Math.round((born * share) / 100);
    const rupiah = { currency: 'IDR', value: leads * 1_250_000 };
    const dollars = { currency: 'USD', value: leads * 12.5 };
    return { status, leads, values: !leads ? [] : status === 'won' ? [rupiah, dollars] : status === 'invoice' ? [rupiah] : [] };
  });
  rows[0].leads = born - rows.reduce((so, { leads }) => so + leads, 0);
  return { rows, leads: born };
}

const BROWSERS = [
  ['Android WebView', 'instagram', 31, 0.21, 0.04],
  ['Chrome', null, 27, 0.38, 0.01],
  ['Android WebView', 'facebook', 17, 0.05, 0.02],
  ['Safari', null, 12, 0.29, 0.03],
  ['Android WebView', 'tiktok', 7, 0.12, 0.06],
  ['Samsung Internet', null, 4, 0.33, 0],
  [null, null, 2, 0, 0],
];

function recognition(days, rotator) {
  const { clicks } = sum(days, rotator);
  const rows = BROWSERS.map(([browser, in_app, share, cookie, click_id]) => {
    const n = Math.round((clicks * share) / 100);
    return { browser, in_app, ...recognised(n, Math.round(n * cookie), Math.round(n * click_id)) };
  }).filter((row) => row.clicks > 0);
  const total = (of) => rows.reduce((so, row) => so + row[of], 0);
  return { rows, totals: recognised(total('clicks'), total('cookie'), total('click_id')) };
}

const recognised = (clicks, cookie, click_id) => ({
  clicks,
  cookie,
  click_id,
  new: clicks - cookie - click_id,
  rate: (cookie + click_id) / Math.max(clicks, 1),
});

const REASONS = { head: 1, prefetch: 22, subresource: 3, preview: 31, ad_review: 12, bot: 19, no_user_agent: 2, tool: 8, flood: 4 };
const AGENTS = {
  preview: 'WhatsApp/2.24.20.89 A',
  ad_review: 'AdsBot-Google (+http://www.google.com/adsbot.html)',
  bot: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  tool: 'python-requests/2.32.3',
};

function screening(days, rotator) {
  const rows = links(rotator)
    .flatMap(({ id }) => {
      const { clicks } = sum(days, id);
      const of = ([reason, share]) => ({ rotator_id: id, reason, count: Math.round(clicks * share * 0.006) });
      return Object.entries(REASONS).map(of);
    })
    .filter(({ count }) => count > 0);
  const ignored = isEmpty ? [] : [['1', 'gclid', 23], ['1', 'utm_campaign', 4], ['2', 'ttclid', 2]];
  const samples = isEmpty ? [] : Object.entries(AGENTS);
  return {
    rows,
    total: rows.reduce((so, { count }) => so + count, 0),
    ignored: ignored
      .filter(([id]) => !rotator || id === rotator)
      .map(([rotator_id, parameter, count]) => ({ rotator_id, parameter, count })),
    samples: samples.map(([reason, agent], at) => ({
      rotator_id: '1',
      reason,
      at: new Date(Date.now() - (at + 1) * 47 * 60_000).toISOString(),
      request: `GET /wa/promo?utm_source=facebook&gclid={gclid} HTTP/1.1\r\nHost: wa.tokobatik.example\r\nUser-Agent: ${agent}\r\nAccept: */*`,
    })),
  };
}

/** Answers for the days that are asked for. */
const report = (rows) => ({ query }) => {
  if (isBroken) return [500, { title: 'Internal Server Error', status: 500, detail: 'The database did not answer.' }];
  const asked = range(query);
  if (Array.isArray(asked)) return asked;
  const { from, to, days } = asked;
  return { from, to, ...rows(days, query.rotator_id, query) };
};

export const routes = {
  'GET /reports/overview': report((days, rotator) => {
    const before = Array.from({ length: days.length }, (_, at) => add(days[0], at - days.length));
    return {
      rows: days.map((day) => ({ day, ...sum([day], rotator) })),
      rotators: links(rotator)
        .map(({ id }) => ({ rotator_id: id, ...sum(days, id) }))
        .filter(({ clicks }) => clicks > 0),
      totals: sum(days, rotator),
      before: { from: before[0], to: before.at(-1), ...sum(before, rotator) },
    };
  }),
  'GET /reports/sources': report((days, rotator, { by = 'platform' }) => ({ by, ...sources(days, rotator, by) })),
  'GET /reports/rotators': report((days) => ({
    rows: LINKS.map(({ id }) => {
      const link = rotators.find((rotator) => rotator.id === id);
      return { rotator_id: id, name: link?.name ?? null, slug: link?.slug ?? null, ...sum(days, id) };
    }).filter(({ clicks }) => clicks > 0),
  })),
  'GET /reports/agents': report((days, rotator) => {
    const { totals } = rotation(days, rotator);
    const all = totals.reduce((so, { given }) => so + given, 0);
    const rows = SHARES.map(({ agent_id, agent }) => {
      const given = totals.filter((row) => row.agent_id === agent_id).reduce((so, row) => so + row.given, 0);
      const won = Math.round(given * (0.06 + 0.08 * chance(agent_id, 'won')));
      const values = won ? [{ currency: 'IDR', value: won * 1_250_000 }] : [];
      return { agent_id, agent, new: given, share: given / Math.max(all, 1), clicks: Math.round(given * 1.4), won, values };
    });
    if (all > 30) rows.push({ agent_id: '8', agent: null, new: 3, share: 3 / all, clicks: 5, won: 0, values: [] });
    if (all > 30) rows.push({ agent_id: null, agent: null, new: 0, share: 0, clicks: 2, won: 0, values: [] });
    return { rows: rows.filter(({ clicks }) => clicks > 0) };
  }),
  'GET /reports/funnel': report(funnel),
  'GET /reports/recognition': report(recognition),
  'GET /reports/screening': report(screening),
  'GET /reports/rotation': report(rotation),
};
