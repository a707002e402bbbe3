// Where things are on the dashboard's pages, by role and name as somebody reads them; in English, and tolerant, so that
// a better word breaks nothing. Only this file knows them.

import assert from 'node:assert/strict';
import { eventually } from '../eventually.mjs';
import { isPhone, settled } from './screens.mjs';

/** The rows of a list, or on a phone the cards, within `main`. */
export const ROWS = 'table[aria-label] tbody tr, ul[aria-label] > li.panel';
const LOADING = /^(loading|memuat)/i;

/** Goes to a page of the dashboard by its address, `/leads?status=won`, and waits until it has loaded. */
export async function visit(page, origin, where) {
  const isIn = page.url().startsWith(`${origin}/`);
  // A step within the page, as the back button makes it.
  const step = (to) => {
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  };
  await (isIn ? page.evaluate(step, where) : page.goto(`${origin}${where}`));
  await loaded(page);
}

/** Goes to one of `everyPage`, and waits until all of it is there, in a drawer, too. */
export async function visitWholly(page, origin, where) {
  await visit(page, origin, where);
  if (/(lead|agent|delivery|webhook)=/.test(where)) await onTop(page).getByRole('heading').first().waitFor();
  await settled(page);
}

/** Waits until nothing on the page is on its way any more. */
export async function loaded(page) {
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await eventually(async () => {
    assert.equal(await page.getByRole('status', { name: LOADING }).count(), 0, 'the page is still loading');
  });
}

/** A field by its label. */
const field = (within, name) => within.getByLabel(name).first();
export const button = (within, name) => within.getByRole('button', { name }).first();
/** The drawer or dialog on top. */
export const onTop = (page) => page.locator('dialog[open]').last();

export const door = {
  /** The first run. */
  setUp: async (page, { business, email, password }) => {
    await page.getByRole('heading', { name: /set up/i }).waitFor();
    await field(page, /business/i).fill(business);
    await field(page, /country/i).selectOption('ID');
    await field(page, /time zone/i).selectOption('Asia/Jakarta');
    await field(page, /currency/i).fill('IDR');
    await field(page, /e-?mail/i).fill(email);
    await field(page, /password/i).fill(password);
    await button(page, /^(start|set up)/i).click();
  },
  signIn: async (page, { email, password }) => {
    await page.getByRole('heading', { name: /sign in/i }).waitFor();
    await field(page, /e-?mail/i).fill(email);
    await field(page, /password/i).fill(password);
    await button(page, /sign in/i).click();
  },
  /** What an invitation's link leads to. */
  accept: async (page, password) => {
    await page.getByRole('heading', { name: /invited/i }).waitFor();
    await field(page, /password/i).fill(password);
    await button(page, /^(join|accept)/i).click();
  },
};

export const frame = {
  /** Goes by the links that people press: the sidebar, or on a phone the tabs and what "Me" leads to. */
  go: async (page, name) => {
    const link = (within) => within.getByRole('link', { name, exact: true });
    const main = page.getByRole('navigation', { name: 'Main' }).filter({ visible: true });
    await main.first().waitFor();
    if ((await link(main).count()) === 0) {
      await main.getByRole('link', { name: 'Me', exact: true }).click();
      await link(page.locator('main')).click();
    } else await link(main).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await loaded(page);
  },
  /** The names in the navigation. */
  places: async (page) => {
    const main = page.getByRole('navigation', { name: 'Main' }).filter({ visible: true });
    return (await main.getByRole('link').allInnerTexts()).map((text) => text.trim());
  },
  signOut: async (page, origin) => {
    await visit(page, origin, '/me');
    await button(page, /sign out/i).click();
    // Whoever leaves before that is answered may still be signed in.
    await page.getByRole('heading', { name: /sign in/i }).waitFor();
  },
  /** The line below the title that says what somebody should look at. */
  banner: (page) => page.locator('main [role=status].banner').first(),
};

export const agents = {
  add: async (page, { name, phone }) => {
    await button(page, /add agent/i).click();
    const drawer = onTop(page);
    await field(drawer, /^name/i).fill(name);
    await field(drawer, /whatsapp/i).fill(phone);
    await button(drawer, /add agent/i).click();
    await drawer.getByRole('heading', { name }).waitFor();
    await button(drawer, /close/i).click();
    await page.locator('main').getByRole('link', { name }).waitFor();
  },
};

