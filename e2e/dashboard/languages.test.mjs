// Two languages and two themes: chosen once, kept, and complete.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKonektor } from '../konektor.mjs';
import { dialogs } from './dialogs.mjs';
import { button, loaded, visit, visitWholly } from './pages.mjs';
import { everyPage, GONE, startScene } from './scene.mjs';
import { openScreen, options, PHONE, shared, signIn, SIZES } from './screens.mjs';

/** Words that give English away and are no words of Indonesian, nor of what people call their things. */
const TELLTALE = [
  ...[
    'the',
    'and',
    'with',
    'your',
    'you',
    'yours',
    'this',
    'that',
    'these',
    'are',
    'was',
    'has',
    'have',
    'from',
    'for',
  ],
  ...[
    'of',
    'to',
    'by',
    'or',
    'if',
    'is',
    'be',
    'it',
    'can',
    'may',
    'not',
    'nothing',
    'nobody',
    'more',
    'none',
    'never',
  ],
  ...['always', 'all', 'only', 'once', 'every', 'each', 'until', 'till', 'since', 'so far', 'other', 'one', 'two'],
  ...['when', 'where', 'who', 'which', 'what', 'how', 'their', 'them', 'they', 'first', 'last', 'next', 'back', 'new'],
  ...['today', 'yesterday', 'ago', 'hour', 'hours', 'minutes', 'day', 'days', 'loading', 'waiting', 'held', 'on hold'],
  ...['add', 'save', 'saved', 'cancel', 'close', 'search', 'edit', 'remove', 'delete', 'export', 'share', 'take'],
  ...['taking', 'switch', 'switched', 'paused', 'connect', 'connected', 'sign', 'click', 'clicks', 'clicked', 'turn'],
  ...['turns', 'settings', 'reports', 'agents', 'leads', 'rotators', 'owner', 'customers', 'visitors', 'password'],
  ...['language', 'light', 'dark', 'page', 'button', 'message', 'name', 'names'],
];
const ENGLISH = new RegExp(`(?<![\\w'’.@/-])(${TELLTALE.join('|')})(?![\\w'’@-]|\\.\\w)`, 'gi');

/** What people, platforms and machines said stays in their own words. */
const THEIRS = [
  // Names of languages are written in their own.
  /\bEnglish\b/g,
  // Names of time zones: Europe/Isle of Man.
  /\b[A-Z]\w+\/[A-Z][\w ]+/g,
  // Where Meta keeps the app secret, as its own menus say it.
  /\bApp settings → Basic → App secret\b/g,
  // What Meta answers to a dead token.
  /Error validating access token.*/g,
];
/** Code, marked words of another language, and in instructions the names of a platform's own buttons. */
const UNTRANSLATED = 'code, pre, script, style, noscript, [lang]:not(html), [translate=no], ol b';

const world = shared(async (all, t) => {
  all.scene = await startScene(t, { leads: 30 });
});

/** All that a page says to somebody who reads or hears it, piece by piece. */
const said = (page) =>
  page.evaluate((untranslated) => {
    const pieces = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        if (!node.parentElement.closest(untranslated)) pieces.push(node.data);
        continue;
      }
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description']) {
        if (node.hasAttribute(name)) pieces.push(node.getAttribute(name));
      }
    }
    return pieces.map((piece) => piece.trim()).filter(Boolean);
  }, UNTRANSLATED);

