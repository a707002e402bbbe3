// Screens: somebody who looks at the dashboard, each with a browser profile of their own. Whatever a page should never
// do, on any test, is watched here: scripts that fail, dialogs of the browser, requests to anywhere else.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before } from 'node:test';
import { devices } from 'playwright-core';
import { launchBrowser } from '../browser.mjs';
import { eventually } from '../eventually.mjs';

export const DESK = { viewport: { width: 1280, height: 800 }, userAgent: devices['Desktop Chrome'].userAgent };
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  userAgent: devices['Pixel 7'].userAgent,
};
export const SIZES = { desk: DESK, phone: PHONE };
export const isPhone = (page) => page.viewportSize().width < 720;

/** For the timeouts of tests: what takes seconds on a quiet machine may take a minute on a busy one. */
export const options = { timeout: 300_000 };
/** How long a page may take to show what it should. */
const DEADLINE_MS = 20_000;

/**
 * In a test's place, where the tests of a file share what is started. Call it at the top of the file; `begin` runs
 * before the first test, and what it left with `after` is cleared away, last first, after the last one.
 */
export function shared(begin) {
  const world = {};
  const ends = [];
  before(async () => {
    world.browser = await launchBrowser();
    ends.push(() => world.browser.close());
    await begin?.(world, { after: (end) => ends.push(end) });
  }, options);
  after(async () => {
    for (const end of ends.reverse()) await end();
  }, options);
  return world;
}

/**
 * A page of a fresh profile, until the test `t` ends, which then also says what it did that no page should. `size` is
 * one of those above, `session` what `signIn` gave, `expected` the faults that the test itself causes; the rest is what
 * Playwright's contexts take.
 */
export async function openScreen(t, browser, { size = DESK, session, expected, ...rest } = {}) {
  const context = await browser.newContext({
    locale: 'en-US',
    timezoneId: 'Asia/Jakarta',
    // What moves is not what is tested, and a row that fades in has not got its colours yet.
    reducedMotion: 'reduce',
    ...size,
    ...rest,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  if (session) await context.addCookies(session);
  const page = await context.newPage();
  count(page);
  const faults = watch(page);
  t.after(async () => {
    await keepPicture(page, t);
    await context.close();
    const unexpected = faults.filter((fault) => !expected?.test(fault));
    assert.deepEqual(unexpected, [], 'what the page should not have done');
  });
  return page;
}

/** How a test's screen looked at its end, in the folder that `KONEKTOR_E2E_PICTURES` names, if it does. */
async function keepPicture(page, { name }) {
  const folder = process.env.KONEKTOR_E2E_PICTURES;
  const file = `${name}-${page.viewportSize().width}`.replace(/[^\w]+/g, '-');
  if (folder) await page.screenshot({ path: path.join(folder, `${file}.png`) }).catch(() => {});
}

/** Questions of a page that are not answered yet. */
const asked = new WeakMap();

function count(page) {
  const open = new Set();
  asked.set(page, open);
  // The one answer that never ends is that which tells what happens.
  page.on('request', (request) => request.resourceType() !== 'eventsource' && open.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => open.delete(request));
}

/** Waits until a page has got all that it asked for, and has shown it. */
export async function settled(page) {
  await eventually(async () => {
    // What has come may make it ask for more; that it does within a frame or two.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.equal(asked.get(page).size, 0, 'the page still waits for answers');
  });
}

/** Notes what no page of the dashboard should ever do. */
function watch(page) {
  const faults = [];
  const own = () => new URL(page.url()).origin;
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => faults.push(`a script failed: ${error.stack ?? error}`));
  page.on('console', (message) => {
    // What the network answers is looked at below; the browser says it here again.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(`the console says: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (['data:', 'blob:'].includes(url.protocol)) return;
    if (page.url() !== 'about:blank' && url.origin !== own()) faults.push(`asks another origin: ${url}`);
  });
  page.on('response', async (response) => {
    // Not being signed in is how one finds the door; whatever else is refused, the page should not have asked for.
    if (response.status() >= 400 && response.status() !== 401)
      faults.push(`refused: ${response.request().method()} ${response.url()}: ${response.status()}`);
    if (response.request().resourceType() !== 'document') return;
    const policy = (await response.allHeaders().catch(() => ({})))['content-security-policy'] ?? '';
    if (!/default-src 'none'/.test(policy) || /unsafe-(inline|eval)/.test(policy))
      faults.push(`a document without a strict policy: ${response.url()}: ${policy || 'none'}`);
  });
  return faults;
}

/** The cookies of somebody who signs in; made once, they serve any number of screens. */
export async function signIn(konektor, { email, password }) {
  const answer = await fetch(`${konektor.origin}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  assert.ok(answer.ok, `${email} signs in: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie().map((header) => {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(header);
    return { name, value, url: konektor.origin, httpOnly: true, sameSite: 'Lax' };
  });
}
