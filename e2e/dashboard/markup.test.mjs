// Markup in what others choose: a click's parameters and headers, and names. It is text, on every page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visit, visitWholly } from './pages.mjs';
import { everyPage, GONE, startScene } from './scene.mjs';
import { openScreen, options, shared, SIZES } from './screens.mjs';

/** Closes an attribute and a tag, and brings elements that would run a script. */
const POISON = `'"><img data-injected src=x onerror=alert(1)><svg data-injected onload=alert(2)>`;

const world = shared(async (all, t) => {
  all.scene = await startScene(t, { leads: 12, dress: (text) => `${text}${POISON}` });
});

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, markup in names and clicks is text on every page`, options, async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, { size: device, session: scene.session, expected: GONE });
    const shown = [];
    for (const [name, where] of Object.entries(everyPage(scene))) {
      await visitWholly(page, scene.origin, where);
      assert.equal(await page.locator('[data-injected]').count(), 0, `on ${name}, markup became elements`);
      if ((await page.locator('body').innerText()).includes('<img data-injected')) shown.push(name);
    }
    // Were the poison nowhere to be seen, the above would say nothing.
    for (const name of [
      'Leads',
      'a lead',
      'Rotators',
      'Agents',
      'an agent',
      'a platform',
      'the report sources',
      'the settings keys',
    ])
      assert.ok(shown.includes(name), `the text is to be seen on ${name}; it was on ${shown.join(', ')}`);
  });
}

test(
  'the dashboard may not be framed, and its policy allows nothing inline and no other origin',
  options,
  async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, { session: scene.session, expected: /inline script violates/ });
    for (const where of ['/', '/index.html', '/no-such-file']) {
      const { headers } = await fetch(`${scene.origin}${where}`);
      const policy = Object.fromEntries(
        headers
          .get('content-security-policy')
          .split(';')
          .map((part) => part.trim().split(/\s+(.*)/)),
      );
      assert.equal(policy['default-src'], "'none'", where);
      for (const kind of ['script-src', 'style-src', 'connect-src'])
        assert.equal(policy[kind], "'self'", `${kind} of ${where}`);
      assert.equal(policy['frame-ancestors'], "'none'", where);
      assert.equal(policy['base-uri'], "'none'", where);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', where);
    }
    // The policy is not only said: a script that gets into the page does not run.
    await visit(page, scene.origin, '/leads');
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.hasRun = true';
      document.body.append(script);
      return globalThis.hasRun === true;
    });
    assert.equal(ran, false);
  },
);
