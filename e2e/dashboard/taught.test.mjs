// Somebody who was left out counts once it is said that they are a person; a chat that has started is one tap in the list; and the
// number of a report leads to as many leads.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { button, leads, onTop, visit } from './pages.mjs';
import { openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const APP = `${devices['Pixel 7'].userAgent} TokoBot/2.1`;
const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, an app is taught to be a person, and its lead's chat has started by one tap`, options, async (t) => {
    const konektor = await startKonektor(t, { agents: ['Ani'] });
    const session = await signIn(konektor, await konektor.addUser('owner'));
    const page = await openScreen(t, world.browser, { size: device, session, expected: /screening-rules: 422$/ });
    const visitor = await newVisitor(t, world.browser, { ...devices['Pixel 7'], userAgent: APP });
    await visitor.open(konektor.link('?utm_source=toko'));
    await eventually(async () => {
      const { samples } = await konektor.api('GET', '/reports/screening');
      assert.equal(samples.length, 1);
    });
    assert.deepEqual(await konektor.leads(), [], 'an app whose name ends in Bot is taken for one');

    await visit(page, konektor.origin, '/reports/screening');
    await page.locator('details').first().click();
    await button(page, 'This was a person').click();
    assert.equal(await onTop(page).getByLabel(/name in the user agent/i).inputValue(), 'TokoBot');
    await onTop(page).getByLabel(/name in the user agent/i).fill('facebookexternalhit');
    await button(onTop(page), /^teach$/i).click();
    await onTop(page).getByText(/known programs would count again, such as facebookexternalhit/i).waitFor();
    await onTop(page).getByLabel(/name in the user agent/i).fill('TokoBot');
    await button(onTop(page), /^teach$/i).click();
    await page.getByRole('heading', { name: /what you taught/i }).waitFor();

    const again = await newVisitor(t, world.browser, { ...devices['Pixel 7'], userAgent: APP });
    const { code } = await again.open(konektor.link('?utm_source=toko'));
    await eventually(async () => {
      const { rows } = await konektor.api('GET', '/reports/sources?by=source');
      assert.equal(rows[0]?.new, 1, 'the report knows of it');
    });
    await visit(page, konektor.origin, '/reports/sources?by=source');
    await page.locator('main').getByRole('link', { name: '1', exact: true }).first().click();
    await leads.row(page, `Visitor [${code}]`).waitFor();
    assert.equal((await leads.names(page)).length, 1, 'as many as the report says');

    const row = leads.row(page, `Visitor [${code}]`);
    await row.hover();
    await row.getByRole('button', { name: /^chat started/i }).click();
    await eventually(async () => {
      const [lead] = await konektor.leads();
      assert.ok(lead.arrived_at, 'the server knows it');
    });
    assert.equal(await row.getByRole('button', { name: /^chat started/i }).count(), 0);

    await visit(page, konektor.origin, '/reports/screening');
    await button(page, 'Take back').click();
    await button(onTop(page), 'Take back').click();
    await page.getByRole('heading', { name: /what you taught/i }).waitFor({ state: 'detached' });
  });
}
