// From an empty server to a customer in the list, by nothing but what the dashboard offers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startEmpty } from '../konektor.mjs';
import { agents, door, frame, leads, rotators, visit } from './pages.mjs';
import { openScreen, options, shared, SIZES } from './screens.mjs';

const OWNER = { business: 'Toko Kopi', email: 'rina@kopi.example', password: 'hujan pagi kereta biru' };

const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, one sets up, adds an agent, makes a link, and names who clicks it`, options, async (t) => {
    const konektor = await startEmpty(t);
    const page = await openScreen(t, world.browser, { size: device });
    await page.goto(konektor.origin);
    await door.setUp(page, OWNER);

    await frame.go(page, 'Agents');
    await agents.add(page, { name: 'Ani', phone: '0812 3456 7890' });
    await frame.go(page, 'Rotators');
    const link = await rotators.make(page, { name: 'Promo Lebaran' });
    assert.equal(link, `${konektor.origin}/wa/promo-lebaran`);
    await frame.go(page, 'Leads');
    assert.deepEqual(await leads.names(page), []);

    // From here on the page must not load again: the mark would be lost.
    await page.evaluate(() => (globalThis.isStillTheSame = true));
    const visitor = await newVisitor(t, world.browser, devices['Galaxy S9+']);
    const { code, digits } = await visitor.open(`${link}?utm_source=newsletter`);
    assert.equal(digits, '6281234567890');
    const visitorName = `Visitor [${code}]`;
    await leads.row(page, visitorName).waitFor();
    await leads.rename(page, visitorName, 'Bu Sari');

    await visitor.tap(link, { from: 'https://blog.example/' });
    const drawer = await leads.open(page, 'Bu Sari');
    await eventually(async () => {
      const clicks = (await leads.timeline(drawer)).filter((line) => /click/i.test(line));
      assert.equal(clicks.length, 2, `two clicks: ${clicks}`);
      assert.match(clicks[0], /Promo Lebaran.*blog\.example/);
      assert.match(clicks[0], /recognised by cookie/i);
      assert.match(clicks[1], /first click on Promo Lebaran.*newsletter/i);
    });
    await drawer.getByText('“Bu Sari”').waitFor();
    assert.deepEqual(await leads.names(page), ['Bu Sari'], 'one lead, with the name that was given');
    assert.equal(await page.evaluate(() => globalThis.isStillTheSame), true);

    // Not only on this page: the name is the server's, and so is the number of clicks.
    await page.reload();
    await leads.row(page, 'Bu Sari').waitFor();
    if (size === 'desk') {
      const column = await page.getByRole('columnheader').allInnerTexts();
      const cells = await leads.row(page, 'Bu Sari').getByRole('cell').allInnerTexts();
      assert.equal(cells[column.indexOf('Clicks')].trim(), '2');
    }
  });
}

test('a server that has its owner is not set up again, and lets nobody in without a password', options, async (t) => {
  const konektor = await startEmpty(t);
  const owner = await openScreen(t, world.browser);
  await owner.goto(konektor.origin);
  await door.setUp(owner, OWNER);
  await owner.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();

  const stranger = await openScreen(t, world.browser);
  await visit(stranger, konektor.origin, '/leads');
  await door.signIn(stranger, { email: OWNER.email, password: 'not the password' });
  await stranger
    .getByRole('status')
    .filter({ hasText: /do not belong together/i })
    .waitFor();
  const again = await stranger.request.post(`${konektor.origin}/api/v1/setup`, {
    data: {
      workspace: { name: 'Mine now', country: 'ID', time_zone: 'Asia/Jakarta', currency: 'IDR' },
      email: 'stranger@evil.example',
      password: 'a password that is long enough',
    },
  });
  assert.equal(again.status(), 409);
  assert.equal((await stranger.request.get(`${konektor.origin}/api/v1/leads`)).status(), 401);

  await door.signIn(stranger, OWNER);
  await stranger.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
});
