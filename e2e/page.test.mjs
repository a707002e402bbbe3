// Page mode in a real browser, with JavaScript and without it: page → form → WhatsApp, and the lead that it leaves; back
// and again; what has to be corrected; the link by which a CS without an account changes the lead.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { devices } from 'playwright-core';
import { launchBrowser, newVisitor } from './browser.mjs';
import { findings, prepare } from './dashboard/axe.mjs';
import { startKonektor } from './konektor.mjs';

const PIXEL = devices['Pixel 7'];
const WHATSAPP = /^https:\/\/wa\.me\//;
const options = { timeout: 60_000 };
/** As people type; so a form also takes longer than the second below which nobody is believed. */
const TYPING = { delay: 90 };
const CONSENT = 'Saya setuju dihubungi oleh Toko Kopi.';
const PAGE = {
  brand: 'Toko Kopi',
  title: 'Promo Lebaran',
  text: 'Diskon 20% untuk semua kopi.',
  accent: '#b8860b',
  form: {
    fields: [
      { name: 'name', label: 'Nama', type: 'text', required: true },
      { name: 'phone', label: 'Nomor WhatsApp', type: 'phone', required: true },
      { name: 'kota', label: 'Kota', type: 'choice', options: ['Bandung', 'Jakarta'] },
    ],
    consent: CONSENT,
  },
};

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** A server whose link shows a page. */
async function startPage(t, page = PAGE) {
  const konektor = await startKonektor(t);
  const [{ id }] = (await konektor.api('GET', '/rotators')).items;
  await konektor.api('PATCH', `/rotators/${id}`, { mode: 'page', page });
  return { ...konektor, rotator: id };
}

async function fillIn(page, { name = 'Budi Santoso', phone = '0812 3456 7890' } = {}) {
  await page.locator('[name=name]').pressSequentially(name, TYPING);
  await page.locator('[name=phone]').fill('');
  await page.locator('[name=phone]').pressSequentially(phone, TYPING);
  await page.locator('[name=kota]').selectOption('Bandung');
  await page.locator('[name=consent]').check();
}

