// What happens while one looks is seen, also if it happens just before news can be heard, while the connection is cut, or while
// nobody looks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { leads } from './pages.mjs';
import { openScreen, options, shared, signIn } from './screens.mjs';

const world = shared();

/** A list of leads that is open, and how visitors come: each gives the name of a lead that the server has, whoever has heard of it. */
async function open(t) {
  const konektor = await startKonektor(t, { agents: ['Ani'] });
  const session = await signIn(konektor, await konektor.addUser('owner'));
  let count = 0;
  const come = async () => {
    count += 1;
    const visitor = await newVisitor(t, world.browser, devices['Pixel 7']);
    const { code } = await visitor.open(konektor.link(`?utm_content=${count}`));
    await eventually(async () => assert.equal((await konektor.leads()).length, count));
    return `Visitor [${code}]`;
  };
  const page = await openScreen(t, world.browser, { session });
  return { page, come, goto: () => page.goto(`${konektor.origin}/leads`) };
}

test('nothing is missed before news are heard, nor while they are cut off', options, async (t) => {
  const { page, come, goto } = await open(t);
  // A connection is made when the test lets it.
  const asked = [];
  await page.route('**/api/v1/live', (route) => void asked.push(route));
  const connection = async () => {
    await eventually(() => assert.ok(asked.length > 0, 'the page wants to hear news'));
    return asked.shift();
  };

  await goto();
  const first = await connection();
  await page.getByText(/your leads will stand here/i).waitFor();
  const early = await come();
  assert.equal(await leads.row(page, early).count(), 0, 'nobody has told the page');
  // It is cut as soon as it is there, and the browser comes back.
  await first.fulfill({ contentType: 'text/event-stream', body: 'retry: 100\n\n' });
  await leads.row(page, early).waitFor();

  const second = await connection();
  const meanwhile = await come();
  assert.equal(await leads.row(page, meanwhile).count(), 0);
  await second.continue();
  await leads.row(page, meanwhile).waitFor();
  const heard = await come();
  await leads.row(page, heard).waitFor();
});

test('a tab that nobody looks at gives its connection back, and shows what was missed', options, async (t) => {
  const { page, come, goto } = await open(t);
  await page.clock.install();
  let connections = 0;
  page.on('request', (request) => (connections += request.resourceType() === 'eventsource'));
  const ended = page.waitForEvent('requestfailed', (request) => request.resourceType() === 'eventsource');
  await goto();
  await page.getByText(/your leads will stand here/i).waitFor();
  await eventually(() => assert.equal(connections, 1));
  const show = (isShown) =>
    page.evaluate((isShown) => {
      Object.defineProperty(document, 'hidden', { value: !isShown, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isShown);
  // Somebody who is back soon has missed nothing.
  await show(false);
  await page.clock.fastForward(50_000);
  await show(true);
  const first = await come();
  await leads.row(page, first).waitFor();
  assert.equal(connections, 1);

  await show(false);
  await page.clock.fastForward(70_000);
  await ended;
  const missed = await come();
  assert.equal(await leads.row(page, missed).count(), 0);
  await show(true);
  await leads.row(page, missed).waitFor();
  assert.equal(connections, 2);
});
