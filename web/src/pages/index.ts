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
    path: '/me',
    load: () => import('./me/Me.svelte'),
    roles: EVERYBODY,
  },
];

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