/** Presses the button and says where it led. */
async function press(page) {
  const answer = page.waitForResponse((response) => response.request().method() === 'POST');
  const [response] = await Promise.all([answer, page.waitForURL(WHATSAPP), page.locator('button').click()]);
  const url = new URL(page.url());
  return {
    status: response.status(),
    digits: url.pathname.slice(1),
    code: /\[([0-9A-HJKMNP-TV-Z]{7})\]/.exec(url.searchParams.get('text'))?.[1],
  };
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`page, form, WhatsApp ${how}: the lead has name, phone and consent`, options, async (t) => {
    const konektor = await startPage(t);
    const visitor = await newVisitor(t, browser, { ...PIXEL, javaScriptEnabled, timezoneId: 'Asia/Makassar' });
    const { page } = visitor;
    const wrong = [];
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));

    await page.goto(konektor.link('?fbclid=IwAR0-page_e2e&utm_source=ig'));
    assert.deepEqual(await visitor.cookies(), [], 'a view sets no cookie');
    assert.deepEqual(await konektor.leads(), [], 'and makes no lead');
    await fillIn(page);
    const arrival = await press(page);

    assert.equal(arrival.status, 303);
    assert.ok(konektor.agentOf(arrival.digits));
    assert.deepEqual(wrong, [], 'nothing is forbidden by the policy of the page');
    const lead = await konektor.api('GET', `/leads/${arrival.code}`);
    assert.equal(lead.name, 'Budi Santoso');
    assert.equal(lead.name_source, 'form');
    assert.equal(lead.phone, '6281234567890');
    const { items } = await konektor.api('GET', `/leads/${arrival.code}/timeline`);
    const said = items.find(({ kind }) => kind === 'submission');
    assert.equal(said.consent, CONSENT);
    assert.deepEqual(said.fields, [{ name: 'kota', value: 'Bandung' }]);
    assert.equal(lead.first_touch.platform, 'meta');
    assert.equal(lead.first_touch.utm.source, 'ig');
    assert.equal(lead.time_zone === 'Asia/Makassar', javaScriptEnabled);
    const [cookie] = await visitor.cookies();
    assert.match(cookie.name, /^visitor_code/);
  });

  test(`going back and pressing again makes no second lead, ${how}`, options, async (t) => {
    const konektor = await startPage(t);
    const visitor = await newVisitor(t, browser, { ...PIXEL, javaScriptEnabled });
    const { page } = visitor;
    await page.goto(konektor.link());
    await fillIn(page);
    const first = await press(page);
    await page.goBack();
    await page.locator('button').waitFor();
    const second = await press(page);
    assert.equal(second.code, first.code);
    assert.equal(second.digits, first.digits);
    assert.equal((await konektor.leads()).length, 1);

    // Opened anew, the form is filled in and folded up: one tap.
    await page.goto(konektor.link());
    await page.getByText('Budi Santoso').waitFor();
    assert.equal(await page.locator('[name=phone]').isVisible(), false);
    const third = await press(page);
    assert.equal(third.code, first.code);
    assert.equal((await konektor.leads()).length, 1);
  });

  test(`what has to be corrected is said, and what was typed stays, ${how}`, options, async (t) => {
    const konektor = await startPage(t);
    const { page } = await newVisitor(t, browser, { ...PIXEL, javaScriptEnabled });
    await page.goto(konektor.link('?utm_source=ig'));
    await fillIn(page, { phone: '12' });
    await page.locator('button').click();
    await page.getByText('Nomor ini terlalu pendek').waitFor();
    assert.equal(await page.locator('[name=name]').inputValue(), 'Budi Santoso');
    assert.equal(await page.locator('[name=kota]').inputValue(), 'Bandung');
    assert.equal(await page.locator('[name=consent]').isChecked(), true);
    assert.deepEqual(await konektor.leads(), []);

    await page.locator('[name=phone]').fill('0812 3456 7890');
    const arrival = await press(page);
    const lead = await konektor.api('GET', `/leads/${arrival.code}`);
    assert.equal(lead.phone, '6281234567890');
    assert.equal(lead.first_touch.utm.source, 'ig', 'the query is still there');
  });

  test(`a CS without an account changes the lead by its link, ${how}`, options, async (t) => {
    const konektor = await startKonektor(t);
    const { code } = await (await newVisitor(t, browser, PIXEL)).open(konektor.link());
    const { url } = await konektor.api('POST', `/leads/${code}/link`);
    const { page } = await newVisitor(t, browser, { ...PIXEL, javaScriptEnabled });
    await page.goto(url);
    await page.locator('[name=name]').fill('Rina');
    await page.locator('[name=status]').selectOption('won');
    await page.locator('[name=value]').fill('1.500.000');
    await page.getByRole('button', { name: 'Simpan' }).click();
    await page.getByText('Tersimpan.').waitFor();
    const lead = await konektor.api('GET', `/leads/${code}`);
    assert.deepEqual([lead.name, lead.status, lead.value, lead.currency], ['Rina', 'won', 1_500_000, 'IDR']);
    const { items } = await konektor.api('GET', `/leads/${code}/timeline`);
    assert.ok(items.some(({ by }) => by === `link:${lead.agent_id}`));
  });
}

test('back from the app, pressing again makes no second lead where cookies are refused', options, async (t) => {
  const konektor = await startPage(t, { title: 'Promo' });
  const visitor = await newVisitor(t, browser, PIXEL, { opensApp: true });
  const { page } = visitor;
  await page.goto(konektor.link());
  const codes = [];
  for (const _ of ['first', 'again']) {
    const answer = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.locator('button').click();
    const { location } = await (await answer).allHeaders();
    codes.push(/\[([0-9A-Z]{7})\]/.exec(new URL(location).searchParams.get('text'))[1]);
    await visitor.forgetCookies();
  }
  assert.equal(codes[1], codes[0]);
  assert.equal((await konektor.leads()).length, 1);
});

const looks = {
  'the usual colours': {},
  'a dark page with a pale button': { accent: '#ffe082', background: '#101418' },
  'a pale button on a white page': { accent: '#fffde7', background: '#ffffff' },
  'a red page': { accent: '#ffffff', background: '#c62828' },
};
for (const [look, colours] of Object.entries(looks)) {
  test(`nobody stumbles over the page with ${look}`, options, async (t) => {
    const konektor = await startPage(t, { ...PAGE, accent: null, ...colours });
    const { page } = await newVisitor(t, browser, PIXEL);
    await prepare(page);
    await page.goto(konektor.link());
    assert.deepEqual(await findings(page), []);
    await fillIn(page, { phone: '12' });
    await page.locator('button').click();
    await page.getByText('Nomor ini terlalu pendek').waitFor();
    assert.deepEqual(await findings(page), []);
    const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    assert.equal(wide, false, 'nothing is cut off');
  });
}
