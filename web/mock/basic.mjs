// Who is signed in, agents, rotators, alerts.

const isAgent = process.env.MOCK === 'agent';
let state = process.env.MOCK === 'setup' ? 'setup' : process.env.MOCK === 'out' ? 'out' : 'in';
const denied = [401, { title: 'Unauthorized', status: 401, detail: 'Nobody is signed in.' }];

const workspace = { id: '1', name: 'Toko Batik', country: 'ID', time_zone: 'Asia/Jakarta', currency: 'IDR' };
const role = isAgent ? 'agent' : 'owner';
const me = {
  user: { id: '1', email: 'owner@example.com', language: null },
  role,
  workspace_id: '1',
  workspace,
  agent_id: isAgent ? '1' : null,
  mails: { digest_off: false, reminders_off: false },
  degraded_since: process.env.MOCK === 'degraded' ? new Date(Date.now() - 600_000).toISOString() : null,
  workspaces: [
    { id: '1', name: 'Toko Batik', role },
    { id: '2', name: 'Toko Kopi', role },
  ],
};

const agent = (id, name, phone, more) => ({
  id,
  name,
  phone,
  created_at: '2026-10-01T02:00:00.000Z',
  active: true,
  paused_until: null,
  hours: null,
  time_zone: null,
  daily_cap: null,
  ...more,
});

export const agents = [
  agent('1', 'Agent A', '6281200000001', {
    hours: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '08:00', to: '17:00' }],
  }),
  agent('2', 'Agent B', '6281200000002'),
  agent('3', 'Agent C', '6281200000003', { daily_cap: 40 }),
];

export const rotators = ['promo', 'toko'].map((slug, at) => ({
  id: String(at + 1),
  created_at: '2026-10-01T02:00:00.000Z',
  slug,
  name: slug,
  mode: 'redirect',
  message: 'Halo {agent}, saya mau tanya promo batik tulis. Kode saya [{code}]',
  target: 'wa.me',
  fallback: null,
  agents: [
    { agent_id: '1', weight: 50 },
    { agent_id: '2', weight: 30 },
    { agent_id: '3', weight: 20 },
  ],
  learning: null,
  page: null,
  links: [`https://wa.tokobatik.example/wa/${slug}`],
  warnings: [],
}));

const list = (items) => ({ items, next_cursor: null });

export const routes = {
  'GET /setup': () => ({ needed: state === 'setup' }),
  'POST /setup': () => ((state = 'in'), [204]),
  'POST /session': ({ body }) =>
    body.password === 'wrong' ? [401, { title: 'Unauthorized', detail: 'No.' }] : ((state = 'in'), [204]),
  'POST /me/workspace': () => me,
  'PATCH /me': ({ body }) => (Object.assign(me.user, body), me),
  'DELETE /session': () => ((state = 'out'), [204]),
  'POST /invitations/:token': () => ((state = 'in'), [204]),
  'GET /me': () => (state === 'in' ? me : denied),
  'GET /agents': () => list(agents),
  'GET /agents/:id': ({ params }) => agents.find(({ id }) => id === params.id),
  'PATCH /agents/:id': ({ params, body }) =>
    Object.assign(
      agents.find(({ id }) => id === params.id),
      body,
    ),
  'GET /rotators': () => list(rotators),
  'GET /destinations': () => list([{ id: '1', platform: 'tiktok', active: true, state: 'held' }]),
  'GET /alerts': () =>
    list(
      process.env.MOCK
        ? []
        : [
            {
              id: '1',
              kind: 'destination_held',
              message: 'The access token was refused. Paste a new one within 6 days.',
              since: new Date(Date.now() - 3_600_000).toISOString(),
              destination_id: '1',
            },
          ],
    ),
};
