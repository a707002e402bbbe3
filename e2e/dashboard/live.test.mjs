// What happens while one looks is seen, also if it happens just before news can be heard, or while the connection is cut.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { leads } from './pages.mjs';
import { openScreen, options, shared, signIn } from './screens.mjs';

const world = shared();

test('nothing is missed before news are heard, nor while they are cut off', options, async (t) => {
  const konektor = await startKonektor(t, { agents: ['Ani'] });
  const session = await signIn(konektor, await konektor.addUser('owner'));
  /** A visitor whose lead the server has, whoever has heard of it. */
  const come = async (count) => {
    const visitor = await newVisitor(t, world.browser, devices['Pixel 7']);
    const { code } = await visitor.open(konektor.link(`?utm_content=${count}`));
    await eventually(async () => assert.equal((await konektor.leads()).length, count));
    return `Visitor [${code}]`;
  };
  const page = await openScreen(t, world.browser, { session });
  // A connection is made when the test lets it.
  const asked = [];
  await page.route('**/api/v1/live', (route) => void asked.push(route));
  const connection = async () => {
    await eventually(() => assert.ok(asked.length > 0, 'the page wants to hear news'));
    return asked.shift();
  };

  await page.goto(`${konektor.origin}/leads`);
  const first = await connection();
  await page.getByText(/your leads will stand here/i).waitFor();
  const early = await come(1);
  assert.equal(await leads.row(page, early).count(), 0, 'nobody has told the page');
  // It is cut as soon as it is there, and the browser comes back.
  await first.fulfill({ contentType: 'text/event-stream', body: 'retry: 100\n\n' });
  await leads.row(page, early).waitFor();

  const second = await connection();
  const meanwhile = await come(2);
  assert.equal(await leads.row(page, meanwhile).count(), 0);
  await second.continue();
  await leads.row(page, meanwhile).waitFor();
  const heard = await come(3);
  await leads.row(page, heard).waitFor();
});
