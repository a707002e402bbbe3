// Warnings: where they stand in the editor, which of them are asked about again on saving, and what they are called.

import type { RotatorWarning } from '../../api/pending';

export type Place = 'link' | 'message' | 'agents' | 'away';

interface Known {
  place: Place;
  /** Visitors or leads are lost by it at once: saving asks again. */
  isSerious?: boolean;
  /** Worth more than a grey word, though saving does not mend it. */
  isLoud?: boolean;
  /** How the list of rotators says it, which knows sentences only. */
  says?: RegExp;
}

const KNOWN = {
  unreachable: { place: 'link', isSerious: true, says: /^The link is reached nowhere/ },
  slug_taken: { place: 'link' },
  no_code: { place: 'message', isSerious: true, says: /does not contain \{code\}/ },
  unknown_variable: { place: 'message' },
  no_agents: { place: 'agents', isSerious: true, says: /^No agent is named/ },
  no_weight: { place: 'agents', isSerious: true, says: /^All weights are 0/ },
  all_off: { place: 'agents', isSerious: true, says: /^All agents with a weight are switched off/ },
  nobody_on_duty_later: { place: 'away', says: /^Nobody is on duty/ },
  ad_clicks_while_closed: { place: 'away', isLoud: true, says: /^Nobody can take new leads now/ },
} satisfies Record<string, Known>;

export type WarningKind = keyof typeof KNOWN;

const known = (kind: string): Known | undefined => (KNOWN as Record<string, Known>)[kind];

export function isKnown(kind: string): kind is WarningKind {
  return Object.hasOwn(KNOWN, kind);
}

/** Those that stand at a place. One of a new kind stands with the agents, rather than nowhere. */
export function at(place: Place, warnings: readonly RotatorWarning[]): RotatorWarning[] {
  return warnings.filter(({ kind }) => (known(kind)?.place ?? 'agents') === place);
}

/** Whether it is shown in amber. */
export function isLoud({ kind }: RotatorWarning): boolean {
  const { isSerious, isLoud } = known(kind) ?? {};
  return !!(isSerious || isLoud);
}

/** Those that saving asks about. */
export function serious(warnings: readonly RotatorWarning[]): RotatorWarning[] {
  return warnings.filter(({ kind }) => known(kind)?.isSerious);
}

/**
 * A sentence of the list as the warning that it tells; the kind is empty if it is a new one. `null` for a night that is
 * still to come: nearly every shop has one, and a list in which all is amber warns of nothing.
 */
export function parse(message: string, now: string): RotatorWarning | null {
  const kind = Object.entries<Known>(KNOWN).find(([, { says }]) => says?.test(message))?.[0] ?? '';
  const isLater = kind === 'nobody_on_duty_later';
  if (isLater && !/^Nobody is on duty now/.test(message)) return null;
  const count = kind === 'ad_clicks_while_closed' ? Number(/\d+/.exec(message)?.[0] ?? 1) : null;
  return { kind, message, agent_id: null, at: isLater ? now : null, count };
}
