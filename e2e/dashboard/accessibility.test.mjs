// Nobody is shut out: axe finds nothing grave on any page, in any state, at either size, in light or dark.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEmpty, startKonektor } from '../konektor.mjs';
import { findings, findingsInBoth, prepare } from './axe.mjs';
import { dialogs } from './dialogs.mjs';
import { button, door, leads, loaded, onTop, visit, visitWholly } from './pages.mjs';
import { everyPage, GONE, startScene } from './scene.mjs';
import { isPhone, openScreen, options, settled, shared, signIn, SIZES } from './screens.mjs';

const world = shared(async (all, t) => {
  all.scene = await startScene(t);
});

/** Looks at each of `states`, name → how to get there, and tells all that is wrong, not only the first. */
async function look(page, states) {
  const found = {};
  for (const [name, reach] of Object.entries(states)) {
    await reach();
    await settled(page);
    const grave = await findingsInBoth(page);
    if (grave.length) found[name] = grave;
  }
  assert.deepEqual(found, {});
}

for (const [size, device] of Object.entries(SIZES)) {
  test(`at ${size} size, every page and drawer`, options, async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, { size: device, session: scene.session, expected: GONE });
    await prepare(page);
    const pages = { ...everyPage(scene), ...(isPhone(page) && { 'the list of settings': '/settings' }) };
    const states = Object.entries(pages).map(([name, where]) => [name, () => visitWholly(page, scene.origin, where)]);
    await look(page, Object.fromEntries(states));
  });

  test(`at ${size} size, menus, dialogs, empty pages and errors`, options, async (t) => {
    const { scene, browser } = world;
    const { origin } = scene;
    const page = await openScreen(t, browser, { size: device, session: scene.session, expected: /leads\S*: 429$/ });
    await prepare(page);
    const fresh = async (where) => {
      await page.goto('about:blank');
      await visit(page, origin, where);
    };
    await look(page, {
      'the menu of statuses': async () => {
        await fresh('/leads');
        await leads
          .rows(page)
          .first()
          .getByRole('button', { name: /status of/i })
          .click();
        await page.getByRole('menu').getByRole('menuitemradio').first().waitFor();
      },
      'the question what a lead is worth': async () => {
        await page.getByRole('menuitemradio', { name: 'Won' }).click();
        await onTop(page).getByRole('heading', { name: /worth/i }).waitFor();
      },
      'the form of a note': async () => {
        await fresh(`/leads?lead=${scene.ids.lead}`);
        await button(onTop(page), /note/i).click();
        await onTop(page).getByRole('textbox', { name: /note/i }).waitFor();
      },
      'the question before a lead is deleted': async () => {
        await fresh(`/leads?lead=${scene.ids.lead}`);
        await button(onTop(page), /^more$/i).click();
        await page.getByRole('menuitem', { name: /delete/i }).click();
        await onTop(page)
          .getByRole('heading', { name: /delete/i })
          .waitFor();
      },
      'the menu of an agent': async () => {
        await fresh('/agents');
        await button(page.locator('main'), /what to do with/i).click();
        await page.getByRole('menu').getByRole('menuitem').first().waitFor();
      },
      'a new agent that lacks everything': async () => {
        await fresh('/agents?agent=new');
        await button(onTop(page), /add agent/i).click();
        await onTop(page).locator('[aria-invalid]').first().waitFor();
      },
      'the invitation of a colleague': async () => {
        await fresh('/settings/team');
        await button(page, /invite/i).click();
        await onTop(page).getByRole('heading').first().waitFor();
      },
      'making a key': async () => {
        await fresh('/settings/keys');
        await button(page, /make a key/i).click();
        await onTop(page).getByRole('heading').first().waitFor();
      },
      ...dialogs(page, scene, fresh),
      'leads that cannot be loaded': async () => {
        await page.route('**/api/v1/leads*', (route) =>
          route.fulfill({ status: 429, json: { title: 'Too many requests' } }),
        );
        await fresh('/leads');
        await page.getByRole('alert').waitFor();
      },
    });
  });

  test(`at ${size} size, what one sees before being in, and a workspace with nothing in it`, options, async (t) => {
    const konektor = await startEmpty(t);
    const page = await openScreen(t, world.browser, { size: device });
    await prepare(page);
    const owner = { business: 'Toko Kopi', email: 'rina@kopi.example', password: 'hujan pagi kereta biru' };
    const go = (where) => [where, () => visit(page, konektor.origin, where)];
    await look(page, {
      'the set-up': async () => {
        await page.goto(konektor.origin);
        await page.getByRole('heading', { name: /set up/i }).waitFor();
      },
      'the first page': async () => {
        await door.setUp(page, owner);
        await loaded(page);
      },
      ...Object.fromEntries(
        [
          '/leads',
          '/rotators',
          '/rotators/new',
          '/agents',
          '/platforms',
          '/platforms/deliveries',
          '/reports/overview',
          '/reports/sources',
          '/reports/rotation',
        ].map(go),
      ),
      'the sign-in': async () => {
        await page.context().clearCookies();
        await page.reload();
        await page.getByRole('heading', { name: /sign in/i }).waitFor();
      },
      'a refused sign-in': async () => {
        await door.signIn(page, { ...owner, password: 'not the password' });
        await page
          .getByRole('status')
          .filter({ hasText: /do not belong/i })
          .waitFor();
      },
    });
  });

  test(`at ${size} size, what a CS sees`, options, async (t) => {
    const { scene, browser } = world;
    const page = await openScreen(t, browser, { size: device });
    await prepare(page);
    const { invite_url } = await scene.api('POST', '/users', {
      email: `${size}@kopi.example`,
      role: 'agent',
      agent_id: scene.ids.agent,
    });
    await look(page, {
      'the invitation': async () => {
        await page.goto(invite_url);
        await page.getByRole('heading', { name: /invited/i }).waitFor();
      },
      'the switch': async () => {
        await door.accept(page, 'empat kata jadi satu sandi');
        await page.getByRole('switch').first().waitFor();
      },
      'my leads': () => visit(page, scene.origin, '/leads'),
      'the account': () => visit(page, scene.origin, '/settings/account'),
    });
  });
}

test('axe would tell', options, async (t) => {
  const konektor = await startKonektor(t, { agents: [] });
  const page = await openScreen(t, world.browser, { session: await signIn(konektor, await konektor.addUser('owner')) });
  await prepare(page);
  await visit(page, konektor.origin, '/leads');
  await page.evaluate(() => document.querySelector('h1').after(document.createElement('button')));
  const found = await findings(page);
  assert.equal(found.length, 1, `a button without a name: ${found}`);
  assert.match(found[0], /^critical: button-name/);
});
