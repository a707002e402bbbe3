// Leads that come, change and are clicked.

const S = 1000;
const MIN = 60 * S;
const H = 60 * MIN;
const DAY = 24 * H;
const ago = (ms) => new Date(Date.now() - ms).toISOString();

const touch = (platform, utm = {}, more = {}) => ({
  layer: platform ? 'click_id' : Object.keys(utm).length ? 'utm' : 'direct',
  platform,
  click_ids: platform === 'google' ? { gclid: 'Cj0KCQiA5rGuBhCnARIsAN11vgQ_wcB' } : platform ? { fbclid: 'IwAR2xample' } : {},
  utm,
  referrer: null,
  ...more,
});

let last = 100;
function lead(code, name, at, platform, utm, agent, status, tracking, clicks, more = {}) {
  const id = String(++last);
  return {
    id,
    code,
    name: name ?? `Visitor [${code}]`,
    name_source: name ? 'manual' : 'auto',
    status,
    phone: null,
    email: null,
    agent_id: agent,
    rotator_id: '1',
    value: null,
    currency: null,
    notes: null,
    click_count: clicks,
    first_touch: touch(platform, utm),
    last_touch: touch(platform, utm),
    first_seen: ago(clicks > 1 ? at + 8 * DAY : at),
    last_seen: ago(at),
    ip: '203.0.113.7',
    country: 'ID',
    region: 'Yogyakarta',
    city: 'Sleman',
    time_zone: 'Asia/Jakarta',
    language: 'id-ID,id;q=0.9',
    device: 'Samsung SM-A155F',
    os: 'Android 14',
    browser: 'Chrome 142',
    in_app: 'instagram',
    tracking_status: tracking,
    flags: [],
    ...more,
  };
}

const meta = { source: 'facebook', campaign: 'promo-november', content: 'story' };
const google = { source: 'google', campaign: 'batik-tulis', medium: 'cpc' };
const leads =
  process.env.MOCK === 'empty'
    ? []
    : [
        lead('7QK3M9D', null, 12 * S, 'meta', meta, '1', 'new', 'pending', 1),
        lead('1VT8R2K', 'Sample Customer 1', 4 * MIN, 'google', google, '2', 'responded', 'synced', 3, { phone: '6281200004410' }),
        lead('2HX8T4B', null, 9 * MIN, 'tiktok', { campaign: 'ramadan-video' }, '3', 'new', 'held', 1),
        lead('9T2M4KX', 'Sample Customer 2', 21 * MIN, 'google', google, '1', 'hot', 'synced', 5, {
          phone: '6285700001208',
          last_touch: touch(null, { source: 'instagram', medium: 'bio' }),
          notes: 'Wants three metres of Parang, asks for a price by Friday.',
        }),
        lead('9M0ZP5W', null, 34 * MIN, null, { source: 'instagram', medium: 'bio' }, '2', 'new', 'none', 2),
        lead('K3S81QA', 'Sample Customer 3', 1.1 * H, 'meta', { ...meta, content: 'feed' }, '3', 'won', 'synced', 4, {
          phone: '6281300007725',
          value: 1250000,
          currency: 'IDR',
        }),
        lead('PX40ZWN', 'Sample Customer 4', 2 * H, 'linkedin', { campaign: 'seragam-kantor' }, '1', 'qualified', 'partial', 2, {
          phone: '6282100000093',
        }),
        lead('C4R6N1J', null, 3 * H, null, {}, '2', 'new', 'none', 1, { rotator_id: '2' }),
        lead('QJ7D2TE', 'Sample Customer 5', 5 * H, 'meta', { ...meta, content: 'feed' }, '3', 'lost', 'failed', 1, {
          phone: '6287800005561',
        }),
        ...Array.from({ length: 120 }, (_, at) =>
          lead(`A${String(100000 + at)}`, null, 6 * H + at * 47 * MIN, at % 3 ? 'google' : 'meta', google, String((at % 3) + 1), 'new', 'synced', 1),
        ),
      ];

function matches(lead, { status, agent_id, rotator_id, platform, tracking_status, q, from, to }) {
  const text = q?.toLowerCase();
  const has = [lead.name, lead.phone, lead.code].some((value) => value && (text?.includes(value.toLowerCase()) || value.toLowerCase().includes(text)));
  return (
    (!status || lead.status === status) &&
    (!agent_id || lead.agent_id === agent_id) &&
    (!rotator_id || lead.rotator_id === rotator_id) &&
    (!platform || lead.first_touch.platform === platform) &&
    (!tracking_status || lead.tracking_status === tracking_status) &&
    (!from || lead.first_seen >= from) &&
    (!to || lead.first_seen <= `${to}T23`) &&
    (!text || has)
  );
}

