// What several pages ask of the server, under short names; the shapes are the OpenAPI document's.

import { api, done, send, type LeadStatus, type Schemas } from '../api';

/** `key` is a program's, which never sees these pages. */
export type Role = Schemas['Role'] | 'key';
/** Who sits at the screen is a person. */
export type Me = Schemas['UserMe'];
export type Setup = Schemas['Setup'];
export type DestinationPlatform = Schemas['DestinationPlatform'];
export type DeliveryState = Schemas['DeliveryState'];

export type TimelineItem = Schemas['TimelineItem'];
type Item<Kind> = Extract<TimelineItem, { kind: Kind }>;
export type TimelineClick = Item<'click'>;
export type TimelineDelivery = Item<'delivery'>;
export type TimelineChange = Item<'change'>;
/** What somebody said of a lead: a form, a message, an import, a CS by a link. */
export type TimelineSubmission = Item<'submission'>;
/** Leads became one, or two again. */
export type TimelineMerge = Item<'merge'>;

/** What is known of a lead beside what the list has; only when it is asked for alone. */
export type LeadMore = Partial<Pick<Schemas['LeadDetails'], 'identifiers' | 'merged' | 'custom' | 'consent'>>;

/** A line of a file, and what becomes of it. */
export type ImportRow = Schemas['ImportedRow'];
export type Imported = Schemas['ImportReport'];

/** A rotator as it is being edited. What is absent is as it was saved, or as a new one has it. */
export type RotatorDraft = Schemas['RotatorDraft'];
export type RotatorShare = Schemas['ShareNow'];
/** See `pages/rotators/warnings.ts` for the kinds; a newer server may know others. */
export type RotatorWarning = Omit<Schemas['RotatorWarning'], 'kind'> & { kind: string };
export type RotatorPreview = Schemas['RotatorPreview'];

const of = (id: string) => ({ params: { path: { id } } });

export const pending = {
  setup: () => done(api.GET('/api/v1/setup')),
  finishSetup: (body: Setup) => done(api.POST('/api/v1/setup', { body })),
  signIn: (email: string, password: string) => done(api.POST('/api/v1/session', { body: { email, password } })),
  signOut: () => done(api.DELETE('/api/v1/session')),
  /** Makes another of the user's workspaces the one that all answers are about. */
  switchWorkspace: (id: string) => done(api.POST('/api/v1/me/workspace', { body: { workspace_id: id } })),
  saveLanguage: (language: 'en' | 'id') => done(api.PATCH('/api/v1/me', { body: { language } })),
  acceptInvitation: (token: string, password: string) =>
    done(api.POST('/api/v1/invitations/{token}', { params: { path: { token } }, body: { password } })),
  // Programs have keys, and browsers none.
  me: () => done(api.GET('/api/v1/me')) as Promise<Me>,
  timeline: (lead: string, cursor?: string) =>
    done(api.GET('/api/v1/leads/{id}/timeline', { params: { path: { id: lead }, query: { cursor } } })),
  bulkStatus: (ids: string[], status: LeadStatus) => done(api.POST('/api/v1/leads/bulk', { body: { ids, status } })),
  /** Makes one of two; the answer is the one that stays. */
  merge: (lead: string, into: string) => done(api.POST('/api/v1/leads/{id}/merge', { ...of(lead), body: { into } })),
  unmerge: (lead: string) => done(api.POST('/api/v1/leads/{id}/unmerge', of(lead))),
  /** Erases the person and all that is kept of them. */
  eraseLead: (lead: string) => done(api.POST('/api/v1/leads/{id}/erase', of(lead))),
  /** For the lead's CS, who has no account: they rename it and set its status by this. */
  leadLink: (lead: string) => done(api.POST('/api/v1/leads/{id}/link', of(lead))),
  importLeads: (csv: Blob, isDry: boolean) => send<Imported>(`/leads/import?dry_run=${isDry}`, csv),
  rotatorsReport: (query: { from: string; to: string }) =>
    done(api.GET('/api/v1/reports/rotators', { params: { query } })),
  previewRotator: (body: RotatorDraft) => done(api.POST('/api/v1/rotators/preview', { body })),
  /** Opening it shows what a new visitor would get and leaves nothing behind. */
  testLink: (rotator: string) => done(api.POST('/api/v1/rotators/{id}/test-link', of(rotator))),
};
