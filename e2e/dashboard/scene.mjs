// A workspace in which everything that the pages can show is there: made by the binary's own demo, then lived in.

import assert from 'node:assert/strict';
import { eventually } from '../eventually.mjs';
import { get } from '../get.mjs';
import { startDemo } from '../konektor.mjs';
import { destination, EXPIRED, startMeta } from './meta.mjs';
import { signIn } from './screens.mjs';

const PHONE =
  'Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36';
const TOOLS = [
  'curl/8.5.0',
  'facebookexternalhit/1.1',
  'Mozilla/5.0 (compatible; Googlebot/2.1)',
  'WhatsApp/2.23.20.0',
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36 TokoBot/2.1',
];
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'];

/** People who have been talked to, newest lead first; the rest stay as they came. */
const PEOPLE = [
  { name: 'Bu Sari Wijaya', phone: '0813 1111 2201', status: 'contacted', notes: 'Butuh 20 dus sebelum Lebaran.' },
  { name: 'Pak Hendra', phone: '0813 1111 2202', status: 'responded' },
  { name: 'Maya Putri', email: 'maya@example.com', status: 'qualified' },
  { name: 'Toko Sinar Jaya', phone: '0813 1111 2204', status: 'won', value: 2_450_000, currency: 'IDR' },
  { name: 'Rizky Pratama', status: 'hot' },
  { name: 'Ibu Lestari', phone: '0813 1111 2206', status: 'proposal' },
  { name: 'Andi', status: 'lost' },
  { name: 'CV Maju Bersama', phone: '0813 1111 2208', status: 'won', value: 8_900_000, currency: 'IDR' },
  { name: 'Dina', status: 'negotiation' },
];

/** And what became of those before them, in shares that a funnel has. */
const REST = { contacted: 24, responded: 18, qualified: 12, hot: 5, proposal: 4, invoice: 2, lost: 6 };

/**
 * Starts it, until the test ends. `dress` is done to every text that somebody from outside, or a careless colleague,
 * could have chosen. `token` is what Meta's destination has: with an expired one, its events wait.
 */
