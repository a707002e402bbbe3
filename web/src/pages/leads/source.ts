// Where a touch came from, in a word and a second line.

import type { Touch } from '../../api';
import { t } from '../../i18n';

export interface Source {
  title: string;
  detail: string;
}

export function sourceOf(touch: Touch): Source {
  const { source, medium, campaign, content } = touch.utm as Record<string, string | undefined>;
  const detail = [campaign, content ?? medium].filter(Boolean).join(' · ');
  if (touch.platform) return { title: t().platform[touch.platform], detail };
  if (source) return { title: capital(source), detail };
  if (touch.referrer) return { title: host(touch.referrer), detail };
  return { title: t().source.direct, detail };
}

/** Both in one line. */
export function sourceLine(touch: Touch): string {
  const { title, detail } = sourceOf(touch);
  return detail ? `${title} · ${detail}` : title;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function host(referrer: string): string {
  return referrer.replace(/^\w+:\/\//, '').replace(/^www\./, '');
}
