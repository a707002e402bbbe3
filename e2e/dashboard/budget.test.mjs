// Light enough for a phone on the road: what a first load weighs, how many round trips it takes, and how soon the rows are
// there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../eventually.mjs';
import { leads, ROWS } from './pages.mjs';
import { startScene } from './scene.mjs';
import { openScreen, options, PHONE, settled, shared } from './screens.mjs';

const FIRST_LOAD_BYTES = 120_000;
/** A usual 4G: 9 Mbit/s, 170 ms there and back. */
const FOUR_G = { offline: false, latency: 170, downloadThroughput: 9e6 / 8, uploadThroughput: 9e6 / 8 };
/** The aim is one second, which is printed; this is what a debug build on a busy machine must keep. */
const USABLE_MS = 5_000;
const ROUNDS = Number(process.env.BUDGET_ROUNDS ?? 3);
/** Leads in the workspace; a million, with a release build, for the figure in docs/performance.md. */
const LEADS = Number(process.env.BUDGET_LEADS ?? 90);
/** Connections that a browser opens to one server over HTTP/1.1: what is more than these waits for another round trip. */
const CONNECTIONS = 6;
/** The lists that one may begin with, and what their rows are made of. */
const LISTS = {
  '/leads': '/api/v1/leads?limit=50',
  '/rotators': '/api/v1/rotators?limit=200',
  '/agents': '/api/v1/agents?limit=200',
  '/platforms': '/api/v1/destinations?limit=200',
  '/platforms/deliveries': '/api/v1/deliveries?limit=50',
  '/forms': '/api/v1/forms?limit=200',
};

const world = shared(async (all, t) => {
  all.scene = await startScene(t, { leads: LEADS });
});

/** What came over the wire, by the browser's own count: `{ url, type, bytes, encoding }`. */
async function countTransfers(page) {
  const transfers = new Map();
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('Network.enable');
  protocol.on('Network.responseReceived', ({ requestId, type, response }) => {
    const encoding = Object.entries(response.headers).find(([name]) => /^content-encoding$/i.test(name))?.[1];
    transfers.set(requestId, { url: response.url, type, encoding, bytes: 0 });
  });
  protocol.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const transfer = transfers.get(requestId);
    if (transfer) transfer.bytes = encodedDataLength;
  });
  return transfers;
}

test(
  `the first load of the leads is at most ${FIRST_LOAD_BYTES / 1000} kB of document, scripts and styles`,
  options,
  async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, { size: PHONE, session: scene.session });
    const transfers = await countTransfers(page);
    await page.goto(`${scene.origin}/leads`);
    await leads.rows(page).first().waitFor();
    await settled(page);

    const code = [...transfers.values()].filter(({ type }) => ['Document', 'Script', 'Stylesheet'].includes(type));
    const bytes = code.reduce((sum, transfer) => sum + transfer.bytes, 0);
    t.diagnostic(`first load: ${(bytes / 1000).toFixed(1)} kB in ${code.length} files`);
    assert.ok(code.length > 2 && bytes > 10_000, 'the files were counted');
    assert.ok(bytes <= FIRST_LOAD_BYTES, `${bytes} bytes: ${JSON.stringify(code, null, 1)}`);
    for (const { url, encoding, bytes } of code)
      assert.ok(bytes < 3_000 || /^(br|gzip)$/.test(encoding), `${url} comes compressed, not as ${encoding}`);
  },
);

for (const [where, list] of Object.entries(LISTS)) {
  test(`${where} shows its rows after two round trips: the document, then all the rest at once`, options, async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, { size: PHONE, session: scene.session });
    // Held back until the second round trip has been asked for; what is asked for after that is never answered.
    const second = [];
    let isOver = false;
    await page.route('**/*', async (route) => {
      if (route.request().resourceType() === 'document') return route.continue();
      if (!isOver) second.push(route);
    });
    const names = () => second.map((route) => route.request().url().slice(scene.origin.length));
    await page.goto(`${scene.origin}${where}`, { waitUntil: 'commit' });
    await eventually(() => {
      for (const wanted of ['/api/v1/me', list]) assert.ok(names().includes(wanted), `${wanted}: ${names()}`);
      for (const wanted of [/\/assets\/shared-.*js$/, /\.css$/, /\/theme\.js$/])
        assert.ok(names().some((name) => wanted.test(name)), `${wanted}: ${names()}`);
    });
    isOver = true;
    t.diagnostic(`${where}: ${names().join(' ')}`);
    for (const route of second) await route.continue();
    await leads.rows(page).first().waitFor();
    const before = names().filter((name) => !/icon|manifest/.test(name));
    assert.ok(before.length <= CONNECTIONS, `one after another on ${CONNECTIONS} connections: ${before}`);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
}

/**
 * Within the page: notes when its first row is painted and the browser is free for a tap, in ms from the start of the
 * navigation. Whoever waits from outside looks at growing intervals, and learns of it up to half a second later.
 */
function noteRows(rows) {
  const look = () => {
    const row = document.querySelector('main')?.querySelector(rows);
    if (!row?.getBoundingClientRect().height) return requestAnimationFrame(look);
    // Its frame is painted after this callback, and before the next task.
    const next = new MessageChannel();
    next.port1.onmessage = () => (window.usableAfterMs = performance.now());
    next.port2.postMessage(null);
  };
  requestAnimationFrame(look);
}

test('the lists are usable soon on 4G', options, async (t) => {
  const { scene, browser } = world;
  const usable = async (page, where) => {
    await page.goto(`${scene.origin}${where}`, { waitUntil: 'commit' });
    const noted = await page.waitForFunction(() => window.usableAfterMs, null, { polling: 'raf' });
    const there = await noted.jsonValue();
    // Usable, not only to be seen: a tap opens a lead. How long that lead takes over the network is not the list's.
    if (where === '/leads') {
      await leads.rows(page).first().getByRole('link').first().tap();
      await page.waitForFunction(() => document.querySelector('dialog[open]'), null, { polling: 'raf' });
      const open = await page.evaluate(() => performance.now());
      t.diagnostic(`a lead is open ${Math.round(open - there)} ms after its row was there`);
    }
    return there;
  };
  for (const where of Object.keys(LISTS)) {
    const first = [];
    const second = [];
    for (let round = 0; round < ROUNDS; round++) {
      const page = await openScreen(t, browser, { size: PHONE, session: scene.session });
      await page.addInitScript(noteRows, ROWS);
      const protocol = await page.context().newCDPSession(page);
      await protocol.send('Network.enable');
      await protocol.send('Network.emulateNetworkConditions', FOUR_G);
      first.push(await usable(page, where));
      await page.goto('about:blank');
      second.push(await usable(page, where));
      await page.close(); // an open one listens for news, and would take time from the next
    }
    // Of several rounds the best: what the machine did besides is not the page's.
    const [best, again] = [first, second].map((times) => Math.round(Math.min(...times)));
    const all = (times) => times.map(Math.round).sort((a, b) => a - b).join(' ');
    t.diagnostic(`${where} usable on 4G (9 Mbit/s, 170 ms): first ${best} ms (${all(first)}), again ${again} ms (${all(second)})`);
    assert.ok(best <= USABLE_MS, `usable after ${first.map(Math.round)} ms`);
    assert.ok(again <= USABLE_MS, `again after ${second.map(Math.round)} ms`);
  }
});