const changes = new Map();
const find = (id) => leads.find((lead) => lead.id === id || lead.code === id);

function change(lead, body) {
  for (const [field, value] of Object.entries(body)) {
    const list = changes.get(lead.id) ?? [];
    list.unshift({ kind: 'change', at: new Date().toISOString(), field, old: lead[field] ?? null, new: value, by: 'user:1' });
    changes.set(lead.id, list);
  }
  Object.assign(lead, body, 'name' in body ? { name_source: 'manual' } : {});
  say('lead.updated', lead.id);
  return lead;
}

function timeline(lead) {
  const click = (at, more) => ({
    kind: 'click',
    at: ago(at),
    agent_id: lead.agent_id,
    rotator_id: lead.rotator_id,
    ip: lead.ip,
    browser: lead.browser,
    device: lead.device,
    in_app: lead.in_app,
    duplicate: false,
    new: false,
    touch: lead.last_touch,
    recognised_by: 'cookie',
    why: 'owner',
    reason: 'Recognised by the cookie. Went to Agent A, who has this lead.',
    ...more,
  });
  const delivery = (at, more) => ({
    kind: 'delivery',
    at: ago(at),
    delivery_id: '812',
    destination_id: '1',
    platform: lead.first_touch.platform ?? 'google',
    event: 'click',
    event_name: 'Contact',
    event_id: 'kn-1S1XK5GZ00000-click',
    state: 'confirmed',
    settled_at: ago(at - 31 * MIN),
    code: null,
    reason: null,
    ...more,
  });
  return [
    ...(changes.get(lead.id) ?? []),
    ...(lead.click_count > 1 ? [click(21 * MIN)] : []),
    { kind: 'change', at: ago(2 * H), field: 'status', old: 'qualified', new: 'hot', by: 'user:2' },
    delivery(26 * H, { event: 'qualified', event_name: 'Lead', state: 'sent', settled_at: ago(26 * H - 2 * S) }),
    { kind: 'change', at: ago(27 * H), field: 'name', old: null, new: 'Sample Customer 2', by: 'form:1' },
    delivery(8 * DAY, lead.tracking_status === 'held' ? { state: 'held', settled_at: null, reason: 'The access token was refused. Paste a new one.' } : {}),
    click(8 * DAY, { recognised_by: 'new', why: 'turn', new: true, touch: lead.first_touch, reason: '' }),
  ];
}

// Server-sent events, and a lead that comes when one asks for it: `curl -X POST localhost:8099/api/v1/mock/lead`.
const listeners = new Set();

export function live(request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': hello\n\n');
  listeners.add(response);
  request.on('close', () => listeners.delete(response));
}

function say(event, id) {
  for (const listener of listeners) listener.write(`event: ${event}\ndata: ${JSON.stringify({ ids: [id] })}\n\n`);
}

export const routes = {
  'GET /leads': ({ query }) => {
    const found = leads.filter((lead) => matches(lead, query));
    const start = Number(query.cursor ?? 0);
    const end = start + Number(query.limit ?? 50);
    return { items: found.slice(start, end), next_cursor: end < found.length ? String(end) : null };
  },
  'POST /leads/bulk': ({ body }) => {
    for (const id of body.ids) change(find(id), { status: body.status });
    return [204];
  },
  'GET /leads/:id': ({ params }) => find(params.id) ?? [404, { title: 'Not Found', detail: 'There is no such lead.' }],
  'PATCH /leads/:id': ({ params, body }) => change(find(params.id), body),
  'DELETE /leads/:id': ({ params }) => (leads.splice(leads.indexOf(find(params.id)), 1), [204]),
  'GET /leads/:id/timeline': ({ params }) => ({ items: timeline(find(params.id)), next_cursor: null }),
  'POST /mock/lead': () => {
    const code = `N${String(Math.random()).slice(2, 8)}`;
    leads.unshift(lead(code, null, 0, 'meta', meta, '1', 'new', 'pending', 1));
    say('lead.created', leads[0].id);
    return leads[0];
  },
};
