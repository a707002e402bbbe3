// The trial that the book promises: from nothing to the first real lead, and an event at each of the four platforms, by what
// `docs/setup.md` says and nothing else. The platforms are stand-ins that play by their rules. It prints what each step took the
// machine; what it takes a person is in the book.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { devices } from 'playwright-core';
import { newVisitor } from '../browser.mjs';
import { startEmpty } from '../konektor.mjs';
import { agents, door, frame, leads, loaded, rotators, visit } from './pages.mjs';
import { openScreen, options, shared } from './screens.mjs';

const BINARY = process.env.KONEKTOR_BIN ?? fileURLToPath(new URL('../../target/debug/konektor', import.meta.url));
const OWNER = { business: 'Toko Batik', email: 'sari@batik.example', password: 'a password of four words' };

/** What is pasted where, as the platforms show it. */
const PLATFORMS = {
  meta: { settings: { dataset_id: '1234567890123456' }, credentials: { access_token: 'EAABtrialToken' }, code: 'TEST12345' },
  google: {
    settings: { account_id: '123-456-7890', conversion_action_id: '7723667014' },
    way: /OAuth/i,
    credentials: {
      client_id: '1234-trial.apps.googleusercontent.com',
      client_secret: 'GOCSPX-trial',
      refresh_token: '1//trial',
    },
  },
  tiktok: { settings: { pixel_code: 'C4A1B2C3D4E5F6G7H8I9' }, credentials: { access_token: 'trialToken' }, code: 'TEST12345' },
  linkedin: { settings: { conversion_rule_id: '23456' }, credentials: { access_token: 'AQXtrialToken' } },
};

const world = shared();

/** Stand-ins for all four; gives the settings that lead there. */
async function startPlatforms(t) {
  const program = path.join(path.dirname(BINARY), 'konektor-fake-platforms');
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.after(() => child.stdin.end());
  const failed = new Promise((_, reject) => child.once('error', reject));
  const first = createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const { value: url } = await Promise.race([first, failed]);
  return {
    KONEKTOR_META_URL: `${url}/meta`,
    KONEKTOR_GOOGLE_URL: `${url}/google`,
    KONEKTOR_GOOGLE_TOKEN_URL: `${url}/google-token`,
    KONEKTOR_TIKTOK_URL: `${url}/tiktok`,
    KONEKTOR_LINKEDIN_URL: `${url}/linkedin`,
  };
}

test('the trial of the book: first lead, and an event at each platform', options, async (t) => {
  const settings = await startPlatforms(t);
  const steps = [];
  let began = performance.now();
  const step = (name) => {
    const now = performance.now();
    steps.push(`${name}: ${((now - began) / 1_000).toFixed(1)} s`);
    began = now;
  };

  const konektor = await startEmpty(t, { settings });
  step('konektor serve');
  const page = await openScreen(t, world.browser);
  await page.goto(konektor.origin);
  await door.setUp(page, OWNER);
  step('set up in the browser');
  await frame.go(page, 'Agents');
  await agents.add(page, { name: 'Ayu', phone: '0813 8842 1907' });
  step('first agent');
  await frame.go(page, 'Rotators');
  const link = await rotators.make(page, { name: 'Promo' });
  step('first link');
  const visitor = await newVisitor(t, world.browser, devices['Pixel 7']);
  const { code, digits } = await visitor.open(`${link}?utm_source=bio`);
  assert.equal(digits, '6281388421907');
  await frame.go(page, 'Leads');
  await leads.row(page, `Visitor [${code}]`).waitFor();
  step('first real lead in the dashboard');

  for (const [platform, { settings, credentials, way, code }] of Object.entries(PLATFORMS)) {
    await visit(page, konektor.origin, `/platforms/new?platform=${platform}`);
    await loaded(page);
    await fill(page, settings);
    await next(page);
    if (way) await page.getByText(way).first().click();
    await fill(page, credentials);
    await next(page);
    await page.locator('form').getByRole('button', { name: /connect/i }).click();
    await page.getByRole('heading', { name: /is connected/i }).waitFor();
    if (platform === 'linkedin') {
      // LinkedIn has no test events: a click on an ad is the test.
      const ad = await newVisitor(t, world.browser, devices['Pixel 7']);
      await ad.open(`${link}?li_fat_id=3f2b6d0e-7c1a-4b52-9a0e-2f6f1d6f0a11`);
      await visit(page, konektor.origin, '/platforms/deliveries');
      await page.locator('main').getByText(/^sent$/i).first().waitFor();
    } else {
      if (code) await page.locator('[name=test_event_code]').fill(code);
      await page.getByRole('button', { name: 'Send test event' }).click();
      await page.getByRole('status').filter({ hasText: /took the test event/i }).waitFor();
    }
    step(`${platform} connected, and an event taken`);
  }
  await frame.go(page, 'Doctor');
  await page.locator('main').getByText(/all is well/i).first().waitFor();
  step('the doctor');
  t.diagnostic(steps.join('; '));
});

async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) await page.locator(`[name=${name}]`).fill(value);
}

const next = (page) => page.locator('form').getByRole('button', { name: /^next$/i }).click();
