// Two leads that are one person are made one, and two again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { eventually } from '../eventually.mjs';
import { startKonektor } from '../konektor.mjs';
import { button, leads, onTop, visit } from './pages.mjs';
import { openScreen, options, shared, signIn, SIZES } from './screens.mjs';

const world = shared();

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, two leads are merged after a look at what comes of it, and taken apart again`, options, async (t) => {
    const konektor = await startKonektor(t, { agents: ['Ani'] });
    const codes = [];
    for (let visitor = 0; visitor < 2; visitor++)
      codes.push((await (await newVisitor(t, world.browser, devices['Pixel 7'])).open(konektor.link(`?utm_source=${visitor}`))).code);
    const [older, younger] = codes;
    await eventually(async () => assert.equal((await konektor.leads()).length, 2));
    const before = await konektor.api('GET', `/leads/${younger}`);
    await konektor.api('PATCH', `/leads/${older}`, { name: 'Bu Rina' });

    const session = await signIn(konektor, await konektor.addUser('owner'));
    const page = await openScreen(t, world.browser, { size: device, session });
    await visit(page, konektor.origin, `/leads?lead=${before.id}`);
    await onTop(page).getByRole('heading').first().waitFor();
    await leads.act(page, /merge with another/i);
    await onTop(page).getByLabel(/name, phone or code/i).fill('Bu Rina');
    await onTop(page).getByRole('button', { name: /Bu Rina/ }).click();
    await onTop(page).getByText(`Bu Rina [${older}] stays`).waitFor();
    await button(onTop(page), /^merge$/i).click();

    await onTop(page).getByRole('heading', { name: 'Bu Rina' }).waitFor();
    await onTop(page).getByText(`[${younger}]`).first().waitFor();
    assert.deepEqual((await konektor.leads()).map(({ code }) => code), [older]);
    assert.equal((await konektor.leads())[0].click_count, 2);

    await button(onTop(page), new RegExp(`take apart.*${younger}`, 'i')).click();
    await button(onTop(page), /^take apart$/i).click();
    await page.getByText(/two leads again/i).first().waitFor();
    await eventually(async () => assert.equal((await konektor.leads()).length, 2));
    assert.deepEqual(await konektor.api('GET', `/leads/${younger}`), before);
  });
}
