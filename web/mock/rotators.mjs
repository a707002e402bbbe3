// Rotators: what is saved, and what the editor asks while somebody types. `MOCK=empty` has none.

import { agents, rotators } from './basic.mjs';

const DEFAULT_MESSAGE = "Hi {agent}, I'm interested. [{code}]";
const BASE = 'https://wa.tokobatik.example/wa/';
const VARIABLES = ['code', 'agent', 'rotator', 'first_name', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'platform'];

const [promo, toko] = rotators;
Object.assign(promo, { name: 'Promo Batik Tulis', links: [`${BASE}promo`, 'https://go.konektor.example/wa/promo'] });
Object.assign(toko, {
  name: 'Toko, lewat Google Ads',
  mode: 'page',
  message: 'Halo {agent}, saya dari halaman *Toko Batik*. Kode saya [{code}]',
  agents: [{ agent_id: '2', weight: 1 }, { agent_id: '1', weight: 1 }, { agent_id: '3', weight: 0 }],
  fallback: '6281200009999',
  page: {
    brand: 'Toko Batik',
    title: 'Batik tulis langsung dari pengrajin',
    text: 'Tanya motif, ukuran, dan harga. Kami balas dalam beberapa menit.',
    button: 'Chat di WhatsApp',
    logo_url: null,
    form: { fields: [{ name: 'name', label: 'Nama', type: 'text', required: true }], consent: null },
  },
});
rotators.push({
  ...promo,
  id: '3',
  slug: 'bio-instagram',
  name: 'Bio Instagram',
  message: 'Halo, saya lihat dari Instagram.',
  agents: [],
  page: null,
  links: [`${BASE}bio-instagram`],
});
if (process.env.MOCK === 'empty') rotators.length = 0;

const missing = [404, { title: 'Not Found', status: 404, detail: 'There is no such rotator.' }];
const find = (id) => rotators.find((rotator) => rotator.id === id);
const agentOf = (id) => agents.find((agent) => agent.id === id);

/** Why somebody gets no turn now, or null. */
function absent({ agent_id, weight }) {
  const agent = agentOf(agent_id);
  if (weight === 0) return 'no_weight';
  if (!agent?.active) return 'off';
  if (agent.paused_until && Date.parse(agent.paused_until) > Date.now()) return 'paused';
  const parts = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone: agent.time_zone ?? 'Asia/Jakarta' }).format(Date.now());
  const [day, time] = [parts.slice(0, 3).toLowerCase(), parts.slice(-5)];
  const isOn = !agent.hours || agent.hours.some(({ days, from, to }) => days.includes(day) && from <= time && time < to);
  return isOn ? null : 'outside_hours';
}

/** Smooth weighted round robin from zero. */
function nextTurns(members) {
  const state = members.map(({ agent_id, weight }) => ({ agent_id, weight, credit: 0 }));
  const sum = state.reduce((all, { weight }) => all + weight, 0);
  return Array.from({ length: state.length ? 20 : 0 }, () => {
    for (const one of state) one.credit += one.weight;
    const best = state.reduce((most, one) => (one.credit > most.credit ? one : most));
    best.credit -= sum;
    return { agent_id: best.agent_id };
  });
}

function messageProblem(message) {
  const unknown = [...message.matchAll(/\{\{|\}\}|\{([^{}\n]*)\}/g)].find(([, name]) => name !== undefined && !VARIABLES.includes(name));
  if (unknown) return `The message mentions ${unknown[0]}, which does not exist. Known are: ${VARIABLES.map((name) => `{${name}}`).join(', ')}.`;
  if ([...message].length > 1000) return `The message has ${[...message].length} characters; at most 1000 are possible. Shorten it.`;
  return null;
}

function rendered(message, agent, rotator) {
  const facts = { code: '7QK3M9D', agent, rotator };
  return message.replace(/ ?\{(\w+)\}/g, (found, name) => {
    const value = facts[name];
    return value ? `${found.startsWith(' ') ? ' ' : ''}${value}` : '';
  });
}

const warning = (kind, message, more = {}) => ({ kind, message, agent_id: null, at: null, count: null, ...more });

function warningsOf({ id, slug, message, agents: members, fallback }) {
  const found = [];
  const closed = fallback ? 'every visitor goes to the fallback' : 'every visitor is told that you are closed';
  if (slug && rotators.some((other) => other.slug === slug && other.id !== id)) found.push(warning('slug_taken', `The slug "${slug}" is already in use.`));
  if (messageProblem(message)?.includes('exist')) found.push(warning('unknown_variable', messageProblem(message)));
  if (!message.includes('{code}')) found.push(warning('no_code', 'The message does not contain {code}, so a chat cannot be matched to its lead.'));
  if (!members.length) found.push(warning('no_agents', `No agent is named, so ${closed}.`));
  else if (members.every(({ weight }) => weight === 0)) found.push(warning('no_weight', 'All weights are 0, so nobody gets new leads.'));
  else if (members.every(({ agent_id, weight }) => !weight || !agentOf(agent_id).active)) found.push(warning('all_off', `All agents with a weight are switched off, so ${closed}.`));
  return found;
}

