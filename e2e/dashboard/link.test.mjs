// A CS without an account: the owner copies a lead's link from the drawer, the CS names the lead by it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { button, leads, onTop, visit } from './pages.mjs';
import { openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const PIXEL = devices['Pixel 7'];
const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, a lead is named by whom its link was given to, and the dashboard shows it`, options, async (t) => {
    const konektor = await startKonektor(t, { agents: ['Ani'] });
    const { code } = await (await newVisitor(t, world.browser, PIXEL)).open(konektor.link());
    await eventually(async () => assert.equal((await konektor.leads()).length, 1));

    const session = await signIn(konektor, await konektor.addUser('owner'));
    const page = await openScreen(t, world.browser, {
      size: device,
      session,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await visit(page, konektor.origin, `/leads?lead=${code}`);
    await onTop(page).getByText(`[${code}]`).first().waitFor();
    await leads.act(page, /link for the cs/i);
    await page.getByText(/can rename this lead/i).first().waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(link.startsWith(`${konektor.origin}/l/`), link);

    const cs = await newVisitor(t, world.browser, PIXEL);
    await cs.page.goto(link);
    await cs.page.locator('[name=name]').fill('Bu Rina');
    await cs.page.locator('[name=status]').selectOption('contacted');
    await cs.page.locator('form button').last().click();
    await cs.page.waitForURL(/saved/);
    assert.equal(await cs.page.locator('[name=name]').inputValue(), 'Bu Rina');

    // The drawer hears of it by itself, and so does the list below it.
    await onTop(page).getByRole('heading', { name: 'Bu Rina' }).waitFor();
    await eventually(async () => {
      const told = await leads.timeline(onTop(page));
      assert.ok(told.some((line) => /named “bu rina”.*by the cs/i.test(line)), told.join('\n'));
    });
    await button(onTop(page), /close/i).click();
    await leads.row(page, 'Bu Rina').waitFor();
    await leads.row(page, 'Bu Rina').getByText('Contacted').first().waitFor();
  });
}
