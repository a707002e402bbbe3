// Forms, WhatsApp's Cloud API and webhooks: where other programs come in, and where they are told.

import { ask, type Page } from '../api';
import { all } from '../lib/all';
import { queryOf } from '../query';

/** What a form may tell of a person. */
export const FORM_PARTS = ['name', 'phone', 'email', 'visitor', 'code', 'consent'] as const;
export type FormPart = (typeof FORM_PARTS)[number];
/** Where each stands in what the form sends; `null` for what it does not ask. */
export type FormMapping = Record<FormPart, string | null>;

export interface FormSample {
  path: string;
  /** The question as people read it. */
  label: string;
  /** The beginning of the answer, or a hint of it. */
  value: string;
}

export interface Form {
  id: string;
  created_at: string;
  name: string;
  url: string;
  active: boolean;
  mapping: FormMapping | null;
  /** Nobody has set the mapping: further posts fill it up. */
  mapping_guessed: boolean;
  has_secret: boolean;
  /** Where a browser is sent that posted the form itself. */
  redirect: string | null;
  sample: FormSample[] | null;
  received: number;
  refused: number;
  last_received_at: string | null;
}

/** With its secret, where that is new. */
export type ShownForm = Form & { secret: string | null };

export interface FormChange {
  name?: string;
  active?: boolean;
  mapping?: FormMapping | null;
  secret?: boolean;
  redirect?: string | null;
}

export interface FormPost {
  id: string;
  at: string;
  state: 'done' | 'repeated' | 'refused';
  /** From a closed list; see `pages/forms/words.ts`. */
  reason: string | null;
  detail: string | null;
  remarks: string[];
  lead_id: string | null;
  /** Refused ones of a minute are one. */
  count: number;
}

export interface Whatsapp {
  phone_number_id: string;
  url: string;
  has_app_secret: boolean;
  has_verify_token: boolean;
  last_received_at: string | null;
  messages: number;
  refused: number;
}

export const WEBHOOK_EVENTS = [
  'lead.created',
  'lead.updated',
  'click.recorded',
  'delivery.failed',
  'agent.unavailable',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export interface Webhook {
  id: string;
  created_at: string;
  url: string;
  events: WebhookEvent[];
  active: boolean;
  state: 'ok' | 'failing' | 'disabled';
  failing_since: string | null;
  /** Only in the answer that made it. */
  secret?: string;
}

export interface WebhookAttempt {
  at: string;
  status: number | null;
  error: string | null;
  duration_ms: number;
}

export interface WebhookMessage {
  id: string;
  /** One of the events, or `webhook.test`. */
  event: string;
  at: string;
  state: 'pending' | 'sent' | 'failed';
  attempts: WebhookAttempt[];
  next_attempt_at: string | null;
  payload: unknown;
}

const at = (...parts: string[]) => parts.map((part) => `/${encodeURIComponent(part)}`).join('');
const pageOf = (query: { limit: number; cursor?: string }) => queryOf({ ...query, limit: String(query.limit) });

export const hooks = {
  forms: () => all((query) => ask<Page<Form>>('GET', `/forms${pageOf(query)}`)),
  form: (id: string) => ask<Form>('GET', at('forms', id)),
  addForm: (form: { name: string; secret?: boolean }) => ask<ShownForm>('POST', '/forms', form),
  setForm: (id: string, change: FormChange) => ask<ShownForm>('PATCH', at('forms', id), change),
  removeForm: (id: string) => ask<void>('DELETE', at('forms', id)),
  formPosts: (id: string, query: { limit: number; cursor?: string }) =>
    ask<Page<FormPost>>('GET', `${at('forms', id, 'submissions')}${pageOf(query)}`),
  whatsapp: () => ask<Whatsapp>('GET', '/whatsapp'),
  setWhatsapp: (fields: { phone_number_id: string; app_secret?: string; verify_token?: string }) =>
    ask<Whatsapp>('PUT', '/whatsapp', fields),
  removeWhatsapp: () => ask<void>('DELETE', '/whatsapp'),
  webhooks: () => all((query) => ask<Page<Webhook>>('GET', `/webhooks${pageOf(query)}`)),
  addWebhook: (webhook: { url: string; events: readonly WebhookEvent[] }) => ask<Webhook>('POST', '/webhooks', webhook),
  setWebhook: (id: string, change: { url?: string; events?: readonly WebhookEvent[]; active?: boolean }) =>
    ask<Webhook>('PATCH', at('webhooks', id), change),
  removeWebhook: (id: string) => ask<void>('DELETE', at('webhooks', id)),
  testWebhook: (id: string) => ask<WebhookMessage>('POST', at('webhooks', id, 'test')),
  messages: (id: string, query: { limit: number; cursor?: string }) =>
    ask<Page<WebhookMessage>>('GET', `${at('webhooks', id, 'messages')}${pageOf(query)}`),
  replay: (id: string, message: string) =>
    ask<WebhookMessage>('POST', at('webhooks', id, 'messages', message, 'replay')),
};