const shown = (rotator) => ({ ...rotator, warnings: warningsOf(rotator).map(({ message }) => message) });

/** What is wrong with a body, field by field. */
function refused(body, id) {
  const errors = [];
  const add = (field, message) => errors.push({ field, message });
  if ('slug' in body && !/^[a-z0-9-]{1,64}$/.test(body.slug.trim().toLowerCase())) add('slug', 'The slug has 1 to 64 letters (a-z), digits and hyphens, such as promo-lebaran.');
  if ('message' in body && messageProblem(body.message)) add('message', messageProblem(body.message));
  if (body.fallback?.startsWith('http') && !/^https:\/\/(wa\.me|wa\.tokobatik\.example)\//.test(body.fallback)) add('fallback', `Visitors may not be sent to ${body.fallback.split('/')[2]}. Add it to the workspace's hosts, or ask whoever runs the server to name it in fallback_hosts. wa.me and api.whatsapp.com are always possible.`);
  else if (body.fallback && !/^(https:|\+?[\d -]{8,})/.test(body.fallback)) add('fallback', 'This is no phone number.');
  if (body.page?.logo_url && !body.page.logo_url.startsWith('https://')) add('page.logo_url', "Write the picture's address like https://www.brand.com/logo.png.");
  if (errors.length) return [422, { title: 'Unprocessable Entity', status: 422, detail: 'Something cannot be used as it is.', errors }];
  const slug = body.slug?.toLowerCase();
  const isTaken = rotators.some((rotator) => rotator.slug === slug && rotator.id !== id);
  return isTaken ? [409, { title: 'Conflict', status: 409, detail: `The slug "${slug}" is already in use. Choose another.` }] : null;
}

function stored(rotator, body) {
  const fallback = body.fallback && !body.fallback.startsWith('http') ? body.fallback.replace(/\D/g, '').replace(/^0/, '62') : body.fallback;
  Object.assign(rotator, body, 'fallback' in body ? { fallback } : {});
  rotator.links = [`${BASE}${rotator.slug}`];
  return shown(rotator);
}

export const routes = {
  'GET /rotators': () => ({ items: rotators.map(shown), next_cursor: null }),
  'POST /rotators': ({ body }) => {
    const wrong = refused(body);
    if (wrong) return wrong;
    const rotator = { id: String(Date.now()), created_at: new Date().toISOString(), mode: 'redirect', message: DEFAULT_MESSAGE, target: 'wa.me', fallback: null, agents: [], page: null };
    rotators.push(rotator);
    return [201, stored(rotator, { name: body.slug, ...body })];
  },
  'POST /rotators/preview': ({ body }) => {
    const saved = find(body.rotator_id) ?? { message: DEFAULT_MESSAGE, fallback: null };
    const draft = { id: body.rotator_id, ...saved, ...body };
    const shares = body.agents.map((share) => ({ ...share, eligible: !absent(share), reason: absent(share) }));
    const eligible = shares.filter((share) => share.eligible);
    const sum = eligible.reduce((all, { weight }) => all + weight, 0);
    const next = nextTurns(eligible);
    const problem = messageProblem(draft.message);
    const first = agentOf(next[0]?.agent_id ?? body.agents[0]?.agent_id)?.name ?? 'Agent';
    const message = problem ? null : rendered(draft.message, first, draft.name ?? draft.slug ?? '');
    const warnings = warningsOf(draft);
    if (eligible.length && !eligible.some(({ agent_id }) => !agentOf(agent_id).hours)) warnings.push(warning('nobody_on_duty_later', 'Nobody is on duty from Sat 17:00 until Mon 08:00. New visitors then go to agents who are off duty.', { at: new Date(Date.now() + 20 * 3_600_000).toISOString() }));
    if (body.agents.length && !eligible.length) warnings.push(warning('ad_clicks_while_closed', 'Nobody can take new leads now, but 37 clicks came through ad platforms since yesterday.', { count: 37 }));
    return {
      message,
      message_problem: problem,
      location: message && `https://wa.me/6281200000001?text=${encodeURIComponent(message)}`,
      next,
      shares: shares.map((share) => ({ ...share, share: share.eligible ? share.weight / sum : 0 })),
      warnings,
    };
  },
  'GET /rotators/:id': ({ params }) => (find(params.id) ? shown(find(params.id)) : missing),
  'PATCH /rotators/:id': ({ params, body }) => {
    const rotator = find(params.id);
    return rotator ? (refused(body, params.id) ?? stored(rotator, body)) : missing;
  },
  'DELETE /rotators/:id': ({ params }) => (find(params.id) ? (rotators.splice(rotators.indexOf(find(params.id)), 1), [204]) : missing),
  'POST /rotators/:id/test-link': ({ params }) =>
    find(params.id)
      ? { url: `${BASE}${find(params.id).slug}?test=Zk3vT9x0mQ`, expires_at: new Date(Date.now() + 3_600_000).toISOString() }
      : missing,
};