export async function startScene(t, { leads = 40, dress = (text) => text, token = EXPIRED } = {}) {
  const meta = await startMeta(t);
  const konektor = await startDemo(t, { leads, settings: { KONEKTOR_META_URL: meta.url } });
  const { api } = konektor;
  const owner = await konektor.addUser('owner');
  await api('PATCH', '/workspace', { name: dress('Toko Kopi Nusantara') });

  const agents = (await api('GET', '/agents')).items.sort((a, b) => a.name.localeCompare(b.name));
  const hours = [{ days: WEEKDAYS, from: '08:00', to: '17:00' }];
  const inThreeHours = new Date(Date.now() + 3 * 3_600_000).toISOString();
  await api('PATCH', `/agents/${agents[1].id}`, { name: dress(agents[1].name), paused_until: inThreeHours });
  await api('PATCH', `/agents/${agents[2].id}`, { name: dress(agents[2].name), hours, daily_cap: 25 });
  const dewi = await api('POST', '/agents', { name: dress('Dewi'), phone: '0812 0000 0004', active: false });

  const [promo] = (await api('GET', '/rotators')).items;
  const catalogue = await api('POST', '/rotators', {
    slug: 'katalog',
    name: dress('Katalog Lebaran'),
    mode: 'page',
    agents: [agents[0], agents[2], dewi].map(({ id }, at) => ({ agent_id: id, weight: 3 - at })),
    page: {
      // The server takes no longer ones.
      brand: dress('Kopi Nusantara').slice(-80),
      title: dress('Katalog Lebaran'),
      text: dress('Balasan dalam lima menit.'),
      button: dress('Chat di WhatsApp').slice(-40),
      form: {
        fields: [{ name: 'name', label: dress('Nama'), type: 'name', required: true }],
        consent: dress('Saya setuju dihubungi.'),
      },
    },
  });
  const connection = await api('POST', '/destinations', { ...destination(token), name: dress('Meta') });
  await api('POST', '/destinations', {
    platform: 'tiktok',
    settings: { pixel_code: 'C4A1B2C3D4E5F6G7H8I9' },
    credentials: { access_token: 'unused' },
    active: false,
  });

  const utm = new URLSearchParams({
    utm_source: dress('instagram'),
    utm_medium: dress('bio'),
    utm_campaign: dress('lebaran'),
    utm_content: dress('reel-3'),
    utm_term: dress('kopi'),
  });
  const began = Date.now();
  const visits = [
    [
      konektor.link(`?${utm}`),
      { 'user-agent': `${PHONE} ${dress('Instagram 361.0.0.46')}`, referer: 'https://l.instagram.com/' },
    ],
    [konektor.link(`?fbclid=IwAR0-from-the-scene&${utm}`), { 'user-agent': PHONE }],
    [
      konektor.link(`?fbclid=${encodeURIComponent(dress('IwAR0'))}`),
      { 'user-agent': dress(PHONE), referer: dress('https://blog.example/') },
    ],
    ...TOOLS.map((tool) => [konektor.link(), { 'user-agent': dress(tool) }]),
    [konektor.link(), { 'user-agent': PHONE, 'sec-purpose': 'prefetch' }],
  ];
  for (const [link, headers] of visits) await get(link, { 'accept-language': 'id-ID,id;q=0.9', ...headers });
  const folded = await eventually(async () => {
    const { items } = await api('GET', '/leads?limit=100');
    assert.equal(items.filter(({ first_seen }) => Date.parse(first_seen) >= began).length, 3, 'three people came');
    return items;
  });

  // The three that have just come stay on top as they are; one of them is what the drawers show.
  for (const [at, { name, notes, ...rest }] of PEOPLE.entries()) {
    const lead = folded[3 + at];
    if (!lead) break;
    await api('PATCH', `/leads/${lead.id}`, { name: dress(name), ...(notes && { notes: dress(notes) }), ...rest });
  }
  const rest = folded.slice(3 + PEOPLE.length);
  for (const [status, count] of Object.entries(REST)) {
    const ids = rest.splice(0, count).map(({ id }) => id);
    if (ids.length) await api('POST', '/leads/bulk', { ids, status });
  }
  // The one with the most to show: it came by an ad, with parameters, and Meta is to be told.
  const lead = folded.find(({ first_touch: { platform, utm } }) => platform === 'meta' && utm.content);
  await api('PATCH', `/leads/${lead.id}`, { name: dress('Bu Ratna'), notes: dress('Minta sampel dulu.') });

  const invited = await api('POST', '/users', { email: 'dewi@kopi.example', role: 'agent', agent_id: dewi.id });
  await api('POST', '/keys', { name: dress('Rekap mingguan'), scopes: ['read'] });
  await api('POST', '/screening-rules', { kind: 'user_agent', value: 'KasirBot' });
  await api('POST', '/hosts', { host: 'wa.kopi.example' });
  const webhook = await api('POST', '/webhooks', { url: 'https://crm.kopi.example/konektor' });
  await api('POST', `/webhooks/${webhook.id}/test`);

  await api('PUT', '/whatsapp', {
    phone_number_id: '106540352242922',
    app_secret: '0123456789abcdef0123456789abcdef',
    verify_token: 'satu-kata-yang-cukup-panjang',
  });
  const form = await api('POST', '/forms', { name: dress('Formulir katalog') });
  await fetch(form.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ Nama: dress('Tari'), 'Nomor WhatsApp': '0813 1111 2299', Pesan: dress('Minta katalog.') }),
  });

  const state = token === EXPIRED ? 'held' : 'sent';
  const delivery = await eventually(async () => {
    const { items } = await api('GET', '/deliveries');
    const found = items.find((item) => item.state === state);
    assert.ok(found, `a delivery is ${state}`);
    return found;
  });
  return {
    ...konektor,
    meta,
    owner,
    session: await signIn(konektor, owner),
    invitation: invited.invite_url,
    ids: {
      lead: lead.id,
      agent: agents[2].id,
      rotator: catalogue.id,
      promo: promo.id,
      destination: connection.id,
      delivery: delivery.id,
      webhook: webhook.id,
      form: form.id,
    },
  };
}

/** The refusal that is a page's subject. */
export const GONE = /rotators\/999999: 404$/;

/** Every page and every drawer, by its address, for somebody of the staff. */
export function everyPage({ ids }) {
  return {
    Leads: '/leads',
    'a lead': `/leads?lead=${ids.lead}`,
    'no lead found': '/leads?q=nobody-is-called-so',
    Rotators: '/rotators',
    'a new rotator': '/rotators/new',
    'a rotator with a page': `/rotators/${ids.rotator}`,
    'a rotator': `/rotators/${ids.promo}`,
    'a rotator that is gone': '/rotators/999999',
    Agents: '/agents',
    'an agent': `/agents?agent=${ids.agent}`,
    'a new agent': '/agents?agent=new',
    'Ad platforms': '/platforms',
    'choosing a platform': '/platforms/new',
    'connecting a platform': '/platforms/new?platform=meta',
    'a platform': `/platforms/${ids.destination}`,
    'a platform being mended': `/platforms/${ids.destination}?fix=auth`,
    Deliveries: '/platforms/deliveries',
    'a delivery': `/platforms/deliveries?delivery=${ids.delivery}`,
    ...Object.fromEntries(REPORTS.map((report) => [`the report ${report}`, `/reports/${report}`])),
    ...Object.fromEntries(SETTINGS.map((section) => [`the settings ${section}`, `/settings/${section}`])),
    Doctor: '/doctor',
    Forms: '/forms',
    'a form': `/forms/${ids.form}`,
    'importing leads': '/leads/import',
    'a webhook': `/settings/webhooks?webhook=${ids.webhook}`,
    Me: '/me',
    'no such page': '/nowhere',
  };
}

const REPORTS = ['overview', 'sources', 'rotators', 'agents', 'funnel', 'arrived', 'sales', 'screening', 'recognition', 'rotation'];
const SETTINGS = ['workspace', 'team', 'notices', 'hosts', 'webhooks', 'whatsapp', 'keys', 'privacy', 'account'];
