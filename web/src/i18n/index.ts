// Words in the reader's language.
//
// Shared words stand in `en.ts` and `id.ts`: `t().leads.title`. A page brings its own beside it, loaded with the page:
//
//   const w = words({ en: { title: 'Agents', due: (n: number) => `${n} due` },
//                     id: { title: 'CS', due: (n) => `${n} jatah` } });
//   …{w().title}…
//
// A key that one language lacks does not compile.

import { preferences } from '../preferences.svelte';
import { en } from './en';
import { id } from './id';

export type Messages = typeof en;

const messages = { en, id };

/** The shared words. Reading them in a component follows the chosen language. */
export function t(): Messages {
  return messages[preferences.language];
}

/** Words of one page. */
export function words<T>(both: { en: T; id: NoInfer<T> }): () => T {
  return () => both[preferences.language];
}
