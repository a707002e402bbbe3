// An agent as a form holds them: texts as they are typed. Pure.

import type { Agent, Schemas } from '../../api';
import { MOST_WINDOWS, type Window } from './hours';

export interface Draft {
  name: string;
  phone: string;
  /** Empty is the workspace's. */
  time_zone: string;
  /** Empty is no limit. */
  daily_cap: string;
  hours: Window[] | null;
}

/** What is wrong, as names of words. */
export interface Faults {
  name?: 'name_missing';
  phone?: 'phone_missing' | 'phone_signs' | 'phone_short';
  daily_cap?: 'cap_bad';
  hours?: 'no_days' | 'too_many';
}

/** Those words. */
export type FaultWords = Record<NonNullable<Faults[keyof Faults]>, string>;

const LEAST_DIGITS = 6;
const CAP_MAX = 1_000_000;

export function draftOf(agent: Agent | undefined, phone: (digits: string) => string): Draft {
  return {
    name: agent?.name ?? '',
    phone: agent ? phone(agent.phone) : '',
    time_zone: agent?.time_zone ?? '',
    daily_cap: agent?.daily_cap == null ? '' : String(agent.daily_cap),
    hours: agent?.hours?.map((window) => ({ ...window, days: [...window.days] })) ?? null,
  };
}

/** What can be said without asking the server, which knows the numbers of every country. */
export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  const phone = draft.phone.trim();
  if (!draft.name.trim()) faults.name = 'name_missing';
  if (!phone) faults.phone = 'phone_missing';
  else if (!/^\+?[\d\s().-]+$/.test(phone)) faults.phone = 'phone_signs';
  else if (phone.replace(/\D/g, '').length < LEAST_DIGITS) faults.phone = 'phone_short';
  const cap = draft.daily_cap.trim();
  if (cap && !(/^\d+$/.test(cap) && Number(cap) >= 1 && Number(cap) <= CAP_MAX)) faults.daily_cap = 'cap_bad';
  if (draft.hours?.some(({ days }) => days.length === 0)) faults.hours = 'no_days';
  else if ((draft.hours?.length ?? 0) > MOST_WINDOWS) faults.hours = 'too_many';
  return faults;
}

/** What of it differs from how it was. */
export function changesOf(draft: Draft, before: Draft): Schemas['AgentPatch'] {
  const all: Required<Pick<Schemas['AgentPatch'], keyof Draft>> = {
    name: draft.name.trim(),
    phone: draft.phone.trim(),
    time_zone: draft.time_zone || null,
    daily_cap: draft.daily_cap.trim() ? Number(draft.daily_cap) : null,
    hours: draft.hours,
  };
  const isChanged = (key: keyof Draft) => JSON.stringify(draft[key]) !== JSON.stringify(before[key]);
  return Object.fromEntries(Object.entries(all).filter(([key]) => isChanged(key as keyof Draft)));
}
