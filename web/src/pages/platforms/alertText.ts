// The banner: what, that nothing is lost, by when it must be mended, and where.

import type { Schemas } from '../../api';
import { t } from '../../i18n';
import type { Query } from '../../query';
import { alertWords as w } from './alertWords';
import { daysLeft } from './deadline';
import type { Destination } from './model';

interface Around {
  deadline: string | null;
  /** How many alerts there are besides. */
  others: number;
  /** Writes a number as the reader does. */
  count: (n: number) => string;
}

export interface AlertText {
  title: string;
  text: string;
  path: string;
  query?: Query;
  /** If it is not simply to be mended. */
  button?: string;
}

export function alertText(alert: Schemas['Alert'], destination: Destination | undefined, around: Around): AlertText {
  const told = alert.kind === 'mail_failed' ? mail(alert) : alert.webhook_id ? webhook(alert.webhook_id) : destination ? known(alert, destination, around) : null;
  // A kind, or a destination, that these words do not know: the server's own.
  if (!told) return { title: t().alert.other, text: alert.message, path: '/platforms' };
  if (around.others === 0) return told;
  const text = `${told.text} ${w().more(around.others)}`;
  // There is no page for webhooks and platforms together: the first one's is the way.
  if (!destination) return { ...told, text };
  return { ...told, text, path: '/platforms', query: {}, button: w().see_all };
}

function mail(alert: Schemas['Alert']): AlertText {
  return { title: w().mail, text: alert.message, path: '/settings/notices', button: w().see_mail };
}

function webhook(id: string): AlertText {
  return {
    title: w().webhook,
    text: w().webhook_text,
    path: '/settings/webhooks',
    query: { webhook: id },
    button: w().see_webhook,
  };
}

function known(alert: Schemas['Alert'], destination: Destination, { deadline, count }: Around): AlertText | null {
  const { id, name, platform, hold, stats } = destination;
  if (alert.kind === 'destination_silent') {
    return {
      title: w().silent(name),
      text: w().silent_text,
      path: '/platforms/deliveries',
      query: { destination_id: id, state: 'pending' },
      button: w().see,
    };
  }
  // Mended a moment ago: the alert goes with the next answer.
  if (alert.kind !== 'destination_held' || !hold) return null;
  const why = hold.kind === 'config' ? w().config : platform === 'google' ? w().auth_google : w().auth;
  const end = deadline ? w().within_days(daysLeft(deadline, Date.now())) : '';
  return {
    title: stats.pending ? w().holds(name, count(stats.pending), stats.pending) : w().held(name),
    text: `${why} ${w().nothing_lost} ${stats.pending ? w().renewed(stats.pending) : w().new_wait}${end}.`,
    path: `/platforms/${id}`,
    query: { fix: hold.kind },
  };
}
