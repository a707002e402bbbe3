// Destinations, deliveries, alerts. A token with "bad" in it is refused; Meta's test code TEST00000 is, too.

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const DAY = 24 * H;
const at = (ms) => new Date(Date.now() + ms).toISOString();
const isEmpty = process.env.MOCK === 'empty';
const NAMES = { meta: 'Meta', google: 'Google Ads', tiktok: 'TikTok', linkedin: 'LinkedIn' };

const problem = (status, title, detail, errors) => [status, { type: 'about:blank', title, status, detail, ...(errors && { errors }) }];
const missing = (what) => problem(404, 'Not Found', `There is no such ${what}.`);
const invalid = (errors) =>
  problem(422, 'Unprocessable Entity', errors.length === 1 ? errors[0].message : `${errors.length} fields cannot be used; see errors.`, errors);

const FIX = {
  auth: 'Make new credentials on the platform, or give these the permission that they lack, and save them here: the events that wait are sent then.',
  config:
    'Correct the settings and save them; if it was repaired on the platform, switch the destination on again (active: true). The events that wait are sent then.',
};

const destination = (id, platform, settings, more = {}) => ({
  id,
  created_at: '2026-10-01T02:00:00.000Z',
  platform,
  name: NAMES[platform],
  settings,
  has_credentials: true,
  mapping: { qualified: 'Lead', won: 'Purchase' },
  consent: 'unspecified',
  active: true,
  state: 'active',
  hold: null,
  warnings: [],
  stats: { pending: 0, oldest_due: null, sent_24h: 0, failed_24h: 0, last_sent: null },
  ...more,
});

const destinations = isEmpty
  ? []
  : [
      destination('4503599627370496', 'meta', { dataset_id: '1234567890123456' }, {
        stats: { pending: 2, oldest_due: at(-3 * MIN), sent_24h: 214, failed_24h: 3, last_sent: at(-40 * S) },
      }),
      destination('4503599627370497', 'google', { account_id: '1234567890', conversion_action_id: '7723667014' }, {
        mapping: { qualified: '7723667015', won: 'Purchase' },
        stats: { pending: 61, oldest_due: at(25 * MIN), sent_24h: 187, failed_24h: 0, last_sent: at(-9 * MIN) },
      }),
      destination('1', 'tiktok', { pixel_code: 'C4A1B2C3D4E5F6G7H8I9' }, {
        state: 'held',
        hold: { kind: 'auth', code: '40105', reason: 'Access token is incorrect or has been revoked.', since: at(-20 * H), fix: FIX.auth },
        stats: { pending: 14, oldest_due: at(-20 * H), sent_24h: 41, failed_24h: 0, last_sent: at(-20 * H) },
      }),
    ];

const byId = (id) => destinations.find((other) => other.id === id);

let last = 900;
const request = (platform, event_id, name) =>
  `POST https://graph.facebook.com/v26.0/1234567890123456/events\ncontent-type: application/json\n\n${JSON.stringify({
    data: [
      {
        event_name: name,
        event_time: Math.floor(Date.now() / 1000),
        event_id,
        action_source: 'website',
        event_source_url: 'https://wa.tokobatik.example/wa/promo?fbclid=IwAR2xample',
        user_data: { client_ip_address: '203.0.113.7', client_user_agent: 'Mozilla/5.0 (Linux; Android 14; SM-A155F)', fbc: 'fb.1.1795347000123.IwAR2xample' },
      },
    ],
    partner_agent: 'konektor',
    access_token: '[struck out]',
  })}`;

