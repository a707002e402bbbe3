// `npm run screenshots -- FOLDER [NAME…]`: every page as the binary serves it, at desk and phone size, light and dark.
// With names, such as `leads`, only pages whose file begins with one of them.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { launchBrowser } from '../browser.mjs';
import { door, visit, visitWholly } from './pages.mjs';
import { GOOD } from './meta.mjs';
import { everyPage, GONE, startScene } from './scene.mjs';
import { openScreen, settled, SIZES } from './screens.mjs';

const [folder, ...wanted] = process.argv.slice(2);
if (!folder) {
  console.error('usage: npm run screenshots -- FOLDER [NAME…]');
  process.exit(2);
}
await mkdir(folder, { recursive: true });

const ends = [];
const run = { after: (end) => ends.push(end) };
try {
  await takeAll(run);
} finally {
  for (const end of ends.reverse()) await end();
}

async function takeAll(t) {
  const browser = await launchBrowser();
  t.after(() => browser.close());
  const scene = await startScene(t, { leads: 900, token: GOOD });
  const cs = { email: 'citra@kopi.example', password: 'empat kata jadi satu sandi' };
  await invite(scene, cs);

  for (const [size, device] of Object.entries(SIZES)) {
    for (const scheme of ['light', 'dark']) {
      const open = (session) =>
        openScreen(t, browser, {
          size: { ...device, deviceScaleFactor: 2 },
          session,
          expected: GONE,
          colorScheme: scheme,
        });
      const take = async (page, name) => {
        const file = path.join(folder, `${name.replace(/[^\w]+/g, '-').toLowerCase()}-${size}-${scheme}.png`);
        await page.screenshot({ path: file });
        console.log(file);
      };
      const isWanted = (name) => wanted.length === 0 || wanted.some((start) => name.toLowerCase().startsWith(start));

      const page = await open(scene.session);
      for (const [name, where] of Object.entries(everyPage(scene))) {
        if (!isWanted(name)) continue;
        await visitWholly(page, scene.origin, where);
        // Nothing is under the pointer, and nothing blinks.
        await page.mouse.move(0, 0);
        await page.evaluate(() => document.activeElement?.blur());
        await take(page, name);
      }
      if (isWanted('sign-in')) {
        const stranger = await open();
        await stranger.goto(scene.origin);
        await stranger.getByRole('heading').first().waitFor();
        await take(stranger, 'sign-in');
      }
      if (isWanted('cs')) await takeAgent(await open(), cs, scene, take);
    }
  }
}

/** Makes somebody who is an agent, and has chosen a password. */
async function invite({ api, origin, ids }, { email, password }) {
  const { invite_url } = await api('POST', '/users', { email, role: 'agent', agent_id: ids.agent });
  const token = invite_url.split('/').at(-1);
  const answer = await fetch(`${origin}/api/v1/invitations/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  });
  if (!answer.ok) throw new Error(`${email} cannot join: ${answer.status} ${await answer.text()}`);
}

/** What a CS sees. */
async function takeAgent(page, cs, { origin }, take) {
  await page.goto(origin);
  await door.signIn(page, cs);
  await page.getByRole('switch').first().waitFor();
  await settled(page);
  await take(page, 'cs-home');
  await visit(page, origin, '/leads');
  await settled(page);
  await take(page, 'cs-leads');
}