export const rotators = {
  /** Makes one with the agents that are offered, and gives its link. */
  make: async (page, { name }) => {
    await page
      .getByRole('link', { name: /new rotator|first link/i })
      .first()
      .click();
    await field(page, /^name$/i).fill(name);
    const slug = await field(page, /name in the link/i).inputValue();
    await button(page, /create link/i).click();
    const copy = page.getByRole('button', { name: new RegExp(`copy .*/wa/${slug}$`, 'i') }).first();
    await copy.waitFor();
    return (await copy.getAttribute('aria-label')).replace(/^\S+\s+/, '');
  },
};

export const leads = {
  rows: (page) => page.locator('main').locator(ROWS),
  row: (page, name) => leads.rows(page).filter({ hasText: name }),
  names: async (page) =>
    (await leads.rows(page).locator('a[href*="lead="]').allInnerTexts()).map((text) => text.trim()),
  open: async (page, name) => {
    await leads.row(page, name).getByRole('link', { name }).click();
    await onTop(page).getByRole('heading', { name }).waitFor();
    return onTop(page);
  },
  /** Gives a name in its place: in the row, or on a phone, where a row has no room for it, in the drawer. */
  rename: async (page, name, to) => {
    const place = isPhone(page) ? await leads.open(page, name) : leads.row(page, name);
    if (!isPhone(page)) await place.hover();
    await place.getByRole('button', { name: `Rename ${name}` }).click();
    await place.getByRole('textbox', { name: `Rename ${name}` }).fill(to);
    await page.keyboard.press('Enter');
    await page
      .getByRole(isPhone(page) ? 'heading' : 'link', { name: to })
      .first()
      .waitFor();
    if (isPhone(page)) await button(place, /close/i).click();
    await leads.row(page, to).waitFor();
  },
  /** Chooses from the open drawer's menu, which is in one of the languages. */
  act: async (page, name) => {
    await button(onTop(page), /^(more|lainnya)$/i).click();
    await page.getByRole('menuitem', { name }).click();
  },
  /** What the open drawer's timeline tells, newest first, one line each. */
  timeline: async (drawer) =>
    (await drawer.locator('ol > li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')),
};

export const duty = {
  /** The one big switch of a CS. */
  theSwitch: (page) => page.getByRole('switch', { name: /take new leads/i }),
};

export const team = {
  /** Invites somebody who is an agent, and gives the link that is shown this once. */
  invite: async (page, { email, agent }) => {
    await button(page, /invite/i).click();
    const dialog = onTop(page);
    await field(dialog, /e-?mail/i).fill(email);
    await dialog.getByText('CS', { exact: true }).click();
    await field(dialog, /agent/i).selectOption({ label: agent });
    await button(dialog, /(make|link|invite)/i).click();
    const shown = onTop(page).locator('code').first();
    await shown.waitFor();
    const link = (await shown.innerText()).trim();
    await button(onTop(page), /done/i).click();
    return link;
  },
};

export const platforms = {
  /** Enters a new access token where the form stands open. */
  replaceToken: async (page, token) => {
    await field(page, /access token/i).fill(token);
    await button(page, /^save$/i).click();
  },
  deliveries: (page) => page.locator('main').locator('table[aria-label] tbody tr, ul[aria-label] > li.panel'),
};

export const webhooks = {
  /** Adds one, and gives the secret that is shown this once. */
  add: async (page, { url, only }) => {
    await button(page, /add a webhook/i).click();
    const dialog = onTop(page);
    await field(dialog, /address/i).fill(url);
    for (const box of await dialog.getByRole('checkbox').all()) {
      const name = await box.evaluate((input) => input.closest('label').innerText);
      if (!only.some((wanted) => name.startsWith(wanted))) await box.uncheck();
    }
    await button(dialog, /add a webhook/i).click();
    const shown = onTop(page).locator('code').first();
    await onTop(page)
      .getByRole('heading', { name: /secret/i })
      .waitFor();
    const secret = (await shown.innerText()).trim();
    await button(onTop(page), /done/i).click();
    return secret;
  },
};

export const forms = {
  /** Makes one, and gives the address that it posts to. */
  add: async (page, name) => {
    await button(page, /new form/i).click();
    await field(onTop(page), /name/i).fill(name);
    await button(onTop(page), /make the address/i).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    return (await page.locator('main code').first().innerText()).trim();
  },
  /** Which field tells this of a person. */
  part: (page, name) => page.getByRole('combobox', { name, exact: true }),
  save: async (page) => {
    await button(page.locator('main'), /^save$/i).click();
    await page.getByText('Saved', { exact: true }).first().waitFor();
  },
  lookAgain: (page) => button(page, /look again/i).click(),
};
