// Why a delivery stands as it does, in the reader's language where the server gives a code, else in its words.

import { t } from '../../i18n';
import { present, show } from '../../show.svelte';
import { stepWord } from '../../step';
import { causeInWords, causeOf } from './causes';
import { causes } from './causeWords';
import { dw } from './deliveryWords';
import { holdText } from './holdText';
import type { Delivery, Destination, Trigger } from './model';

export const because = (event: Trigger) =>
  event === 'click' ? dw().because_click : dw().because_status(stepWord(event));

/** What was never sent was not refused by the platform. */
export const isOurs = ({ code }: Delivery) => code === 'no_consent' || code === 'destination_removed' || code === 'click_erased';

export const stateWord = (delivery: Delivery) =>
  delivery.state === 'dropped' && isOurs(delivery) ? dw().not_sent : dw().states[delivery.state];

export interface Why {
  text: string;
  /** The server's or the platform's own words, if they say more. */
  words: string | null;
}

export function whyOf(delivery: Delivery, destination: Destination | undefined): Why {
  const { platform, state, code, reason } = delivery;
  const name = t().platform[platform];
  const plain = (text: string): Why => ({ text, words: reason === text ? null : reason });
  const cause = causeOf(platform, code) ?? causeInWords(platform, reason);
  switch (state) {
    case 'sent':
      return plain(platform === 'google' ? dw().google_has_it : dw().has_it(name));
    case 'confirmed':
      return plain(dw().counts(name));
    case 'held':
      return plain(destination?.hold ? holdText(destination) : dw().held);
    case 'pending':
      return waiting(delivery, destination);
    case 'expired':
      return plain(causes().too_old(name));
    case 'dropped':
      if (cause) return plain(causes()[cause](name));
      return platform === 'google' && !code ? plain(dw().google_refused) : reason ? { text: reason, words: null } : plain(dw().refused(name));
  }
}

function waiting(delivery: Delivery, destination: Destination | undefined): Why {
  const { platform, attempts, code, not_before, reason, response } = delivery;
  const name = t().platform[platform];
  if (destination && !destination.active) return { text: dw().off, words: null };
  const cause = causeOf(platform, code) ?? causeInWords(platform, reason);
  if (cause) return { text: causes()[cause](name), words: reason };
  const untilMs = Date.parse(not_before) - present.ms;
  if (attempts === 0 && untilMs > 0) return { text: dw().too_early(show.span(untilMs)), words: null };
  if (response && response.status === null) return { text: dw().unreached(name), words: reason };
  return { text: reason ?? dw().soon, words: null };
}

/** Whether the platform still takes it; the server has the last word. */
export function canReplay(delivery: Delivery, nowMs: number): boolean {
  const isOver = delivery.state === 'dropped' || delivery.state === 'expired';
  return isOver && !isOurs(delivery) && Date.parse(delivery.expires_at) > nowMs;
}
