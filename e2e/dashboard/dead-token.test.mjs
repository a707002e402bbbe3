// A token that has died at the platform: somebody hears of it, mends it, and nothing is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { destination, EXPIRED, GOOD, startMeta } from './meta.mjs';
import { frame, leads, loaded, platforms, visit } from './pages.mjs';
import { openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(
    `at ${size} size, a dead token is told, a new one is pasted, and what waited is delivered`,
    options,
    async (t) => {
      const meta = await startMeta(t);
      const konektor = await startKonektor(t, { agents: ['Ani'], settings: { KONEKTOR_META_URL: meta.url } });
      await konektor.api('POST', '/destinations', destination(EXPIRED));
      const session = await signIn(konektor, await konektor.addUser('owner'));
      const page = await openScreen(t, world.browser, { size: device, session });
      await visit(page, konektor.origin, '/leads');
      assert.equal(await frame.banner(page).count(), 0);

      const visitor = await newVisitor(t, world.browser, devices['Pixel 7']);
      const { code } = await visitor.open(konektor.link('?fbclid=IwAR0-waits-for-a-token'));
      // Without a reload: the page that happens to be open says so.
      const banner = frame.banner(page);
      await banner.filter({ hasText: /Meta.*(hold|held)/ }).waitFor();
      assert.match(await banner.innerText(), /token was refused.*nothing is lost/is);
      assert.deepEqual(meta.events, []);

      await banner.getByRole('link', { name: /fix/i }).click();
      await page.getByRole('heading', { level: 1, name: /meta/i }).waitFor();
      await loaded(page);
      await platforms.replaceToken(page, GOOD);

      await banner.waitFor({ state: 'detached' });
      await eventually(() => assert.equal(meta.events.length, 1, 'events that Meta took'));
      assert.match(JSON.stringify(meta.events[0]), /IwAR0-waits-for-a-token/);

      await visit(page, konektor.origin, '/platforms/deliveries');
      await platforms
        .deliveries(page)
        .getByText(/^sent$/i)
        .waitFor();
      assert.equal(await platforms.deliveries(page).count(), 1);
      // It was mended, not only hidden: a fresh start has no banner either.
      await page.reload();
      await loaded(page);
      await platforms.deliveries(page).first().waitFor();
      assert.equal(await banner.count(), 0);
      await visit(page, konektor.origin, '/leads');
      await leads
        .row(page, code)
        .getByText(/^accepted$/i)
        .waitFor();
    },
  );
}
