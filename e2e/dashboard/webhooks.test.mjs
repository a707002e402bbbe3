// Another program is to be told: its webhook is made, tried, watched and given up, all on the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKonektor } from '../konektor.mjs';
import { button, onTop, visit, webhooks } from './pages.mjs';
import { openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, a webhook shows its secret once, and what it was told with every attempt`, options, async (t) => {
    const konektor = await startKonektor(t, { agents: [] });
    const session = await signIn(konektor, await konektor.addUser('owner'));
    const page = await openScreen(t, world.browser, { size: device, session });
    await visit(page, konektor.origin, '/settings/webhooks');

    const secret = await webhooks.add(page, { url: 'https://crm.example/konektor', only: ['New leads'] });
    assert.match(secret, /^whsec_[A-Za-z0-9+/=]{32,}$/);
    const [made] = (await konektor.api('GET', '/webhooks')).items;
    assert.deepEqual([made.url, made.events], ['https://crm.example/konektor', ['lead.created']]);
    await page.reload();
    const row = page.getByRole('link', { name: 'https://crm.example/konektor' });
    await row.waitFor();
    assert.ok(!(await page.content()).includes(secret), 'the secret is not shown again');

    await row.click();
    const drawer = onTop(page);
    // Nothing here reaches the internet, so the receiver is not found, and one is told so.
    await button(drawer, /send a test/i).click();
    await page.getByText(/the test failed/i).waitFor();
    const message = drawer.locator('summary').filter({ hasText: 'Test' });
    await message.click();
    await drawer.getByText(/no answer/i).first().waitFor();
    await drawer.getByText(/what was sent/i).first().click();
    assert.match(await drawer.locator('pre').first().innerText(), /webhook\.test/);

    await drawer.getByRole('switch').click();
    await page.getByText(/told no more/i).first().waitFor();
    assert.equal((await konektor.api('GET', `/webhooks/${made.id}`)).active, false);
    await button(drawer, /remove/i).click();
    await button(onTop(page), /^remove$/i).click();
    await page.getByRole('heading', { name: /no webhook yet/i }).waitFor();
  });
}

test('an address that no message may go to is refused beside its field', options, async (t) => {
  const konektor = await startKonektor(t, { agents: [] });
  const session = await signIn(konektor, await konektor.addUser('owner'));
  const page = await openScreen(t, world.browser, { session, expected: /webhooks: 422$/ });
  await visit(page, konektor.origin, '/settings/webhooks');
  await button(page, /add a webhook/i).click();
  const address = onTop(page).getByLabel(/address/i);
  for (const [wrong, why] of [
    ['http://crm.example/', /https/i],
    ['https://127.0.0.1/', /\S/],
  ]) {
    await address.fill(wrong);
    await button(onTop(page), /add a webhook/i).click();
    await onTop(page).locator('[aria-invalid]').waitFor();
    assert.match(await onTop(page).locator('.error').first().innerText(), why, wrong);
  }
  assert.deepEqual((await konektor.api('GET', '/webhooks')).items, []);
});
