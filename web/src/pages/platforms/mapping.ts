// Which event a platform is told for a click and for each status: the table of the page, as the API takes it.

import { hasActions, TRIGGERS, type Platform, type Trigger } from './model';

export type Mapping = Readonly<Record<string, string>>;

/** What a new destination has. A click always tells; without an entry it is this. */
export const CLICK_EVENT = 'Contact';
export const DEFAULT_MAPPING: Mapping = { qualified: 'Lead', won: 'Purchase' };

/** Names that Meta and TikTok optimise for; of both, those that suit a sale by chat. */
export const STANDARD_EVENTS = ['Contact', 'Lead', 'CompleteRegistration', 'InitiateCheckout', 'AddToCart', 'Purchase'];

/** What a status is offered first when it is to tell something. Two statuses with one name would count once. */
export const SUGGESTED: Readonly<Record<Trigger, string>> = {
  click: CLICK_EVENT,
  arrived: 'ChatStarted',
  contacted: 'Contacted',
  responded: 'Responded',
  qualified: 'Lead',
  hot: 'HotLead',
  proposal: 'Proposal',
  negotiation: 'Negotiation',
  invoice: 'InitiateCheckout',
  won: 'Purchase',
  lost: 'Lost',
};

const NAME = /^[A-Za-z0-9_]{1,50}$/;

/** The event of a trigger; `null` if it tells nothing. */
export function eventOf(mapping: Mapping, trigger: Trigger): string | null {
  return mapping[trigger] ?? (trigger === 'click' ? CLICK_EVENT : null);
}

/** The mapping with another event. A click cannot tell nothing: then it is the usual one again. */
export function withEvent(mapping: Mapping, trigger: Trigger, event: string | null): Mapping {
  const { [trigger]: _, ...rest } = mapping;
  const isUsual = trigger === 'click' && event === CLICK_EVENT;
  return event === null || isUsual ? rest : { ...rest, [trigger]: event };
}

export function isSame(a: Mapping, b: Mapping): boolean {
  return TRIGGERS.every((trigger) => eventOf(a, trigger) === eventOf(b, trigger));
}

/** `name` is no name; `number` is no action's number; `twice` stands for two statuses, so the second would not count. */
export type MappingProblem = 'name' | 'number' | 'twice';

export function problemOf(platform: Platform, mapping: Mapping, trigger: Trigger): MappingProblem | null {
  const event = eventOf(mapping, trigger);
  if (event === null) return null;
  if (!NAME.test(event)) return hasActions(platform) ? 'number' : 'name';
  const isTwice = TRIGGERS.some((other) => other !== trigger && other !== 'click' && eventOf(mapping, other) === event);
  return trigger !== 'click' && isTwice ? 'twice' : null;
}

/** Google's and LinkedIn's number of an action of its own; `null` for the destination's. */
export function actionOf(event: string): string | null {
  return /^\d+$/.test(event) ? event : null;
}
