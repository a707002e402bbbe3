// Agents: added, changed, removed. `MOCK=staff` adds one of every kind, `MOCK=empty` takes all away.

import { agents, rotators } from './basic.mjs';

const HOUR = 3_600_000;
const { MOCK } = process.env;
let last = 100;

const blank = { active: true, paused_until: null, hours: null, time_zone: null, daily_cap: null };
const made = (fields) => ({ id: String(++last), created_at: new Date().toISOString(), ...blank, ...fields });
const place = (id, weight) => rotators[0].agents.push({ agent_id: id, weight });

if (MOCK === 'empty') agents.splice(0);
if (MOCK === 'staff') {
  const add = (fields, weight) => {
    agents.push(made(fields));
    if (weight !== undefined) place(agents.at(-1).id, weight);
  };
  add({ name: 'Dewi Lestari', phone: '6281200000004', paused_until: new Date(Date.now() + HOUR).toISOString() }, 20);
  add({ name: 'Eko Prasetyo', phone: '6281200000005', active: false }, 10);
  add({ name: 'Fitri Handayani Kusumawardhani', phone: '6281200000006', daily_cap: 4 }, 10);
  add({ name: 'Gilang', phone: '6591234567' });
  add(
    {
      name: 'Hana',
      phone: '6281200000008',
      time_zone: 'Asia/Makassar',
      hours: [
        { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '12:00' },
        { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '13:30', to: '17:00' },
        { days: ['sat'], from: '22:00', to: '02:00' },
      ],
    },
    10,
  );
  add({ name: 'Indra', phone: '6281200000009' }, 0);
  add({ name: 'Joko', phone: '6281200000010', hours: [] }, 5);
}

const find = (id) => agents.find((agent) => agent.id === id);
const missing = [404, { title: 'Not Found', status: 404, detail: 'There is no such agent.' }];
const invalid = (errors) => [422, { title: 'Unprocessable Content', status: 422, detail: errors[0].message, errors }];

/** Digits of E.164, for Indonesia at least. */
function digits(text) {
  const bare = text.replace(/\D/g, '');
  return bare.startsWith('0') ? `62${bare.slice(1)}` : bare;
}

function checked(body) {
  if (body.phone === undefined) return [body, []];
  const phone = digits(body.phone);
  const message =
    'The phone number is too short for ID (+62): 7 digits, numbers there have at least 8. Check for missing digits, or start with + and the country code.';
  return [{ ...body, phone }, phone.length < 10 ? [{ field: 'phone', message }] : []];
}

const day = (ms) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Jakarta' }).format(ms);

export const routes = {
  'POST /agents': ({ body }) => {
    const [fields, errors] = checked(body);
    if (errors.length) return invalid(errors);
    agents.push(made(fields));
    return [201, agents.at(-1)];
  },
  'GET /agents/:id': ({ params }) => find(params.id) ?? missing,
  'PATCH /agents/:id': ({ params, body }) => {
    const [fields, errors] = checked(body);
    if (errors.length) return invalid(errors);
    return find(params.id) ? Object.assign(find(params.id), fields) : missing;
  },
  'DELETE /agents/:id': ({ params }) => {
    if (!find(params.id)) return missing;
    agents.splice(agents.indexOf(find(params.id)), 1);
    return [204];
  },
};

// Of today only, and so that one of them is full.
if (MOCK === 'staff') {
  routes['GET /reports/rotation'] = ({ query }) => {
    const rows = rotators.flatMap((rotator, at) =>
      rotator.agents.map(({ agent_id, weight }) => {
        const due = Math.round((weight * (at ? 13 : 54) * 1e6) / 130) / 1e6;
        const given = Math.round(due);
        const agent = find(agent_id)?.name ?? null;
        return { rotator_id: rotator.id, agent_id, agent, day: day(Date.now()), given, due, deviation: given - due };
      }),
    );
    const totals = rows.map(({ day: _, ...row }) => ({ ...row, within_bound: Math.abs(row.deviation) < 1 }));
    return { from: query.from, to: query.to, rows, totals };
  };
}
