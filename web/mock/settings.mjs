// The workspace, its people, hosts and keys, and the sessions of whoever is signed in.

import { agents, routes as basic } from './basic.mjs';

const DAY = 86_400_000;
const isEmpty = process.env.MOCK === 'empty';
const at = (ms) => new Date(Date.now() + ms).toISOString();
const list = (items) => ({ items, next_cursor: null });
const invalid = (field, message) => [422, { title: 'Unprocessable Content', status: 422, detail: message, errors: [{ field, message }] }];
const conflict = (detail) => [409, { title: 'Conflict', status: 409, detail }];
const missing = (what) => [404, { title: 'Not Found', status: 404, detail: `There is no such ${what}.` }];
let last = 100;

const workspace = {
  id: '1',
  name: 'Toko Batik',
  country: 'ID',
  time_zone: 'Asia/Jakarta',
  currency: 'IDR',
  privacy_mode: 'off',
};

let users = [
  { id: '1', email: 'owner@example.com', role: 'owner', agent_id: null, state: 'active' },
  { id: '2', email: 'budi.santoso@tokobatik.example', role: 'admin', agent_id: null, state: 'active' },
  { id: '3', email: 'ayu@tokobatik.example', role: 'agent', agent_id: '1', state: 'active' },
  { id: '4', email: 'seseorang.dengan.nama.yang.panjang.sekali@tokobatik.example', role: 'agent', agent_id: '2', state: 'invited' },
];
let hosts = ['wa.tokobatik.example', 'promo.tokobatik.example'];
let keys = [
  { id: '1', name: 'Sheet export', scopes: ['read'], created_at: at(-40 * DAY), expires_at: null },
  { id: '2', name: 'Old integration', scopes: ['read', 'write'], created_at: at(-200 * DAY), expires_at: at(-20 * DAY) },
  { id: '3', name: 'Website form', scopes: ['write'], created_at: at(-3 * DAY), expires_at: at(87 * DAY) },
];
let sessions = [
  session('9', true, 0, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'),
  session('7', false, -5 * 3_600_000, 'Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36'),
  session('4', false, -12 * DAY, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'),
];
if (isEmpty) {
  users = users.slice(0, 1);
  hosts = [];
  keys = [];
  sessions = sessions.slice(0, 1);
}

function session(id, current, seen, user_agent) {
  return { id, current, created_at: at(seen - DAY), seen_at: at(seen), expires_at: at(30 * DAY), user_agent, ip: '203.0.113.7' };
}

const lastOwner = (user) => user.role === 'owner' && users.filter(({ role, state }) => role === 'owner' && state === 'active').length === 1;
const ONLY_OWNER = 'This is the only owner, and a workspace needs one. Make somebody else an owner first.';

let digest = {
  frequency: isEmpty ? 'off' : 'daily',
  hour: 7,
  weekday: 'mon',
  next_at: isEmpty ? null : at(9 * 3_600_000),
  recipients: [
    { user_id: '1', email: 'owner@example.com', chosen: !isEmpty, off: false },
    { user_id: '2', email: 'budi.santoso@tokobatik.example', chosen: false, off: true },
  ],
  mail_ready: true,
  mail_from: 'Konektor <konektor@tokobatik.example>',
  webhooks: 0,
  latest: isEmpty
    ? []
    : [
        { kind: 'digest', email: 'owner@example.com', at: at(-15 * 3_600_000), state: 'sent', reason: null },
        { kind: 'reminder', email: 'ayu@tokobatik.example', at: at(-20 * 3_600_000), state: 'failed', reason: '550 5.1.1 nobody of this name here' },
      ],
};
let reminders = { remind_minutes: 15, hand_over_minutes: null, by_mail: true, mail_ready: true };

export const routes = {
  'GET /digest': () => digest,
  'PATCH /digest': ({ body }) => {
    const { recipients, ...rest } = body;
    digest = { ...digest, ...rest, next_at: (rest.frequency ?? digest.frequency) === 'off' ? null : at(9 * 3_600_000) };
    if (recipients) digest.recipients = digest.recipients.map((one) => ({ ...one, chosen: recipients.includes(one.user_id) }));
    return digest;
  },
  'POST /digest/test': () => ({ email: 'owner@example.com' }),
  'GET /reminders': () => reminders,
  'PATCH /reminders': ({ body }) =>
    body.hand_over_minutes && body.hand_over_minutes <= body.remind_minutes
      ? invalid('hand_over_minutes', 'Give the agent some time after the reminder.')
      : (reminders = { ...reminders, ...body }),
  'GET /workspace': () => workspace,
  'PATCH /workspace': ({ body }) =>
    body.name === '' ? invalid('name', 'The name is empty.') : Object.assign(workspace, body, body.currency === null ? { currency: 'IDR' } : {}),
  'PATCH /me': ({ body }) => {
    if (body.password && body.current_password === 'wrong') {
      return invalid('current_password', 'This is not the password that you have.');
    }
    if (body.password) sessions = sessions.filter(({ current }) => current);
    return basic['PATCH /me']({ body: 'language' in body ? { language: body.language } : {} });
  },
  'GET /users': () => list(users),
  'POST /users': ({ body }) => {
    const known = users.find(({ email }) => email === body.email.trim().toLowerCase());
    if (known?.state === 'active') return conflict(`The user ${known.email} is already in use. Choose another.`);
    if (!body.email.includes('@')) return invalid('email', `"${body.email}" is not an e-mail address.`);
    if (body.agent_id && !agents.some(({ id }) => id === body.agent_id)) return invalid('agent_id', `There is no agent "${body.agent_id}".`);
    const user = Object.assign(known ?? { id: String(++last) }, {
      email: body.email.trim().toLowerCase(),
      role: body.role,
      agent_id: body.agent_id ?? null,
      state: 'invited',
    });
    if (!known) users.push(user);
    return [201, { ...user, invite_url: 'http://localhost:5311/#/invite/Zk3tq8bq0XvJ5mYwYp1sHc2uRdLfNeGa7TiOxK4VbQM', invite_expires_at: at(7 * DAY) }];
  },
  'PATCH /users/:id': ({ params, body }) => {
    const user = users.find(({ id }) => id === params.id);
    if (!user) return missing('user');
    if (body.role && body.role !== 'owner' && lastOwner(user)) return conflict(ONLY_OWNER);
    return Object.assign(user, body);
  },
  'DELETE /users/:id': ({ params }) => {
    const user = users.find(({ id }) => id === params.id);
    if (!user) return missing('user');
    if (lastOwner(user)) return conflict(ONLY_OWNER);
    users = users.filter((other) => other !== user);
    return [204];
  },
  'GET /hosts': () => list([...hosts].sort().map((host) => ({ host }))),
  'POST /hosts': ({ body }) => {
    const host = body.host.trim().toLowerCase();
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host)) return invalid('host', 'write a host name such as wa.brand.com, without https:// and without a path');
    if (!hosts.includes(host)) hosts.push(host);
    return [201, { host }];
  },
  'DELETE /hosts/:host': ({ params }) => {
    if (!hosts.includes(params.host)) return missing('host');
    hosts = hosts.filter((host) => host !== params.host);
    return [204];
  },
  'GET /keys': () => list(keys),
  'POST /keys': ({ body }) => {
    const about = { id: String(++last), name: body.name, scopes: body.scopes, created_at: at(0), expires_at: body.expires_at ?? null };
    keys.push(about);
    return [201, { ...about, key: 'kn_7Q3kM9dXv2Hs8T4bW1nRzLpYc6FjUe0AoKiGtDqSm5B' }];
  },
  'DELETE /keys/:id': ({ params }) => {
    if (!keys.some(({ id }) => id === params.id)) return missing('key');
    keys = keys.filter(({ id }) => id !== params.id);
    return [204];
  },
  'GET /sessions': () => list(sessions),
  'DELETE /sessions': () => ((sessions = sessions.filter(({ current }) => current)), [204]),
  'DELETE /sessions/:id': ({ params }) => {
    if (!sessions.some(({ id }) => id === params.id)) return missing('session');
    sessions = sessions.filter(({ id }) => id !== params.id);
    return [204];
  },
};
