// Routes whose shapes are settled but are not in the frozen OpenAPI document yet. When one is, take `api` instead and
// remove it here.

import { ask, send, type Lead, type Page, type Schemas, type LeadStatus, type Touch } from '../api';
import { queryOf } from '../query';

export type Role = 'owner' | 'admin' | 'agent' | 'key';

export interface Me {
  user: { id: string; email: string; language: string | null } | null;
  role: Role;
  workspace_id: string;
  workspace: { id: string; name: string; country: string; time_zone: string | null; currency: string | null };
  agent_id: string | null;
  workspaces: { id: string; name: string; role: Role }[];
}

export interface Setup {
  workspace: { name: string; country: string; time_zone: string; currency: string };
  email: string;
  password: string;
}

export type DestinationPlatform = 'google' | 'meta' | 'tiktok' | 'linkedin';
export type DeliveryState = 'pending' | 'held' | 'sent' | 'confirmed' | 'dropped' | 'expired';

export interface TimelineClick {
  kind: 'click';
  at: string;
  recognised_by: Schemas['RecognisedBy'];
  why: string;
  reason: string;
  agent_id: string | null;
  rotator_id: string;
  touch: Touch;
  ip: string | null;
  browser: string | null;
  device: string | null;
  in_app: Schemas['InApp'] | null;
  duplicate: boolean;
  new: boolean;
}

export interface TimelineDelivery {
  kind: 'delivery';
  at: string;
  delivery_id: string;
  destination_id: string;
  platform: DestinationPlatform;
  event: 'click' | LeadStatus;
  event_name: string;
  event_id: string;
  state: DeliveryState;
  settled_at: string | null;
  code: string | null;
  reason: string | null;
}

export interface TimelineChange {
  kind: 'change';
  at: string;
  field: string;
  old: string | null;
  new: string | null;
  by: string;
}

/** What somebody said of a lead: a form, a message, an import, a CS by a link. */
export interface TimelineSubmission {
  kind: 'submission';
  at: string;
  by: string;
  name: string | null;
  phone: string | null;
  email: string | null;
  fields: { name: string; value: string }[];
  /** The wording beside the tick. */
  consent: string | null;
  unverified: boolean;
  touch: Touch | null;
}

/** Leads became one, or two again. */
export interface TimelineMerge {
  kind: 'merge';
  at: string;
  lead_id: string;
  code: string;
  /** This one was merged into the other. */
  into: boolean;
  undone: boolean;
  by: string;
}

export type TimelineItem = TimelineClick | TimelineDelivery | TimelineChange | TimelineSubmission | TimelineMerge;

/** What is known of a lead beside what the list has; only when it is asked for alone. */
export type LeadMore = Partial<Pick<Schemas['LeadDetails'], 'identifiers' | 'merged' | 'custom' | 'consent'>>;

/** A line of a file, and what becomes of it. */
export interface ImportRow {
  line: number;
  action: 'create' | 'update' | 'merge' | 'unchanged' | 'refuse';
  lead_id: string | null;
  code: string | null;
  /** Names of the fields that changed. */
  changes: string[];
  reason: string | null;
}

export interface Imported {
  /** What each column was taken for; `null`: it is not used. */
  columns: { heading: string; field: string | null }[];
  rows: ImportRow[];
}

/** Clicks by link, double taps left out, most clicks first. */
export interface RotatorsReport {
  from: string;
  to: string;
  rows: { rotator_id: string; name: string | null; slug: string | null; clicks: number; new: number; returning: number }[];
}

/** A rotator as it is being edited. What is absent is as it was saved, or as a new one has it. */
export interface RotatorDraft {
  rotator_id?: string;
  slug?: string;
  name?: string;
  mode?: Schemas['Mode'];
  message?: string;
  target?: Schemas['Target'];
  fallback?: string | null;
  agents: { agent_id: string; weight: number }[];
}

export interface RotatorShare {
  agent_id: string;
  weight: number;
  /** Part of all turns now, 0 to 1. */
  share: number;
  eligible: boolean;
  reason: null | 'off' | 'paused' | 'outside_hours' | 'capped' | 'no_weight';
}

export interface RotatorWarning {
  /** See `pages/rotators/warnings.ts`; there may be new ones. */
  kind: string;
  message: string;
  agent_id: string | null;
  at: string | null;
  count: number | null;
}

export interface RotatorPreview {
  message: string | null;
  message_problem: string | null;
  location: string | null;
  /** Who gets the next new leads, up to 20; nobody while nobody is eligible. */
  next: { agent_id: string }[];
  shares: RotatorShare[];
  warnings: RotatorWarning[];
}

export const pending = {
  setup: () => ask<{ needed: boolean }>('GET', '/setup'),
  finishSetup: (setup: Setup) => ask<void>('POST', '/setup', setup),
  signIn: (email: string, password: string) => ask<void>('POST', '/session', { email, password }),
  signOut: () => ask<void>('DELETE', '/session'),
  /** Makes another of the user's workspaces the one that all answers are about. */
  switchWorkspace: (id: string) => ask<Me>('POST', '/me/workspace', { workspace_id: id }),
  saveLanguage: (language: 'en' | 'id') => ask<Me>('PATCH', '/me', { language }),
  acceptInvitation: (token: string, password: string) =>
    ask<void>('POST', `/invitations/${encodeURIComponent(token)}`, { password }),
  me: () => ask<Me>('GET', '/me'),
  timeline: (lead: string, cursor?: string) =>
    ask<Page<TimelineItem>>('GET', `/leads/${lead}/timeline${queryOf({ cursor })}`),
  bulkStatus: (ids: string[], status: LeadStatus) => ask<void>('POST', '/leads/bulk', { ids, status }),
  /** Makes one of two; the answer is the one that stays. */
  merge: (lead: string, into: string) => ask<Lead>('POST', `/leads/${lead}/merge`, { into }),
  unmerge: (lead: string) => ask<Lead>('POST', `/leads/${lead}/unmerge`),
  /** For the lead's CS, who has no account: they rename it and set its status by this. */
  leadLink: (lead: string) => ask<{ url: string; expires_at: string }>('POST', `/leads/${lead}/link`),
  importLeads: (csv: Blob, isDry: boolean) => send<Imported>(`/leads/import?dry_run=${isDry}`, csv),
  rotatorsReport: (days: { from: string; to: string }) =>
    ask<RotatorsReport>('GET', `/reports/rotators${queryOf(days)}`),
  previewRotator: (draft: RotatorDraft) => ask<RotatorPreview>('POST', '/rotators/preview', draft),
  /** Opening it shows what a new visitor would get and leaves nothing behind. */
  testLink: (rotator: string) =>
    ask<{ url: string; expires_at: string }>('POST', `/rotators/${encodeURIComponent(rotator)}/test-link`),
};
