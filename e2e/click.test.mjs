// A click on `/wa/promo`, from a real browser to WhatsApp, and the lead that it leaves behind.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { devices } from 'playwright-core';
import { launchBrowser, newVisitor } from './browser.mjs';
import { eventually } from './eventually.mjs';
import { get } from './get.mjs';
import { startKonektor } from './konektor.mjs';

const PIXEL = devices['Pixel 7'];
const GALAXY = devices['Galaxy S9+'];
const DESKTOP = devices['Desktop Chrome'];
const DAY_S = 86_400;

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

const options = { timeout: 60_000 };

/** The leads, once there are `count` of them with `clicks` clicks together: folding follows the click within a second. */
const leadsOnceFolded = (konektor, { count, clicks = count }) =>
  eventually(async () => {
    const leads = await konektor.leads();
    assert.equal(leads.length, count, 'number of leads');
    assert.equal(
      leads.reduce((sum, lead) => sum + lead.click_count, 0),
      clicks,
      'clicks of all leads',
    );
    return leads;
  });

test('a first click goes to WhatsApp with the visitor code, and leaves the cookie and a lead', options, async (t) => {
  const konektor = await startKonektor(t);
  const visitor = await newVisitor(t, browser, PIXEL);

  const arrival = await visitor.open(konektor.link());

  assert.equal(arrival.status, 302);
  assert.equal(arrival.host, 'wa.me');
  assert.ok(konektor.agentOf(arrival.digits), `${arrival.digits} is the number of an agent`);
  assert.equal(arrival.text, `Hi [${arrival.code}]`);
  assert.match(arrival.headers['cache-control'], /no-store/);
  assert.match(arrival.headers['x-robots-tag'], /noindex/);

  const [cookie, ...others] = await visitor.cookies();
  assert.deepEqual(others, []);
  assert.match(cookie.name, /^visitor_code/);
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Lax');
  assert.equal(cookie.path, '/');
  const days = (cookie.expires - Date.now() / 1000) / DAY_S;
  assert.ok(days > 399 && days < 401, `the cookie lasts 400 days, not ${days}`);

  const [lead] = await leadsOnceFolded(konektor, { count: 1 });
  assert.equal(lead.code, arrival.code);
  assert.equal(lead.name, `Visitor [${arrival.code}]`);
  assert.equal(lead.status, 'new');
  assert.equal(lead.agent_id, konektor.agentOf(arrival.digits));
  assert.equal(lead.first_touch.layer, 'direct');
});

test('the same browser again is the same lead with the same agent', options, async (t) => {
  const konektor = await startKonektor(t);
  const visitor = await newVisitor(t, browser, PIXEL);

  const first = await visitor.open(konektor.link());
  // From another site, days later: the cookie has to come along on a top-level navigation.
  const second = await visitor.tap(konektor.link('?gclid=Cj0KCQiA-later'), { from: 'https://www.google.com/' });

  assert.equal(second.code, first.code);
  assert.equal(second.digits, first.digits);
  const [lead] = await leadsOnceFolded(konektor, { count: 1, clicks: 2 });
  assert.equal(lead.click_count, 2);
  assert.equal(lead.first_touch.layer, 'direct');
  assert.equal(lead.last_touch.layer, 'click_id');
  const clicks = await konektor.clicks(lead.id);
  assert.deepEqual(
    clicks.map((click) => click.recognised_by),
    ['new', 'cookie'],
  );
});

test('another browser goes to the next agent', options, async (t) => {
  const konektor = await startKonektor(t);
  const digits = [];
  const codes = new Set();
  for (const device of [PIXEL, GALAXY, DESKTOP]) {
    const arrival = await (await newVisitor(t, browser, device)).open(konektor.link());
    digits.push(arrival.digits);
    codes.add(arrival.code);
  }
  assert.equal(new Set(digits).size, 3, `three visitors for three agents: ${digits}`);
  assert.equal(codes.size, 3);

  const fourth = await (await newVisitor(t, browser, devices['iPhone 14'])).open(konektor.link());
  assert.equal(fourth.digits, digits[0], 'the fourth begins the next round');
  await leadsOnceFolded(konektor, { count: 4 });
});

const touches = [
  { from: 'Google', query: '?gclid=Cj0KCQiA_Example-1.x~', layer: 'click_id', platform: 'google' },
  { from: 'Google on an iPhone (app to web)', query: '?gbraid=0AAAAA-gbraid', layer: 'click_id', platform: 'google' },
  { from: 'Meta', query: '?fbclid=IwAR0-Example_fb', layer: 'click_id', platform: 'meta' },
  { from: 'TikTok', query: '?ttclid=E.C.P.Example_tt', layer: 'click_id', platform: 'tiktok' },
  { from: 'LinkedIn', query: '?li_fat_id=1f0a2b3c-0000-4d5e-8f90-example', layer: 'click_id', platform: 'linkedin' },
  {
    from: 'UTM beside a click ID',
    query: '?utm_source=google&utm_campaign=lebaran&gclid=Cj0-with-utm',
    layer: 'click_id',
    platform: 'google',
  },
  { from: 'UTM only', query: '?utm_source=newsletter&utm_campaign=Mudik%202026', layer: 'utm', platform: null },
  { from: 'a macro that was not filled in', query: '?gclid=%7Bgclid%7D', layer: 'direct', platform: null },
];

