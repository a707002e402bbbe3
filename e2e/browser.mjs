// Visitors: each one a browser profile of its own in a real Chromium that cannot reach the network. Pages outside the
// tested server are stand-ins: wa.me, and a page with the ad on it.

import { chromium } from 'playwright-core';

const WHATSAPP = /^https:\/\/(wa\.me|api\.whatsapp\.com)\//;
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

export function launchBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/**
 * A visitor with a fresh profile, until the test `t` ends. `device` is what Playwright's contexts take; it should name
 * a user agent, since headless Chromium calls itself HeadlessChrome, which is a tool and not a person. `opensApp`: links
 * to WhatsApp open the app, as on a phone that has it, and the browser stays at its page.
 */
export async function newVisitor(t, browser, device, { opensApp = false } = {}) {
  const context = await browser.newContext({ locale: 'id-ID', ...device });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);

  // Playwright's own `route` does not see the target of a redirect; the protocol below it does.
  let adPage = '';
  const protocol = await context.newCDPSession(page);
  protocol.on(
    'Fetch.requestPaused',
    ({ requestId, request }) =>
      protocol
        .send('Fetch.fulfillRequest', {
          requestId,
          responseCode: opensApp ? 204 : 200,
          responseHeaders: [{ name: 'content-type', value: 'text/html' }],
          body: Buffer.from(WHATSAPP.test(request.url) ? '<h1>WhatsApp</h1>' : adPage).toString('base64'),
        })
        .catch(() => {}), // the page has gone away meanwhile
  );
  await protocol.send('Fetch.enable', { patterns: [{ urlPattern: 'https://*' }] });

  /** Does what makes the browser ask for `link`, and follows it to WhatsApp. */
  const arrive = async (link, act) => {
    const answer = page.waitForResponse((response) => response.url() === link);
    const [response] = await Promise.all([answer, page.waitForURL(WHATSAPP), act()]);
    const headers = await response.allHeaders();
    const url = new URL(page.url());
    const text = url.searchParams.get('text');
    return {
      status: response.status(),
      headers,
      location: headers.location,
      host: url.host,
      digits: url.pathname.slice(1),
      text,
      code: /\[([0-9A-HJKMNP-TV-Z]{7})\]/.exec(text)?.[1],
    };
  };

  return {
    page,
    /** Opens the link as an app or a QR scanner does: no page before it. */
    open: (link) => arrive(link, () => page.goto(link)),
    /** Taps the link on a page at `from`; `head` goes into that page, `before` runs between reading and tapping. */
    tap: async (link, { from, head = '', before }) => {
      const href = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
      adPage = `<meta name="referrer" content="unsafe-url">${head}<a href="${href}">Chat with us</a>`;
      await page.goto(from);
      await before?.();
      return arrive(link, () => page.click('a'));
    },
    cookies: () => context.cookies(),
    forgetCookies: () => context.clearCookies(),
  };
}