function delivery(destination_id, ago, event, name, state, more = {}) {
  const platform = byId(destination_id)?.platform ?? 'meta';
  const id = String(--last);
  const event_id = `kn-1S1XK5GZ0${id.padStart(4, '0')}-${event === 'click' ? 'click' : name.toLowerCase()}`;
  const days = platform === 'google' || platform === 'linkedin' ? 90 : 7;
  const isOpen = state === 'pending' || state === 'held';
  return {
    id,
    destination_id,
    platform,
    lead_id: String(101 + (last % 9)),
    lead_code: ['7QK3M9D', '2HX8T4B', '9M0ZP5W', 'C4R6N1J', '9T2M4KX'][last % 5],
    event,
    event_name: name,
    event_id,
    at: at(-ago),
    not_before: at(-ago + (platform === 'google' ? 6 * H : 0)),
    expires_at: at(-ago + days * DAY - H),
    state,
    settled_at: isOpen ? null : at(-ago + 3 * S),
    attempts: isOpen ? 0 : 1,
    next_attempt: isOpen ? at(-ago + (platform === 'google' ? 6 * H : 0)) : null,
    code: null,
    reason: null,
    request: isOpen ? null : request(platform, event_id, name),
    response: isOpen ? null : { at: at(-ago + 3 * S), status: 200, trace: 'AbCdEfGhIjK', body: '{"events_received":1,"messages":[],"fbtrace_id":"AbCdEfGhIjK"}' },
    ...more,
  };
}

const refusedTime = {
  code: '100/2804003',
  reason: 'Event time too old: The event is more than seven days old.',
  response: { at: at(-26 * H), status: 400, trace: 'AzErTy', body: '{"error":{"message":"Invalid parameter","type":"OAuthException","code":100,"error_subcode":2804003,"error_user_title":"Event time too old"}}' },
};
const unreached = {
  attempts: 4,
  next_attempt: at(70 * S),
  reason: 'the platform did not answer in time: operation timed out',
  request: request('meta', 'kn-1S1XK5GZ00899-click', 'Contact'),
  response: { at: at(-20 * S), status: null, trace: null, body: 'the platform did not answer in time: operation timed out' },
};
const heldReason = { reason: 'Waits until its destination is repaired: Access token is incorrect or has been revoked.' };
const [META, GOOGLE, TIKTOK] = ['4503599627370496', '4503599627370497', '1'];
const deliveries = isEmpty
  ? []
  : [
      delivery(META, 40 * S, 'click', 'Contact', 'sent'),
      delivery(META, 3 * MIN, 'click', 'Contact', 'pending', unreached),
      delivery(GOOGLE, 12 * MIN, 'click', 'Contact', 'pending', { reason: `Waits until ${at(5.8 * H)}: the platform does not know the click earlier.` }),
      delivery(TIKTOK, 34 * MIN, 'click', 'Contact', 'held', heldReason),
      delivery(META, 48 * MIN, 'won', 'Purchase', 'sent'),
      delivery(TIKTOK, 2 * H, 'click', 'Contact', 'held', heldReason),
      delivery(GOOGLE, 8 * H, 'click', 'Contact', 'sent', { code: null }),
      delivery(META, 9 * H, 'click', 'Contact', 'dropped', { code: 'no_consent', reason: 'the visitor did not consent', attempts: 0, request: null, response: null }),
      delivery(TIKTOK, 20 * H, 'click', 'Contact', 'held', { ...heldReason, attempts: 1 }),
      delivery(META, 26 * H, 'qualified', 'Lead', 'dropped', refusedTime),
      delivery(GOOGLE, 31 * H, 'click', 'Contact', 'confirmed'),
      delivery(GOOGLE, 33 * H, 'click', 'Contact', 'dropped', { reason: 'Google does not count all of it. 1 × CLICK_NOT_FOUND (Google does not know the click)' }),
      delivery(META, 8 * DAY, 'click', 'Contact', 'expired', {
        code: 'too_old',
        reason: `too old for the platform since 2026-11-20 10:00 UTC; it could not be sent before: the platform could not be reached`,
        attempts: 30,
        request: null,
        response: null,
      }),
      ...Array.from({ length: 70 }, (_, n) => delivery(n % 3 ? META : GOOGLE, 40 * H + n * 13 * MIN, 'click', 'Contact', n % 3 ? 'sent' : 'confirmed')),
    ];

