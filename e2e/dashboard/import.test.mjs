// Leads from a file: what each line would do is shown, then it is done, and the leads are there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKonektor } from '../konektor.mjs';
import { button, leads, loaded, onTop, visit } from './pages.mjs';
import { isPhone, openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const FILE = [
  'name,phone,email,status,Shoe size',
  'Bu Rina,0812 3456 7801,rina@example.com,contacted,38',
  'Pak Budi,0812 3456 7802,,won,41',
  'Nobody,12,,,',
].join('\n');
const file = (text) => ({ name: 'customers.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, a file is looked at, then imported, and its leads are there`, options, async (t) => {
    const konektor = await startKonektor(t, { agents: ['Ani'] });
    const session = await signIn(konektor, await konektor.addUser('owner'));
    const page = await openScreen(t, world.browser, { size: device, session, expected: /leads\/import\S*: 4\d\d$/ });
    await visit(page, konektor.origin, '/leads');
    if (isPhone(page)) {
      await button(page, /^more$/i).click();
      await page.getByRole('menuitem', { name: 'Import' }).click();
    } else await page.getByRole('link', { name: 'Import' }).click();
    await page.getByRole('heading', { level: 1, name: 'Import leads' }).waitFor();
    await loaded(page);
    const choose = (text) => page.locator('input[type=file]').setInputFiles(file(text));
    const rows = leads.rows(page);

    await choose('');
    await page.getByText('This file cannot be used.').waitFor();
    assert.equal(await rows.count(), 0);

    await choose(FILE);
    await page.getByText(/nothing has been changed yet/i).waitFor();
    assert.equal(await rows.count(), 3);
    assert.match(await rows.nth(0).innerText(), /New/);
    assert.match(await rows.nth(2).innerText(), /Refused/);
    await page.getByText(/columns that are not used: shoe size/i).waitFor();
    assert.deepEqual(await konektor.leads(), [], 'a look changes nothing');

    await button(page, 'Import 2 leads').click();
    await page.getByText('2 leads were imported.').first().waitFor();
    const names = (await konektor.leads()).map(({ name, phone, status }) => `${name} ${phone} ${status}`).sort();
    assert.deepEqual(names, ['Bu Rina 6281234567801 contacted', 'Pak Budi 6281234567802 won']);
    await rows.nth(0).getByRole('link').click();
    await onTop(page).getByRole('heading', { name: 'Bu Rina' }).waitFor();
    assert.ok((await leads.timeline(onTop(page))).some((line) => /import/i.test(line)));

    // The same file once more makes nobody twice.
    await visit(page, konektor.origin, '/leads/import');
    await choose(FILE);
    await page.getByText('No line would change anything.').waitFor();
    assert.equal((await konektor.leads()).length, 2);
  });
}
