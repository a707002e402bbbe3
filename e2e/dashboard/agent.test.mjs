// A CS on their phone: what an invitation gives them, and what it does not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { door, duty, frame, leads, team, visit } from './pages.mjs';
import { openScreen, options, PHONE, shared, signIn } from './screens.mjs';

const BUDI = { email: 'budi@demo.example', password: 'sawah layang kopi tiga' };
/** Everything that is not for a CS, by its address. */
const CLOSED = [
  '/rotators',
  '/rotators/new',
  '/agents',
  '/platforms',
  '/platforms/new',
  '/platforms/deliveries',
  '/reports',
  '/reports/agents',
  '/settings',
];
const CLOSED_SECTIONS = ['workspace', 'team', 'hosts', 'keys', 'privacy'];
const CLOSED_ROUTES = [
  'agents',
  'rotators',
  'destinations',
  'deliveries',
  'alerts',
  'users',
  'keys',
  'hosts',
  'workspace',
  'reports/overview',
  'leads.csv',
];

const world = shared(async (all, t) => {
  all.konektor = await startKonektor(t, { agents: ['Ani', 'Budi'] });
  all.owner = await signIn(all.konektor, await all.konektor.addUser('owner'));
  all.ids = Object.fromEntries(all.konektor.agents.map(({ name, id }) => [name, id]));
});

test('a CS takes an invitation, sees their own leads only, and switches themselves off', options, async (t) => {
  const { konektor, browser, ids } = world;
  let clicked = 0;
  const click = async () => {
    const visitor = await newVisitor(t, browser, devices['Galaxy S9+']);
    // Each by a link of their own: the same one twice in a moment, from one address, would be a double tap.
    const { code, digits } = await visitor.open(konektor.link(`?utm_content=${++clicked}`));
    return { name: `Visitor [${code}]`, agent: konektor.agentOf(digits) };
  };
  const visitors = [await click(), await click()];
  const mine = visitors.find(({ agent }) => agent === ids.Budi);
  const notMine = visitors.find(({ agent }) => agent === ids.Ani);
  assert.ok(mine && notMine, 'each agent has one');

  const desk = await openScreen(t, browser, { session: world.owner });
  await visit(desk, konektor.origin, '/settings/team');
  const invitation = await team.invite(desk, { email: BUDI.email, agent: 'Budi' });

  const page = await openScreen(t, browser, { size: PHONE });
  await page.goto(invitation);
  await door.accept(page, BUDI.password);
  await duty.theSwitch(page).waitFor();
  await frame.signOut(page, konektor.origin);
  await page.goto(konektor.origin);
  await door.signIn(page, BUDI);
  await page.getByRole('heading', { level: 1, name: 'Budi' }).waitFor();

  assert.equal(await duty.theSwitch(page).count(), 1, 'one switch: their own');
  assert.equal(await duty.theSwitch(page).getAttribute('aria-checked'), 'true');
  assert.deepEqual(await frame.places(page), ['Leads', 'Me']);
  await visit(page, konektor.origin, '/leads');
  await leads.row(page, mine.name).waitFor();
  assert.deepEqual(await leads.names(page), [mine.name]);

  await visit(page, konektor.origin, '/me');
  await duty.theSwitch(page).tap();
  await eventually(async () => {
    const agent = await konektor.api('GET', `/agents/${ids.Budi}`);
    assert.ok(!agent.active || Date.parse(agent.paused_until) > Date.now(), 'the server knows it');
  });
  assert.equal(await duty.theSwitch(page).getAttribute('aria-checked'), 'false');
  await visit(page, konektor.origin, '/leads');
  for (let count = 0; count < 3; count++) assert.equal((await click()).agent, ids.Ani);
  // Those three have reached whoever looks at them; had one been for Budi, it would stand here by now.
  await eventually(async () => assert.equal((await konektor.leads()).length, 5));
  assert.deepEqual(await leads.names(page), [mine.name]);
});

test('a CS opens nothing that is not theirs, by address or by the API', options, async (t) => {
  const { konektor, browser, ids } = world;
  await (await newVisitor(t, browser, devices['Pixel 7'])).open(konektor.link());
  const ofAni = (await konektor.leads()).find(({ agent_id }) => agent_id === ids.Ani);
  assert.ok(ofAni);
  const [rotator] = (await konektor.api('GET', '/rotators')).items;
  const { invite_url } = await konektor.api('POST', '/users', {
    email: 'second@demo.example',
    role: 'agent',
    agent_id: ids.Budi,
  });

  const page = await openScreen(t, browser, { size: PHONE, expected: /refused: GET .*: 40[34]$/ });
  await page.goto(invite_url);
  await door.accept(page, BUDI.password);
  await duty.theSwitch(page).waitFor();

  for (const where of [...CLOSED, `/rotators/${rotator.id}`]) {
    await visit(page, konektor.origin, where);
    await page
      .getByRole('heading', { name: /no such page/i })
      .first()
      .waitFor();
  }
  for (const section of CLOSED_SECTIONS) {
    await visit(page, konektor.origin, `/settings/${section}`);
    await eventually(() => assert.match(page.url(), /\/settings\/account$/));
  }
  await visit(page, konektor.origin, `/leads?lead=${ofAni.id}`);
  await page.getByText(/no such lead/i).waitFor();

  const answers = await page.evaluate(async (routes) => {
    const asked = routes.map(async (route) => [route, (await fetch(`/api/v1/${route}`)).status]);
    return Object.fromEntries(await Promise.all(asked));
  }, CLOSED_ROUTES);
  assert.deepEqual(answers, Object.fromEntries(CLOSED_ROUTES.map((route) => [route, 403])));
  assert.equal((await page.request.get(`${konektor.origin}/api/v1/leads/${ofAni.id}`)).status(), 404);
  const switched = await page.request.patch(`${konektor.origin}/api/v1/agents/${ids.Ani}`, { data: { active: false } });
  assert.ok([403, 404].includes(switched.status()), `another agent's switch: ${switched.status()}`);
});

test('an invitation works once', options, async (t) => {
  const { konektor, browser, ids } = world;
  const body = { email: 'third@demo.example', role: 'agent', agent_id: ids.Ani };
  const { invite_url } = await konektor.api('POST', '/users', body);
  for (const attempt of [1, 2]) {
    const page = await openScreen(t, browser, { size: PHONE, expected: /(invitations\S*: 4\d\d|limit=\d+: 403)$/ });
    await page.goto(invite_url);
    await door.accept(page, BUDI.password);
    if (attempt === 1) await duty.theSwitch(page).waitFor();
    else
      await page
        .getByRole('status')
        .filter({ hasText: /used already|too old/i })
        .waitFor();
  }
});