function check(platform, settings = {}, credentials) {
  const errors = [];
  const text = (name) => String(settings[name] ?? '');
  const refuse = (field, message) => errors.push({ field, message });
  if (platform === 'meta' && !/^\d{10,20}$/.test(text('dataset_id')))
    refuse('settings.dataset_id', "It is not a data set's ID, which has 15 or 16 digits. Copy it from Events Manager.");
  if (platform === 'google' && !/^\d{10}$/.test(text('account_id')))
    refuse('settings.account_id', 'This is not an account. It has ten digits and stands at the top of Google Ads, such as 123-456-7890.');
  if (credentials && platform !== 'google' && !credentials.access_token) refuse('credentials.access_token', 'It is missing.');
  return errors.slice(0, 1);
}

function repair(destination) {
  for (const waiting of deliveries.filter((other) => other.destination_id === destination.id && other.state === 'held')) {
    Object.assign(waiting, { state: 'sent', reason: null, attempts: 1, settled_at: at(0), next_attempt: null, request: request('', waiting.event_id, waiting.event_name) });
    waiting.response = { at: at(0), status: 200, trace: '20261122ABC', body: '{"code":0,"message":"OK"}' };
  }
  destination.hold = null;
  destination.stats = { ...destination.stats, sent_24h: destination.stats.sent_24h + destination.stats.pending, pending: 0, oldest_due: null, last_sent: at(0) };
}

const tokens = new Map();

const list = (items, { limit = 50, cursor = 0 } = {}) => {
  const [start, end] = [Number(cursor), Number(cursor) + Number(limit)];
  return { items: items.slice(start, end), next_cursor: end < items.length ? String(end) : null };
};

const alerts = () =>
  destinations
    .filter(({ hold }) => hold)
    .map(({ id, name, hold }, n) => ({
      id: String(n + 1),
      kind: 'destination_held',
      message: `${name} is held: ${hold.reason} Nothing is lost; events wait until new credentials are entered.`,
      since: hold.since,
      destination_id: id,
    }));