for (const { from, query, layer, platform } of touches) {
  test(`the touch of a click from ${from} is ${layer}${platform ? ` of ${platform}` : ''}`, options, async (t) => {
    const konektor = await startKonektor(t);
    await (await newVisitor(t, browser, PIXEL)).open(konektor.link(query));

    const [{ first_touch, last_touch }] = await leadsOnceFolded(konektor, { count: 1 });
    assert.equal(first_touch.layer, layer);
    assert.equal(first_touch.platform ?? null, platform);
    assert.deepEqual(last_touch, first_touch);
    for (const [name, value] of new URLSearchParams(layer === 'direct' ? '' : query)) {
      const kept = JSON.stringify(name.startsWith('utm_') ? first_touch.utm : first_touch.click_ids);
      assert.ok(kept.includes(value), `${name}=${value} is kept unaltered, in ${kept}`);
    }
  });
}

test('the touch of a tap on another site is its referrer, without the page', options, async (t) => {
  const konektor = await startKonektor(t);
  const visitor = await newVisitor(t, browser, PIXEL);
  await visitor.tap(konektor.link(), { from: 'https://blog.example/private/page?name=ani' });

  const [{ first_touch }] = await leadsOnceFolded(konektor, { count: 1 });
  assert.equal(first_touch.layer, 'referrer');
  assert.equal(first_touch.referrer, 'https://blog.example');
});

const people = {
  'Chrome on a Pixel': PIXEL,
  'Instagram on Android': {
    ...GALAXY,
    userAgent:
      'Mozilla/5.0 (Linux; Android 14; SM-A546E Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.200 Mobile Safari/537.36 Instagram 361.0.0.46.88 Android (34/14; 450dpi; 1080x2125; samsung; SM-A546E; a54x; s5e8835; id_ID; 674674763)',
  },
  'Instagram on an iPhone': {
    ...PIXEL,
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 361.0.0.35.82 (iPhone14,5; iOS 18_1; id_ID; id; scale=3.00; 1170x2532; 674117118)',
  },
  'Facebook on Android': {
    ...GALAXY,
    userAgent:
      'Mozilla/5.0 (Linux; Android 13; CPH2477 Build/TP1A.220905.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.107 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/489.0.0.66.81;]',
  },
  'TikTok on Android': {
    ...GALAXY,
    userAgent:
      'Mozilla/5.0 (Linux; Android 12; Redmi Note 11 Build/SKQ1.211103.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/129.0.6668.100 Mobile Safari/537.36 trill_370204 JsSdk/1.0 NetType/4G Channel/googleplay AppName/musical_ly app_version/37.2.4 ByteLocale/id BytedanceWebview/d8a21c6',
  },
  'a phone that is called CUBOT': {
    ...GALAXY,
    userAgent:
      'Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36',
  },
};

test('phones and in-app browsers are people', options, async (t) => {
  const konektor = await startKonektor(t);
  const codes = {};
  for (const [name, device] of Object.entries(people)) {
    const visitor = await newVisitor(t, browser, device);
    const arrival = await visitor.tap(konektor.link(), { from: 'https://ads.example/' });
    assert.equal((await visitor.cookies()).length, 1, `${name} gets the cookie`);
    codes[name] = arrival.code;
  }
  const leads = await leadsOnceFolded(konektor, { count: Object.keys(people).length });
  const known = new Set(leads.map((lead) => lead.code));
  for (const [name, code] of Object.entries(codes)) assert.ok(known.has(code), `${name} is a lead`);
});

test('a headless browser that says so gets the same redirect, but no cookie and no lead', options, async (t) => {
  const konektor = await startKonektor(t);
  const tool = await newVisitor(t, browser, {
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36',
  });
  const arrival = await tool.open(konektor.link());
  assert.equal(arrival.status, 302);
  assert.ok(konektor.agentOf(arrival.digits));
  assert.deepEqual(await tool.cookies(), []);

  // A person afterwards is the first lead: nothing was counted before.
  await (await newVisitor(t, browser, PIXEL)).open(konektor.link());
  await leadsOnceFolded(konektor, { count: 1 });
});

test('a prefetch is answered 503 and makes no lead', options, async (t) => {
  const konektor = await startKonektor(t);
  const headers = { 'user-agent': PIXEL.userAgent, 'sec-purpose': 'prefetch;prerender', accept: 'text/html' };
  const answer = await get(konektor.link('?gclid=Cj0-prefetched'), headers);
  assert.equal(answer.status, 503);
  assert.equal(answer.body, '');
  assert.match(answer.headers['cache-control'], /no-store/);
  assert.equal(answer.headers['set-cookie'], undefined);

  await (await newVisitor(t, browser, PIXEL)).open(konektor.link());
  await leadsOnceFolded(konektor, { count: 1 });
});

test('a browser that prefetches the link still counts the tap, once', options, async (t) => {
  const konektor = await startKonektor(t);
  const link = konektor.link('?gclid=Cj0-speculated');
  const visitor = await newVisitor(t, browser, PIXEL);
  const arrival = await visitor.tap(link, {
    from: 'https://blog.example/',
    head: `<script type="speculationrules">{"prefetch":[{"urls":["${link}"],"eagerness":"immediate","referrer_policy":"no-referrer"}]}</script>`,
    // Only the server knows when the prefetch was there: the browser keeps it from the page, and from us.
    before: () =>
      eventually(async () => assert.match(JSON.stringify(await konektor.api('GET', '/reports/screening')), /prefetch/)),
  });
  assert.equal(arrival.status, 302);
  assert.equal((await visitor.cookies()).length, 1);
  const [lead] = await leadsOnceFolded(konektor, { count: 1 });
  assert.equal(lead.code, arrival.code);
});
