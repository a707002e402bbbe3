// What stands in a lead's timeline: a sentence with one bold word, the reason below it, a tone.

import type {
  TimelineChange,
  TimelineClick,
  TimelineDelivery,
  TimelineItem,
  TimelineMerge,
  TimelineSubmission,
} from '../../api/pending';
import type { LeadStatus } from '../../api';
import { t } from '../../i18n';
import { deliveryTone, type Tone } from '../../lib/tones';
import { names } from '../../names.svelte';
import { session } from '../../session.svelte';
import { show } from '../../show.svelte';
import { stepWord } from '../../step';
import { dw } from './drawerWords';
import { sourceLine } from './source';
import { w } from './words';

export interface Sentence {
  /** Before, in bold, after. */
  parts: readonly [string, string, string];
  reason: string;
  tone: Tone;
  /** What somebody answered, line by line. */
  answers?: readonly { name: string; value: string }[];
}

export function sentence(item: TimelineItem): Sentence {
  if (item.kind === 'click') return click(item);
  if (item.kind === 'delivery') return delivery(item);
  if (item.kind === 'submission') return submission(item);
  if (item.kind === 'merge') return merge(item);
  return change(item);
}

function submission(item: TimelineSubmission): Sentence {
  const said = [item.name, item.phone && show.phone(item.phone), item.email].filter(Boolean).join(' · ');
  const reason = [
    item.unverified && dw().unverified_said,
    item.touch && sourceLine(item.touch),
    item.consent && dw().agreed(item.consent),
  ];
  return {
    parts: dw().said(dw().sayer[kindOf(item.by)] ?? item.by, said),
    reason: reason.filter(Boolean).join(' · '),
    tone: item.unverified ? 'amber' : 'green',
    answers: item.fields,
  };
}

function merge(item: TimelineMerge): Sentence {
  const { code, into, undone } = item;
  const parts = undone ? dw().apart(code) : into ? dw().merged_into(code) : dw().merged_with(code);
  return { parts, reason: actorOf(item.by), tone: undone ? 'gray' : 'blue' };
}

function click(item: TimelineClick): Sentence {
  const rotator = names.rotator(item.rotator_id) ?? dw().removed_rotator;
  const source = sourceLine(item.touch);
  const agent = names.agent(item.agent_id) ?? dw().somebody;
  const why = dw().why[item.why]?.(agent);
  const parts = item.duplicate
    ? dw().tapped_twice(rotator)
    : item.new
      ? dw().first_clicked(rotator, source)
      : dw().clicked(rotator, source);
  return {
    parts,
    reason: [dw().by[item.recognised_by], item.duplicate ? undefined : why].filter(Boolean).join(' · '),
    tone: item.duplicate ? 'gray' : 'green',
  };
}

function delivery(item: TimelineDelivery): Sentence {
  const cause = item.event === 'click' ? dw().because_click : dw().because_status(stepWord(item.event));
  const isSettled = item.settled_at && (item.state === 'sent' || item.state === 'confirmed');
  const span = isSettled && spanOf(item.at, item.settled_at!);
  return {
    parts: dw().delivery[item.state](t().platform[item.platform], item.event_name),
    reason: [item.reason ?? cause, span && dw().settled(span)].filter(Boolean).join(' · '),
    tone: deliveryTone[item.state],
  };
}

/** From one moment to another, as `31 min`. */
function spanOf(from: string, to: string): string {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from));
  return show.span(ms);
}

function change(item: TimelineChange): Sentence {
  const shown = (value: string | null) => value && shownValue(item.field, value);
  const [to, from] = [shown(item.new), shown(item.old)];
  const waited = item.by.startsWith('reminder:') && dw().waited(item.by.slice('reminder:'.length));
  const actor = [waited, actorOf(item.by)].filter(Boolean).join(' · ');
  const tone: Tone = item.field === 'status' && item.new === 'lost' ? 'gray' : 'blue';
  const about = dw().changed;
  const reason = (withFrom: boolean) => [withFrom && from && dw().was(from), actor].filter(Boolean).join(' · ');
  if (item.field === 'status') return { parts: about.status(to ?? '', from ?? ''), reason: actor, tone };
  if (item.field === 'arrived') return { parts: item.new ? about.arrived() : about.not_arrived(), reason: actor, tone: item.new ? 'green' : 'gray' };
  if (item.field === 'notes') return { parts: about.notes(), reason: actor, tone };
  if (to === null || to === '') return { parts: [dw().cleared(fieldName(item.field)), '', ''], reason: reason(true), tone };
  const known = { name: about.name, phone: about.phone, email: about.email, value: about.value, agent_id: about.agent_id };
  const say = known[item.field as keyof typeof known];
  return { parts: say ? say(to) : about.other(fieldName(item.field), to), reason: reason(true), tone };
}

function shownValue(field: string, value: string): string {
  if (field === 'status') return t().status[value as LeadStatus] ?? value;
  if (field === 'agent_id' || field === 'agent') return names.agent(value) ?? dw().somebody;
  if (field === 'phone') return show.phone(value);
  if (field === 'value' && Number.isFinite(Number(value))) return show.number(Number(value), 2);
  return value;
}

function fieldName(field: string): string {
  const known: Record<string, string> = {
    name: w().lead,
    phone: dw().phone,
    email: dw().email,
    value: dw().value,
    currency: dw().currency,
    agent_id: w().agent,
    agent: w().agent,
  };
  return known[field] ?? field;
}

function kindOf(by: string): string {
  return by.split(':')[0] ?? '';
}

/** Who or what did it: `user:1`, `form:3`, `import:user:1`. */
export function actorOf(by: string): string {
  const [kind = '', id] = by.split(':');
  if (kind === 'user' && id === session.me?.user?.id) return dw().actor.me!;
  return dw().actor[kind] ?? by;
}
