// Routes whose shapes are settled but are not in the frozen OpenAPI document yet. When one is, take `api` instead and
// remove it here.

import { ask, type Page, type Schemas, type LeadStatus, type Touch } from '../api';
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

export interface Alert {
  id: string;
  kind: string;
  message: string;
  since: string;
  destination_id: string;
}

export type DestinationPlatform = 'google' | 'meta' | 'tiktok' | 'linkedin';
export type DeliveryState = 'pending' | 'held' | 'sent' | 'confirmed' | 'dropped' | 'expired';

export interface Destination {
  id: string;
  platform: DestinationPlatform;
  name?: string;
  active: boolean;
  state: string;
  [more: string]: unknown;
}

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

export type TimelineItem = TimelineClick | TimelineDelivery | TimelineChange;

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
  alerts: () => ask<Page<Alert>>('GET', '/alerts'),
  destinations: () => ask<Page<Destination>>('GET', '/destinations'),
  timeline: (lead: string, cursor?: string) =>
    ask<Page<TimelineItem>>('GET', `/leads/${lead}/timeline${queryOf({ cursor })}`),
  bulkStatus: (ids: string[], status: LeadStatus) => ask<void>('POST', '/leads/bulk', { ids, status }),
};
