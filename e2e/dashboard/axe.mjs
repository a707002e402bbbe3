// axe-core, which finds what people with a screen reader, a keyboard or weak eyes would stumble over.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const GRAVE = ['serious', 'critical'];

/** Puts axe into the page at each load, as the debugger does it: that is not bound by the page's policy. */
export async function prepare(page) {
  await page.addInitScript({ content: SOURCE });
}

/** What axe finds grave on the page as it stands, one line each. `rules` limits it to those. */
export async function findings(page, rules) {
  const violations = await page.evaluate(
    async ({ tags, rules }) => {
      const only = rules ? { type: 'rule', values: rules } : { type: 'tag', values: tags };
      const { violations } = await globalThis.axe.run(document, { runOnly: only, resultTypes: ['violations'] });
      return violations.map(({ id, impact, help, nodes }) => ({
        id,
        impact,
        help,
        nodes: nodes.map(
          ({ target, failureSummary }) => `${target.join(' ')} (${failureSummary.replace(/\s+/g, ' ')})`,
        ),
      }));
    },
    { tags: TAGS, rules },
  );
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .flatMap(({ id, impact, help, nodes }) => nodes.map((node) => `${impact}: ${id}: ${help}: ${node}`));
}

/** The same in light and in dark. Only the colours differ, so only they are looked at twice. */
export async function findingsInBoth(page) {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await findings(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await findings(page, ['color-contrast']);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...light.map((finding) => `light: ${finding}`), ...dark.map((finding) => `dark: ${finding}`)];
}
