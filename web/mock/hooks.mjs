// Forms, WhatsApp's Cloud API, webhooks, and what comes of merging and importing leads.

const DAY = 86_400_000;
const isEmpty = process.env.MOCK === 'empty';
const at = (ms) => new Date(Date.now() + ms).toISOString();
const list = (items) => ({ items, next_cursor: null });
const missing = (what) => [404, { title: 'Not Found', status: 404, detail: `There is no such ${what}.` }];
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0JVxYQm1fXE=';
let last = 10;

const nothing = { name: null, phone: null, email: null, visitor: null, code: null, consent: null };
const form = (id, name, more) => ({
  id,
  created_at: at(-30 * DAY),
  name,
  url: `https://wa.tokobatik.example/hooks/forms/${'k7Qm2xTz9wLrV4bN'.repeat(2)}`,
  active: true,
  mapping: null,
  mapping_guessed: true,
  has_secret: false,
  redirect: null,
  sample: null,
  received: 0,
  refused: 0,
  last_received_at: null,
  ...more,
});
let forms = isEmpty
  ? []
  : [
      form('1', 'Formulir katalog', {
        mapping: { ...nothing, name: 'Nama lengkap', phone: 'Nomor WhatsApp', visitor: 'konektor_visitor' },
        sample: [
          { path: 'Nama lengkap', label: 'Nama lengkap', value: 'Rina Wulandari' },
          { path: 'Nomor WhatsApp', label: 'Nomor WhatsApp', value: '0812…' },
          { path: 'Ukuran', label: 'Ukuran', value: 'L' },
          { path: 'konektor_visitor', label: 'konektor_visitor', value: 'v1.…' },
        ],
        received: 128,
        refused: 3,
        last_received_at: at(-12 * 60_000),
      }),
      form('2', 'Landing page Lebaran', { has_secret: true }),
      form('3', 'Pameran 2025', { active: false, received: 54, last_received_at: at(-200 * DAY) }),
    ];
const posts = [
  { id: '4', at: at(-12 * 60_000), state: 'done', reason: null, detail: null, remarks: [], lead_id: '1', count: 1 },
  { id: '3', at: at(-3 * 3_600_000), state: 'done', reason: null, detail: null, remarks: ['phone_unusable'], lead_id: '2', count: 1 },
  { id: '2', at: at(-DAY), state: 'repeated', reason: null, detail: null, remarks: [], lead_id: '2', count: 1 },
  { id: '1', at: at(-2 * DAY), state: 'refused', reason: 'unknown_type', detail: 'The body must be JSON.', remarks: [], lead_id: null, count: 3 },
];

let whatsapp = null;
const webhook = (id, url, more) => ({
  id,
  created_at: at(-20 * DAY),
  url,
  events: ['lead.created', 'lead.updated'],
  active: true,
  state: 'ok',
  failing_since: null,
  ...more,
});
let webhooks = isEmpty
  ? []
  : [
      webhook('1', 'https://crm.tokobatik.example/konektor'),
      webhook('2', 'https://hooks.example.com/sheet', { state: 'failing', failing_since: at(-5 * 3_600_000), events: ['click.recorded'] }),
      webhook('3', 'https://old.example.com/in', { state: 'disabled', failing_since: at(-9 * DAY) }),
    ];
let messages = [
  message('4', 'lead.updated', 'pending', [{ at: at(-60_000), status: 500, error: null, duration_ms: 412 }], at(4 * 60_000)),
  message('3', 'lead.created', 'sent', [{ at: at(-3_600_000), status: 200, error: null, duration_ms: 84 }]),
  message('2', 'lead.created', 'failed', [
    { at: at(-2 * DAY), status: null, error: 'The receiver did not answer within 15 seconds.', duration_ms: 15_000 },
    { at: at(-DAY), status: 503, error: 'The receiver answered 503.', duration_ms: 96 },
  ]),
];

function message(id, event, state, attempts, next_attempt_at = null) {
  const payload = { type: event, timestamp: at(-DAY), data: { lead: { id: '1', code: '7QK3M9D', name: 'Rina', status: 'new' } } };
  return { id: `kn-${id}`, event, at: at(-DAY), state, attempts, next_attempt_at, payload };
}

const found = (items, id, what, act) => {
  const item = items.find((other) => other.id === id);
  return item ? act(item) : missing(what);
};

export const routes = {
  'GET /forms': () => list(forms),
  'GET /forms/:id': ({ params }) => found(forms, params.id, 'form', (known) => known),
  'POST /forms': ({ body }) => {
    const made = form(String(++last), body.name, { has_secret: !!body.secret });
    forms.push(made);
    return [201, { ...made, secret: body.secret ? SECRET : null }];
  },
  'PATCH /forms/:id': ({ params, body }) =>
    found(forms, params.id, 'form', (known) => {
      const { secret, mapping, ...rest } = body;
      Object.assign(known, rest, mapping !== undefined && { mapping, mapping_guessed: mapping === null });
      if (secret !== undefined) known.has_secret = !!secret;
      return { ...known, secret: secret ? SECRET : null };
    }),
  'DELETE /forms/:id': ({ params }) => {
    forms = forms.filter(({ id }) => id !== params.id);
    return [204, undefined];
  },
  'GET /forms/:id/submissions': ({ params }) => list(params.id === '1' ? posts : []),
  'GET /whatsapp': () => whatsapp ?? missing('connection'),
  'PUT /whatsapp': ({ body }) =>
    (whatsapp = {
      phone_number_id: body.phone_number_id,
      url: 'https://wa.tokobatik.example/hooks/whatsapp/k7Qm2xTz9wLrV4bN',
      has_app_secret: true,
      has_verify_token: true,
      last_received_at: at(-60_000),
      messages: 12,
      refused: 0,
    }),
  'DELETE /whatsapp': () => {
    whatsapp = null;
    return [204, undefined];
  },
  'GET /webhooks': () => list(webhooks),
  'POST /webhooks': ({ body }) => {
    const made = webhook(String(++last), body.url, { events: body.events });
    webhooks.push(made);
    return [201, { ...made, secret: SECRET }];
  },
  'PATCH /webhooks/:id': ({ params, body }) =>
    found(webhooks, params.id, 'webhook', (known) => Object.assign(known, body, body.active && { state: 'ok', failing_since: null })),
  'DELETE /webhooks/:id': ({ params }) => {
    webhooks = webhooks.filter(({ id }) => id !== params.id);
    return [204, undefined];
  },
  'POST /webhooks/:id/test': () => {
    const sent = message(String(++last), 'webhook.test', 'sent', [{ at: at(0), status: 200, error: null, duration_ms: 61 }]);
    messages = [sent, ...messages];
    return sent;
  },
  'GET /webhooks/:id/messages': () => list(messages),
  'POST /webhooks/:id/messages/:message/replay': ({ params }) =>
    found(messages, params.message, 'message', (known) => Object.assign(known, { state: 'pending', next_attempt_at: at(0) })),
  'POST /leads/:id/link': () => ({ url: 'https://wa.tokobatik.example/l/34359738369.3.1787018400.1.w2F0Vq6mT0m3', expires_at: at(DAY) }),
  'POST /leads/import': () => ({
    columns: [{ heading: 'name', field: 'name' }, { heading: 'Ukuran', field: null }],
    rows: [
      { line: 2, action: 'create', lead_id: null, code: null, changes: ['name'], reason: null },
      { line: 3, action: 'refuse', lead_id: null, code: null, changes: [], reason: 'The phone number 08 is too short.' },
    ],
  }),
};
