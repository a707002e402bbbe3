// The dialogs that forms, webhooks and leads open, and the banner of a database that does not answer, in either language:
// how to get to each.

import { button, leads, loaded, onTop } from './pages.mjs';

/** Name → how to get there; `fresh` opens an address anew. */
export function dialogs(page, { ids }, fresh) {
  const shown = () => onTop(page).getByRole('heading').first().waitFor();
  const lead = async () => {
    await fresh(`/leads?lead=${ids.lead}`);
    await shown();
  };
  return {
    'making a form': async () => {
      await fresh('/forms');
      await button(page, /new form|formulir baru/i).click();
      await shown();
    },
    'making a webhook': async () => {
      await fresh('/settings/webhooks');
      await button(page, /add a webhook|tambah webhook/i).click();
      await shown();
    },
    'a webhook that would be told of nothing': async () => {
      for (const box of await onTop(page).getByRole('checkbox').all()) await box.uncheck();
      await onTop(page).getByRole('textbox').first().fill('https://crm.kopi.example/hook');
      await button(onTop(page), /add a webhook|tambah webhook/i).click();
      await onTop(page).locator('.error').first().waitFor();
    },
    'merging with another lead': async () => {
      await lead();
      await leads.act(page, /merge|gabungkan/i);
      await onTop(page).getByRole('searchbox').fill('Bu');
      await onTop(page).locator('ul button').first().waitFor();
    },
    'what a merge comes to': async () => {
      await onTop(page).locator('ul button').first().click();
      await button(onTop(page), /^(merge|gabungkan)$/i).waitFor();
    },
    'the link for a CS': async () => {
      // A browser that does not let a page write to the clipboard: the link is shown.
      await page.addInitScript(() => {
        if (navigator.clipboard) navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
      });
      await lead();
      await leads.act(page, /link for the cs|tautan untuk cs/i);
      await onTop(page).locator('code').first().waitFor();
    },
    'the form of contacts': async () => {
      await lead();
      await leads.act(page, /phone|telepon/i);
      await shown();
      await loaded(page);
    },
    'a database that does not answer': async () => {
      await page.route('**/api/v1/me', async (route) => {
        const response = await route.fetch();
        const me = { ...(await response.json()), degraded_since: new Date(Date.now() - 600_000).toISOString() };
        await route.fulfill({ response, json: me });
      });
      await fresh('/leads');
      await page.locator('main .banner').filter({ hasText: /nothing is lost.*10 min|tidak ada yang hilang.*10 m/i }).waitFor();
    },
  };
}
