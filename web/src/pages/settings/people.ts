// Who may change whom, as the server decides it. Pure.

import type { Schemas } from '../../api';
import type { Role } from '../../api/pending';

export type User = Schemas['User'];
export type UserRole = Schemas['Role'];

/** What somebody of this role may make of others. */
export function rolesFor(own: Role): UserRole[] {
  if (own === 'owner') return ['owner', 'admin', 'agent'];
  return own === 'admin' ? ['admin', 'agent'] : [];
}

/** Nobody changes themselves here, so that nobody locks themselves out; only owners change owners. */
export function mayChange(user: Pick<User, 'id' | 'role'>, me: { id: string | undefined; role: Role }): boolean {
  return user.id !== me.id && rolesFor(me.role).includes(user.role);
}

/** Opens WhatsApp with a text to send: to a number, or to whomever one chooses. */
export function shareLink(text: string, digits = ''): string {
  return `https://wa.me/${digits}?text=${encodeURIComponent(text)}`;
}
