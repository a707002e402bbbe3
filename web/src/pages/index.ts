// Every page, loaded when it is opened. To add one: a component here below, a line in this table, and, if it has a
// place in the navigation, its words in `i18n`.

import type { Component } from 'svelte';
import type { Role } from '../api/pending';
import type { IconName } from '../lib/icons';
import type { Messages } from '../i18n';

type Words = Exclude<keyof Messages['nav'], 'label' | 'skip'>;

export type Params = Record<string, string>;

export interface PageEntry {
  /** `:name` parts become the component's `params`. */
  path: string;
  /** `let { params }: { params: Params } = $props()` in pages that want them. */
  load: () => Promise<{ default: Component<{ params: Params }> | Component }>;
  roles: readonly Role[];
  /** Its place in the navigation, if it has one. */
  nav?: { word: Words; icon: IconName; foot?: boolean };
}

const STAFF: readonly Role[] = ['owner', 'admin', 'key'];
const EVERYBODY: readonly Role[] = [...STAFF, 'agent'];

export const pages: readonly PageEntry[] = [
  {
    path: '/leads',
    load: () => import('./leads/Leads.svelte'),
    roles: EVERYBODY,
    nav: { word: 'leads', icon: 'leads' },
  },
  {
    path: '/rotators',
    load: () => import('./rotators/Rotators.svelte'),
    roles: STAFF,
    nav: { word: 'rotators', icon: 'rotators' },
  },
  { path: '/leads/import', load: () => import('./import/Import.svelte'), roles: STAFF },
  { path: '/rotators/new', load: () => import('./rotators/New.svelte'), roles: STAFF },
  { path: '/rotators/:id', load: () => import('./rotators/Edit.svelte'), roles: STAFF },
  {
    path: '/agents',
    load: () => import('./agents/Agents.svelte'),
    roles: STAFF,
    nav: { word: 'agents', icon: 'agents' },
  },
  { path: '/agents/new', load: () => import('./agents/New.svelte'), roles: STAFF },
  {
    path: '/platforms',
    load: () => import('./platforms/Platforms.svelte'),
    roles: STAFF,
    nav: { word: 'platforms', icon: 'platforms' },
  },
  { path: '/platforms/new', load: () => import('./platforms/NewPlatform.svelte'), roles: STAFF },
  { path: '/platforms/deliveries', load: () => import('./platforms/Deliveries.svelte'), roles: STAFF },
  { path: '/platforms/:id', load: () => import('./platforms/Platform.svelte'), roles: STAFF },
  {
    path: '/forms',
    load: () => import('./forms/Forms.svelte'),
    roles: STAFF,
    nav: { word: 'forms', icon: 'forms' },
  },
  { path: '/forms/:id', load: () => import('./forms/Form.svelte'), roles: STAFF },
  {
    path: '/reports',
    load: () => import('./reports/Reports.svelte'),
    roles: STAFF,
    nav: { word: 'reports', icon: 'reports' },
  },
  {
    path: '/reports/:view',
    load: () => import('./reports/Reports.svelte'),
    roles: STAFF,
  },
  {
    path: '/doctor',
    load: () => import('./doctor/Doctor.svelte'),
    roles: STAFF,
    nav: { word: 'doctor', icon: 'doctor' },
  },
  {
    path: '/settings',
    load: () => import('./settings/Settings.svelte'),
    roles: STAFF,
    nav: { word: 'settings', icon: 'settings', foot: true },
  },
  // A CS has an account, too; the page shows nobody more than is theirs.
  { path: '/settings/:section', load: () => import('./settings/Settings.svelte'), roles: EVERYBODY },
  {
    path: '/me',
    load: () => import('./me/Me.svelte'),
    roles: EVERYBODY,
  },
];

const opened = new Map<PageEntry, ReturnType<PageEntry['load']>>();

/** The page's component. What is there already costs no turn of the event loop, and so no frame without it. */
export function open(page: PageEntry): ReturnType<PageEntry['load']> {
  const known = opened.get(page);
  if (known) return known;
  const loading = page.load();
  opened.set(page, loading);
  // After a cut it is asked for again.
  loading.catch(() => opened.delete(page));
  return loading;
}

/** Pages for a role, in the navigation's order. */
export function navigation(role: Role): PageEntry[] {
  return pages.filter((page) => page.nav && page.roles.includes(role));
}

/** Whether there is such a page: what leads to one that is not built yet is not offered. */
export function has(path: string): boolean {
  return pages.some((page) => page.path === path);
}

/** Where a role starts. */
export function home(role: Role): string {
  return role === 'agent' ? '/me' : '/leads';
}
