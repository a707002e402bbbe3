// Somebody wants to be told of their day: they switch the digest on, have one sent at once, and read it on their phone.

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { get } from '../get.mjs';
import { startKonektor } from '../konektor.mjs';
import { read, startMailbox } from '../mailbox.mjs';
import { button, visit } from './pages.mjs';
import { openScreen, options, PHONE, shared, signIn } from './screens.mjs';

const world = shared();
/** Where pictures of the letter go, for whoever wants to look at it. */
const PICTURES = process.env.KONEKTOR_E2E_PICTURES;

test('a digest is switched on, tried out, and fits a phone in light and dark without fetching anything', options, async (t) => {
  const mailbox = await startMailbox(t);
  const settings = { KONEKTOR_MAIL_URL: mailbox.url, KONEKTOR_MAIL_FROM: 'Konektor <konektor@brand.com>' };
  const long = 'Somebody-whose-name-is-very-long-and-has-been-typed-without-any';
  const konektor = await startKonektor(t, { settings, agents: ['Ani', long] });
  for (const n of [1, 2, 3, 4, 5, 6, 7]) {
    await get(`${konektor.origin}/wa/promo?utm_content=${n}`, { 'user-agent': PHONE.userAgent });
  }
  const session = await signIn(konektor, await konektor.addUser('owner'));
  const page = await openScreen(t, world.browser, { size: PHONE, session });
  await visit(page, konektor.origin, '/settings/notices');
  await page.getByText('Daily', { exact: true }).click();
  await page.getByText(/next one/i).waitFor();
  const set = await konektor.api('GET', '/digest');
  assert.deepEqual([set.frequency, set.recipients.map(({ chosen }) => chosen)], ['daily', [true]]);
  await button(page, /send me one now/i).click();
  await page.getByText(/on its way to/i).waitFor();

  assert.equal(mailbox.letters.length, 1);
  const { plain, html } = read(mailbox.letters[0]);
  assert.match(plain, /: 7/);
  for (const colorScheme of ['light', 'dark']) {
    const mail = await openScreen(t, world.browser, { size: PHONE, colorScheme });
    const asked = [];
    mail.on('request', (request) => asked.push(request.url()));
    await mail.setContent(html);
    const [wide, background, text] = await mail.evaluate(() => [
      document.documentElement.scrollWidth - innerWidth,
      getComputedStyle(document.body).backgroundColor,
      document.body.innerText,
    ]);
    assert.ok(wide <= 0, `it is ${wide} px wider than the phone`);
    assert.equal(background === 'rgb(245, 248, 246)', colorScheme === 'light', background);
    assert.deepEqual(asked, [], 'a letter fetches nothing');
    for (const said of [': 7', 'Ani', long.slice(0, 20)]) assert.ok(text.includes(said), said);
    if (PICTURES) await mail.screenshot({ path: path.join(PICTURES, `digest-phone-${colorScheme}.png`), fullPage: true });
  }
});
