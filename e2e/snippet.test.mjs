// The snippet on a page of the customer's own site, in a real browser: it learns a signed token of its visitor and writes
// it into forms and links. Nothing is left behind of whoever only looks.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { devices } from 'playwright-core';
import { launchBrowser, newVisitor } from './browser.mjs';
import { eventually } from './eventually.mjs';
import { startKonektor } from './konektor.mjs';

const PIXEL = devices['Pixel 7'];
const options = { timeout: 60_000 };

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** The customer's site, on another port of the same site, with a form for this hook. */
async function startSite(t, konektor, hook) {
  const html = `<!doctype html><meta charset="utf-8"><title>Toko Kopi</title>
    <form method="post" action="${hook}">
      <input name="nama"><input name="no_hp"><input type="hidden" name="konektor_visitor"><button>Kirim</button>
    </form>
    <a id="chat" href="${konektor.link('?utm_source=situs')}">Chat</a>
    <a id="elsewhere" href="https://elsewhere.example/wa/promo">Lain</a>
    <script src="${konektor.origin}/konektor.js" defer></script>`;
  const site = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(html));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    site.closeAllConnections();
    site.close();
  });
  return `http://127.0.0.1:${site.address().port}/`;
}

async function scene(t) {
  const konektor = await startKonektor(t);
  const form = await konektor.api('POST', '/forms', { name: 'Kontak' });
  const site = await startSite(t, konektor, form.url);
  const visitor = await newVisitor(t, browser, PIXEL);
  return { konektor, form, site, visitor, page: visitor.page };
}

const field = (page) => page.inputValue('input[name=konektor_visitor]');

/** Opens the site and waits until the snippet has its answer, whatever that is. */
async function openSite(page, site) {
  const answered = page.waitForResponse((response) => response.url().endsWith('/visitor.json'));
  await page.goto(site);
  return (await answered).json();
}

test('a form of the customer’s site names the lead of its visitor', options, async (t) => {
  const { konektor, form, site, visitor, page } = await scene(t);
  const { code } = await visitor.open(konektor.link());

  await openSite(page, site);
  const token = await eventually(async () => {
    const token = await field(page);
    assert.match(token, /^kv1\./, 'the hidden field is filled');
    return token;
  });
  assert.notEqual(token, code, 'never the bare code');

  await page.fill('input[name=nama]', 'Siti Rahmawati');
  await page.fill('input[name=no_hp]', '0812-3456-7890');
  const [thanks] = await Promise.all([page.waitForNavigation(), page.click('button')]);
  assert.equal(thanks.status(), 200);
  assert.match(await page.textContent('h1'), /Terima kasih|Thank you/);

  const [lead, ...others] = await konektor.leads();
  assert.deepEqual(others, []);
  assert.deepEqual([lead.code, lead.name, lead.phone], [code, 'Siti Rahmawati', '6281234567890']);
  const { items } = await konektor.api('GET', `/forms/${form.id}/submissions`);
  assert.deepEqual(
    items.map(({ state, remarks }) => [state, remarks]),
    [['done', []]],
  );
});

test('links to WhatsApp carry the token to where the cookie does not come along', options, async (t) => {
  const { konektor, site, visitor, page } = await scene(t);
  const { code } = await visitor.open(konektor.link());
  await openSite(page, site);
  const href = await eventually(async () => {
    const href = await page.getAttribute('#chat', 'href');
    assert.equal(new URL(href).searchParams.get('kv')?.slice(0, 4), 'kv1.');
    return href;
  });
  assert.equal(new URL(href).searchParams.get('utm_source'), 'situs', 'what stood there stays');
  assert.equal(await page.getAttribute('#elsewhere', 'href'), 'https://elsewhere.example/wa/promo');

  const other = await newVisitor(t, browser, devices['iPhone 14']);
  const arrival = await other.open(href);
  assert.equal(arrival.code, code);
  assert.equal((await konektor.leads()).length, 1);
});

test('a form that opens later is filled too', options, async (t) => {
  const { konektor, site, visitor, page } = await scene(t);
  await visitor.open(konektor.link());
  await openSite(page, site);
  await eventually(async () => assert.match(await field(page), /^kv1\./));
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { name: 'form_fields[konektor_visitor]' });
    document.body.append(input);
  });
  await eventually(async () => assert.match(await page.inputValue('input[name^=form_fields]'), /^kv1\./));
});

test('who only looks leaves nothing behind', options, async (t) => {
  const { konektor, site, visitor, page } = await scene(t);
  assert.deepEqual(await openSite(page, site), { visitor: null });
  assert.equal(await field(page), '');
  assert.deepEqual(await visitor.cookies(), []);
  assert.deepEqual(await konektor.leads(), []);
});

test('a browser that asks for privacy is not asked about', options, async (t) => {
  const { konektor, site, visitor, page } = await scene(t);
  await visitor.open(konektor.link());
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true }));
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(site, { waitUntil: 'load' });
  assert.ok(asked.includes('/konektor.js'), 'the snippet ran');
  assert.ok(!asked.includes('/visitor.json'), `${asked}`);
  assert.equal(await field(page), '');
});