export const routes = {
  'GET /alerts': () => list(process.env.MOCK ? [] : alerts()),
  'GET /destinations': ({ query }) => (process.env.MOCK === 'broken' ? problem(500, 'Internal Server Error', '') : list(destinations, query)),
  'POST /destinations': ({ body }) => {
    const errors = check(body.platform, body.settings, body.credentials);
    if (errors.length) return invalid(errors);
    const { platform, settings, name, mapping, consent, active } = body;
    const created = destination(String(2 ** 52 + 10 + destinations.length), platform, settings, {
      created_at: at(0),
      name: name ?? NAMES[platform],
      ...(mapping && { mapping }),
      ...(consent && { consent }),
      ...(active === false && { active, state: 'paused' }),
    });
    tokens.set(created.id, JSON.stringify(body.credentials));
    destinations.push(created);
    return [201, created];
  },
  'GET /destinations/:id': ({ params }) => byId(params.id) ?? missing('destination'),
  'PATCH /destinations/:id': ({ params, body }) => {
    const found = byId(params.id);
    if (!found) return missing('destination');
    const errors = check(found.platform, body.settings ?? found.settings, body.credentials);
    if (errors.length) return invalid(errors);
    const { credentials, mapping, name, ...rest } = body;
    const isRepaired =
      credentials || (body.settings && JSON.stringify(body.settings) !== JSON.stringify(found.settings)) || (body.active && found.hold);
    if (isRepaired) repair(found);
    if (credentials) tokens.set(found.id, JSON.stringify(credentials));
    Object.assign(found, rest);
    if (mapping !== undefined) found.mapping = mapping ?? { qualified: 'Lead', won: 'Purchase' };
    if (name !== undefined) found.name = name ?? NAMES[found.platform];
    found.state = found.hold ? 'held' : found.active ? 'active' : 'paused';
    return found;
  },
  'DELETE /destinations/:id': ({ params }) => {
    const found = byId(params.id);
    if (!found) return missing('destination');
    destinations.splice(destinations.indexOf(found), 1);
    return [204];
  },
  'POST /destinations/:id/test': ({ params, body }) => {
    const found = byId(params.id);
    if (!found) return missing('destination');
    const result = (ok, code, message, status, response) => ({ ok, available: true, code, message, request: request('', 'kn-1S1XK5GZ00000-test', 'Contact'), status, response });
    if (found.platform === 'linkedin')
      return {
        ok: false,
        available: false,
        code: null,
        message: 'This platform has no test events: whatever it gets counts. Make a conversion rule there for tests only, connect it as a destination of its own, and click your link; or use the dry run, which sends nothing.',
        request: null,
        status: null,
        response: null,
      };
    if (found.hold || tokens.get(found.id)?.includes('bad') || body?.test_event_code === 'TEST00000')
      return found.platform === 'tiktok'
        ? result(false, '40105', 'Access token is incorrect or has been revoked.', 200, '{"code":40105,"message":"Access token is incorrect or has been revoked.","request_id":"20261122ABC"}')
        : result(false, '190/463', 'Error validating access token: Session has expired.', 400, '{"error":{"message":"Error validating access token: Session has expired.","type":"OAuthException","code":190,"error_subcode":463,"fbtrace_id":"AbC"}}');
    return result(true, null, 'Received.', 200, '{"events_received":1,"messages":[],"fbtrace_id":"AbCdEf"}');
  },
  'POST /destinations/:id/dry-run': ({ params, body }) => {
    const found = byId(params.id);
    if (!found) return missing('destination');
    if (!/^[0-9A-Z]{7}$/i.test(body.lead_id))
      return invalid([{ field: 'lead_id', message: `There is no lead "${body.lead_id}". Send its id or its visitor code.` }]);
    const name = found.mapping[body.event] ?? (body.event === 'click' ? 'Contact' : null);
    if (!name) return { would_send: false, reason: `The destination's mapping has no event for "${body.event}".`, request: null };
    if (body.lead_id.startsWith('9')) return { would_send: false, reason: `The lead never came with a click ID of ${found.platform}.`, request: null };
    return { would_send: true, reason: null, request: request('', 'kn-1S1XK5GZ00000-click', name) };
  },
  'GET /deliveries': ({ query }) => {
    const fits = (wanted, is) => !wanted || wanted === is;
    const found = deliveries.filter(
      (one) =>
        fits(query.destination_id, one.destination_id) &&
        fits(query.state, one.state) &&
        fits(query.event, one.event) &&
        (!query.lead_id || query.lead_id === one.lead_id || query.lead_id === one.lead_code) &&
        (!query.from || one.at >= query.from) &&
        (!query.to || one.at.slice(0, query.to.length) <= query.to),
    );
    const page = list(found, query);
    return Number(query.limit ?? 50) <= 50 ? page : { ...page, items: page.items.map((one) => ({ ...one, request: null, response: null })) };
  },
  'GET /deliveries/:id': ({ params }) => deliveries.find(({ id }) => id === params.id) ?? missing('delivery'),
  'POST /deliveries/:id/replay': ({ params }) => {
    const found = deliveries.find(({ id }) => id === params.id);
    if (!found) return missing('delivery');
    const conflict = (detail) => problem(409, 'Conflict', detail);
    if (found.state === 'pending' || found.state === 'held') return conflict('It is waiting to be sent already. If its destination is held or switched off, repair it or switch it on.');
    if (found.state === 'sent' || found.state === 'confirmed') return conflict('The platform has it already. Sent again, it could count twice.');
    if (found.code === 'no_consent') return conflict('The visitor did not consent to it, so it is not sent.');
    if (found.expires_at <= at(0)) return conflict(`It is too old: since ${found.expires_at} the platform takes it no longer.`);
    return Object.assign(found, { state: 'pending', attempts: 0, code: null, reason: null, settled_at: null, next_attempt: at(0) });
  },
};