function englishIn(pieces) {
  return pieces.flatMap((piece) => {
    const text = THEIRS.reduce((rest, theirs) => rest.replace(theirs, ''), piece);
    const words = text.match(ENGLISH) ?? [];
    return words.length ? [`“${piece}” (${words.join(', ')})`] : [];
  });
}

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, nothing is left in English on any page in Indonesian`, options, async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, {
      size: device,
      session: scene.session,
      locale: 'id-ID',
      expected: GONE,
    });
    const found = {};
    for (const [name, where] of Object.entries(everyPage(scene))) {
      await visitWholly(page, scene.origin, where);
      assert.equal(await page.locator('html').getAttribute('lang'), 'id', name);
      const english = englishIn(await said(page));
      if (english.length) found[name] = [...new Set(english)];
    }
    const fresh = async (where) => {
      await page.goto('about:blank');
      await visitWholly(page, scene.origin, where);
    };
    for (const [name, reach] of Object.entries(dialogs(page, scene, fresh))) {
      await reach();
      const english = englishIn(await said(page));
      if (english.length) found[name] = [...new Set(english)];
    }
    assert.deepEqual(found, {});
  });
}

test('the words that give English away do so', options, async (t) => {
  const { scene, browser } = world;
  const page = await openScreen(t, browser, { session: scene.session, locale: 'en-US', expected: GONE });
  for (const [name, where] of Object.entries(everyPage(scene))) {
    await visitWholly(page, scene.origin, where);
    assert.ok(englishIn(await said(page)).length >= 5, `English is noticed on ${name}`);
  }
});

test('the language of the browser is the first, another is chosen once and for all devices', options, async (t) => {
  const konektor = await startKonektor(t, { agents: ['Ani'] });
  const session = await signIn(konektor, await konektor.addUser('owner'));
  const page = await openScreen(t, world.browser, { session, locale: 'id-ID' });
  const language = () => page.locator('html').getAttribute('lang');
  const title = (name) => page.getByRole('heading', { level: 1, name }).waitFor();
  await visit(page, konektor.origin, '/agents');
  assert.equal(await language(), 'id');
  await title('CS');

  await button(page, /Demo/).click();
  await page.getByRole('menuitemradio', { name: 'English' }).click();
  await title('Agents');
  assert.equal(await language(), 'en');
  await page.reload();
  await title('Agents');
  assert.equal(await language(), 'en');

  // The account knows it: a browser that prefers Indonesian follows.
  const phone = await openScreen(t, world.browser, { size: PHONE, session, locale: 'id-ID' });
  await visit(phone, konektor.origin, '/agents');
  await phone.getByRole('heading', { level: 1, name: 'Agents' }).waitFor();
  await visit(phone, konektor.origin, '/me');
  // The page is left before the account knows of it.
  const isChange = (request) => request.method() === 'PATCH';
  await phone.route('**/api/v1/me', (route) => (isChange(route.request()) ? route.abort() : route.fallback()));
  await phone.getByText('Indonesia', { exact: true }).tap();
  await phone.getByText('Bahasa', { exact: true }).first().waitFor();
  assert.equal(await phone.locator('html').getAttribute('lang'), 'id');
  await phone.unroute('**/api/v1/me');
  const saved = phone.waitForResponse((response) => isChange(response.request()) && response.ok());
  await phone.reload();
  await loaded(phone);
  assert.equal(await phone.locator('html').getAttribute('lang'), 'id');
  await saved;
  await page.reload();
  await title('CS');
});

test('who is not signed in yet chooses a language, too, and keeps it', options, async (t) => {
  const page = await openScreen(t, world.browser, { locale: 'id-ID' });
  await page.goto(world.scene.origin);
  await page.getByRole('heading', { name: 'Masuk' }).waitFor();
  await page.getByText('English', { exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
});

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, the theme is the system's until one chooses, and the choice stays`, options, async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, { size: device, session: scene.session, colorScheme: 'dark' });
    /** Whether the page is dark: by its colour, not by what it says of itself. */
    const isDark = () =>
      page.evaluate(() => {
        const probe = document.createElement('canvas').getContext('2d');
        const colour = [document.body, document.documentElement]
          .map((element) => getComputedStyle(element).backgroundColor)
          .find((colour) => !/, 0\)$|transparent/.test(colour));
        probe.fillStyle = colour ?? 'white';
        probe.fillRect(0, 0, 1, 1);
        const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
        return red + green + blue < 3 * 128;
      });
    const choose = async (name) => {
      if (size === 'phone') return page.getByText(name, { exact: true }).tap();
      await page.locator('aside').getByRole('button').last().click();
      await page.getByRole('menuitemradio', { name }).click();
    };
    await visit(page, scene.origin, '/me');
    assert.equal(await isDark(), true, 'as the system is');
    await page.emulateMedia({ colorScheme: 'light' });
    assert.equal(await isDark(), false, 'it follows the system at once');

    await choose('Dark');
    assert.equal(await isDark(), true, 'as chosen');
    await page.reload();
    await loaded(page);
    assert.equal(await isDark(), true, 'still as chosen');
    await choose('Light');
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.equal(await isDark(), false, 'the choice counts more than the system');
    await choose('System');
    assert.equal(await isDark(), true);
  });
}
