// A rotator while it is edited: what stands in the fields, and how that becomes what the API takes.

import type { Rotator, Schemas } from '../../api';
import type { RotatorDraft } from '../../api/pending';
import { learningBody, learningDraft, type LearningDraft } from './learning';
import { isSlug } from './slug';

/** What the visitor sees first. Two of them are the API's mode `page`. */
export type View = 'redirect' | 'page' | 'form';
/** Where visitors go while nobody is on duty. */
export type Away = 'waiting' | 'phone' | 'url';

export interface FormField {
  name: string;
  label: string;
  type: string;
  required: boolean;
  /** What a `choice` offers, a line each. */
  options: string;
}

export interface Draft {
  name: string;
  slug: string;
  view: View;
  message: string;
  target: Schemas['Target'];
  away: Away;
  phone: string;
  url: string;
  agents: { agent_id: string; weight: number }[];
  learning: LearningDraft;
  page: Record<PageText, string>;
  form: { fields: FormField[]; consent: string };
}

export const PAGE_TEXTS = ['brand', 'title', 'text', 'button', 'logo_url'] as const;
/** How it looks, and in which language its own words are; empty is the usual. */
export const PAGE_LOOKS = ['picture_url', 'accent', 'background', 'language'] as const;
type PageText = (typeof PAGE_TEXTS)[number] | (typeof PAGE_LOOKS)[number];
const NO_PAGE = Object.fromEntries([...PAGE_TEXTS, ...PAGE_LOOKS].map((name) => [name, ''])) as Record<PageText, string>;

export function draftOf(rotator: Rotator): Draft {
  const { page, fallback } = rotator;
  const isAddress = !!fallback && /^https?:/i.test(fallback);
  const form = page?.form ?? null;
  return {
    name: rotator.name,
    slug: rotator.slug,
    view: rotator.mode === 'redirect' ? 'redirect' : form ? 'form' : 'page',
    message: rotator.message,
    target: rotator.target,
    away: !fallback ? 'waiting' : isAddress ? 'url' : 'phone',
    phone: fallback && !isAddress ? `+${fallback}` : '',
    url: isAddress ? fallback : '',
    agents: rotator.agents.map(({ agent_id, weight }) => ({ agent_id, weight })),
    learning: learningDraft(rotator.learning),
    page: Object.fromEntries(
      Object.keys(NO_PAGE).map((name) => [name, (page as Record<string, string | null> | null)?.[name] ?? '']),
    ) as Draft['page'],
    form: {
      fields: (form?.fields ?? []).map(({ name, label, type, required, ...more }) => ({
        name,
        label: label ?? name,
        type,
        required: required ?? false,
        options: ('options' in more ? (more.options as string[]) : []).join('\n'),
      })),
      // `false` is no tick as well.
      consent: form?.consent || '',
    },
  };
}

/** What a new rotator starts with: everybody who is switched on, in equal parts. */
export function newDraft(message: string, agents: readonly { id: string; active: boolean }[]): Draft {
  return {
    name: '',
    slug: '',
    view: 'redirect',
    message,
    target: 'wa.me',
    away: 'waiting',
    phone: '',
    url: '',
    agents: agents.filter(({ active }) => active).map(({ id }) => ({ agent_id: id, weight: 1 })),
    learning: learningDraft(null),
    page: { ...NO_PAGE },
    form: { fields: [], consent: '' },
  };
}

/** What is sent on save: all of it. */
export function bodyOf(draft: Draft): Schemas['NewRotator'] {
  const { page, form } = draft;
  const texts = Object.fromEntries([
    ...PAGE_TEXTS.map((name) => [name, page[name].trim() || null]),
    ...PAGE_LOOKS.flatMap((name) => (page[name].trim() ? [[name, page[name].trim()]] : [])),
  ]) as Record<string, string | null>;
  // A form that is not shown is kept, so that trying another view loses nothing; "page" is the page without one.
  const hasForm = draft.view === 'form' || (draft.view === 'redirect' && form.fields.length > 0);
  const isEmpty = !hasForm && Object.values(texts).every((text) => !text);
  return {
    slug: draft.slug.trim().toLowerCase(),
    name: draft.name.trim() || draft.slug.trim().toLowerCase(),
    mode: modeOf(draft),
    message: draft.message,
    target: draft.target,
    fallback: fallbackOf(draft),
    agents: draft.agents.map(({ agent_id, weight }) => ({ agent_id, weight })),
    learning: learningBody(draft.learning),
    page: isEmpty
      ? null
      : {
          ...texts,
          form: hasForm
            ? {
                fields: form.fields.map(({ name, label, type, required, options }) => ({
                  name,
                  label: label.trim() || null,
                  type,
                  required,
                  ...(type === 'choice' && { options: optionsOf(options) }),
                })),
                consent: form.consent.trim() || null,
              }
            : null,
        },
  };
}

/** The choices of a text with a line each; empty lines are none. */
export function optionsOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}

/** What the server is asked for while one edits. */
export function previewOf(draft: Draft, rotator_id: string | undefined): RotatorDraft {
  const slug = draft.slug.trim().toLowerCase();
  return {
    rotator_id,
    ...(isSlug(slug) && { slug }),
    mode: modeOf(draft),
    ...(draft.name.trim() && { name: draft.name.trim() }),
    message: draft.message,
    target: draft.target,
    fallback: isPlausible(draft) ? fallbackOf(draft) : null,
    agents: draft.agents.map(({ agent_id, weight }) => ({ agent_id, weight })),
  };
}

/** While a number or an address is being typed it is refused, and the whole question with it. */
function isPlausible(draft: Draft): boolean {
  if (draft.away === 'phone') return draft.phone.replace(/\D/g, '').length >= 8;
  return draft.away !== 'url' || /^https:\/\/[^\s/]+\.[^\s/]{2,}/.test(draft.url.trim());
}

/** Whether saving `draft` would change anything. */
export function differs(draft: Draft, saved: Draft): boolean {
  return JSON.stringify(bodyOf(draft)) !== JSON.stringify(bodyOf(saved));
}

/** A fallback that is chosen but not filled in yet. */
export function lacksFallback(draft: Draft): boolean {
  return draft.away !== 'waiting' && fallbackOf(draft) === null;
}

function modeOf(draft: Draft): Schemas['Mode'] {
  return draft.view === 'redirect' ? 'redirect' : 'page';
}

function fallbackOf(draft: Draft): string | null {
  if (draft.away === 'waiting') return null;
  return draft[draft.away].trim() || null;
}

/** Of the errors that a save brought, those whose field still says what was refused. */
export function standing(
  errors: Readonly<Record<string, string>>,
  refused: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const top = (field: string) => field.split(/[.[]/)[0]!;
  const isSame = (name: string) => JSON.stringify(refused[name]) === JSON.stringify(now[name]);
  return Object.fromEntries(Object.entries(errors).filter(([field]) => isSame(top(field))));
}
