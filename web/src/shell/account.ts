// What stands in the account's menu, at the foot of the sidebar and on the phone's "Me".

import { t } from '../i18n';
import { toasts } from '../lib/toasts.svelte';
import type { MenuItem } from '../lib/menu';
import { preferences, type Theme } from '../preferences.svelte';
import { session } from '../session.svelte';

export const languages = [
  { value: 'en', label: 'English' },
  { value: 'id', label: 'Indonesia' },
] as const;

export function themes(): { value: Theme; label: string }[] {
  return [
    { value: 'system', label: t().account.system },
    { value: 'light', label: t().account.light },
    { value: 'dark', label: t().account.dark },
  ];
}

export function workspaceItems(): MenuItem[] {
  const { me } = session;
  if (!me || me.workspaces.length < 2) return [];
  return me.workspaces.map(({ id, name }, at) => ({
    label: name,
    checked: id === me.workspace_id,
    group: at === 0 ? t().account.workspaces : undefined,
    act: () => void session.switchTo(id).catch((problem) => toasts.fail(problem)),
  }));
}

export function accountItems(): MenuItem[] {
  return [
    ...workspaceItems(),
    ...languages.map(({ value, label }, at) => ({
      label,
      checked: preferences.language === value,
      group: at === 0 ? t().account.language : undefined,
      act: () => session.speak(value),
    })),
    ...themes().map(({ value, label }, at) => ({
      label,
      checked: preferences.theme === value,
      group: at === 0 ? t().account.theme : undefined,
      act: () => (preferences.theme = value),
    })),
    { label: t().account.sign_out, group: true as const, act: () => void session.signOut() },
  ];
}
