// Forms, WhatsApp's Cloud API and webhooks: where other programs come in, and where they are told.

import { api, done, type Schemas } from '../api';
import { all } from '../lib/all';

/** What a form may tell of a person. */
export const FORM_PARTS = ['name', 'phone', 'email', 'visitor', 'code', 'consent'] as const satisfies (keyof FormMapping)[];
export type FormPart = (typeof FORM_PARTS)[number];
/** Where each stands in what the form sends; `null` for what it does not ask. */
export type FormMapping = Schemas['StoredFormMapping'];
export type FormSample = Schemas['FormSampleField'];
export type Form = Schemas['Form'];
/** With its secret, where that is new. */
export type ShownForm = Schemas['ShownForm'];
export type FormChange = Schemas['FormPatch'];
export type FormPost = Schemas['FormSubmission'];

export type Whatsapp = Schemas['Whatsapp'];

export const WEBHOOK_EVENTS = [
  'lead.created',
  'lead.updated',
  'click.recorded',
  'delivery.failed',
  'agent.unavailable',
  'lead.untouched',
  'digest',
] as const satisfies WebhookEvent[];
export type WebhookEvent = Schemas['WebhookEvent'];
export type Webhook = Schemas['Webhook'];
export type WebhookMessage = Schemas['WebhookMessage'];

type Part = { limit: number; cursor?: string };
const of = (id: string) => ({ params: { path: { id } } });

export const hooks = {
  forms: () => all((query) => done(api.GET('/api/v1/forms', { params: { query } }))),
  form: (id: string) => done(api.GET('/api/v1/forms/{id}', of(id))),
  addForm: (body: Schemas['NewForm']) => done(api.POST('/api/v1/forms', { body })),
  setForm: (id: string, body: FormChange) => done(api.PATCH('/api/v1/forms/{id}', { ...of(id), body })),
  removeForm: (id: string) => done(api.DELETE('/api/v1/forms/{id}', of(id))),
  formPosts: (id: string, query: Part) =>
    done(api.GET('/api/v1/forms/{id}/submissions', { params: { path: { id }, query } })),
  whatsapp: () => done(api.GET('/api/v1/whatsapp')),
  setWhatsapp: (body: Schemas['NewWhatsapp']) => done(api.PUT('/api/v1/whatsapp', { body })),
  removeWhatsapp: () => done(api.DELETE('/api/v1/whatsapp')),
  webhooks: () => all((query) => done(api.GET('/api/v1/webhooks', { params: { query } }))),
  addWebhook: (webhook: { url: string; events: WebhookEvent[] }) =>
    done(api.POST('/api/v1/webhooks', { body: { ...webhook, active: true } })),
  setWebhook: (id: string, body: Schemas['WebhookPatch']) =>
    done(api.PATCH('/api/v1/webhooks/{id}', { ...of(id), body })),
  removeWebhook: (id: string) => done(api.DELETE('/api/v1/webhooks/{id}', of(id))),
  testWebhook: (id: string) => done(api.POST('/api/v1/webhooks/{id}/test', of(id))),
  messages: (id: string, query: Part) =>
    done(api.GET('/api/v1/webhooks/{id}/messages', { params: { path: { id }, query } })),
  replay: (id: string, message: string) =>
    done(api.POST('/api/v1/webhooks/{id}/messages/{message}/replay', { params: { path: { id, message } } })),
};
