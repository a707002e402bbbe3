// A list that few of millions fit comes in parts that hold few or none: the page goes on by itself, says so, and comes to an end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { startKonektor } from '../konektor.mjs';
import { leads, visit } from './pages.mjs';
import { openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const EMPTY_PARTS = 4;
const LIST = /\/api\/v1\/leads\?/;
const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, the list goes on behind parts that hold nobody`, options, async (t) => {
    const konektor = await startKonektor(t, { agents: ['Ani'] });
    const session = await signIn(konektor, await konektor.addUser('owner'));
    const visitor = await newVisitor(t, world.browser, devices['Pixel 7']);
    const { code } = await visitor.open(konektor.link('?gclid=G-far-back'));
    const page = await openScreen(t, world.browser, { size: device, session });

    // As a server with millions of leads would answer; the last part is the real one.
    const asked = [];
    let goOn;
    const held = new Promise((resolve) => (goOn = resolve));
    await page.route(LIST, async (route) => {
      const url = new URL(route.request().url());
      const part = Number(url.searchParams.get('cursor')?.replace('part', '') ?? 0);
      asked.push(part);
      if (part === EMPTY_PARTS - 1) await held;
      if (part < EMPTY_PARTS) return route.fulfill({ json: { items: [], next_cursor: `part${part + 1}` } });
      url.searchParams.delete('cursor');
      await route.continue({ url: String(url) });
    });
    const listens = page.waitForResponse('**/api/v1/live');
    await page.goto(`${konektor.origin}/leads?platform=google`);
    await page.getByText('Looking among older leads').waitFor();
    assert.equal(await page.getByText(/no lead fits/i).count(), 0, 'nobody knows yet');
    // It looks again as soon as it hears news, and goes on where it was.
    await listens;
    goOn();
    await leads.row(page, code).waitFor();
    assert.deepEqual(asked.filter((part) => part > 0), [1, 2, 3, 4]);

    // Nobody at all: said only at the end.
    await page.unroute(LIST);
    await visit(page, konektor.origin, '/leads?platform=tiktok');
    await page.getByText(/no lead fits/i).waitFor();
    assert.equal(await page.getByText('Looking among older leads').count(), 0);
  });
}
