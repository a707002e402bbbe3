// A form of one's own site: it gets an address, posts to it, and names who filled it in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { forms, leads, onTop, visit } from './pages.mjs';
import { openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, a form is made, its fields are guessed and corrected, and its posts name leads`, options, async (t) => {
    const konektor = await startKonektor(t, { agents: [] });
    const session = await signIn(konektor, await konektor.addUser('owner'));
    const page = await openScreen(t, world.browser, { size: device, session });
    await visit(page, konektor.origin, '/forms');
    const url = await forms.add(page, 'Katalog');
    const post = (body) =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

    await page.getByText(/waits for the first post/i).first().waitFor();
    const first = await post({ Nama: 'Rina Wulandari', 'Nomor WhatsApp': '0812 3456 7890', Ukuran: 'L' });
    assert.ok(first.ok, await first.text());
    await page.reload();
    await eventually(async () => assert.equal(await forms.part(page, 'Name').inputValue(), 'Nama'));
    assert.equal(await forms.part(page, 'Phone').inputValue(), 'Nomor WhatsApp');
    await page.locator('main li').filter({ hasText: /^\s*Taken/ }).first().waitFor();

    // What was guessed can be set otherwise.
    await forms.part(page, 'Name').selectOption('Ukuran');
    await forms.save(page);
    const [form] = (await konektor.api('GET', '/forms')).items;
    assert.equal(form.mapping.name, 'Ukuran');

    const refused = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hi' });
    assert.equal(refused.status, 415);
    await forms.lookAgain(page);
    await page.getByText(/neither JSON nor form data/i).waitFor();

    await page.getByRole('link', { name: /to the lead/i }).first().click();
    await onTop(page).getByRole('heading', { name: 'Rina Wulandari' }).waitFor();
    await eventually(async () => {
      const told = await leads.timeline(onTop(page));
      assert.ok(told.some((line) => /form/i.test(line) && /Rina Wulandari/.test(line)), told.join('\n'));
    });
  });
}
