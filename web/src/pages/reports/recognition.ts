// Which browsers forget people.

import type { Schemas } from '../../api';

type Row = Schemas['RecognitionRow'];
type Totals = Schemas['Recognised'];

/** Below this many clicks a rate is chance. */
const ENOUGH_CLICKS = 30;

/** Whether this browser recognises less than half of what the others do, taken together. */
export function isForgetful(row: Row, totals: Totals): boolean {
  const others = totals.clicks - row.clicks;
  const othersKnown = totals.cookie + totals.click_id - row.cookie - row.click_id;
  return row.clicks >= ENOUGH_CLICKS && others >= ENOUGH_CLICKS && row.rate < othersKnown / others / 2;
}

/** Its browser and app, as one word. */
export function keyOf({ browser, in_app }: Row): string {
  return `${browser ?? ''}/${in_app ?? ''}`;
}
