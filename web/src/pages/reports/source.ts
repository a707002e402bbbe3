// What a row of the sources report is called, and where its leads are listed.

import { t } from '../../i18n';
import type { SourceKind } from './ask';
import { leadsHref } from './leads';
import type { Range } from './range';
import { w } from './words';

/** Under this name the server counts what is beyond its bound. */
export const OTHERS = '(other)';

const platforms = (): Readonly<Record<string, string>> => t().platform;

export function sourceName(kind: SourceKind, name: string | null): string {
  if (name === null) return w().none_kind[kind];
  if (name === OTHERS) return w().others;
  return kind === 'platform' ? (platforms()[name] ?? name) : name;
}

/** The list of leads can look for what is there, not for what is missing. */
export function sourceHref(
  range: Range,
  rotator: string | undefined,
  kind: SourceKind,
  name: string | null,
): string | undefined {
  if (name === null || name === OTHERS || (kind === 'platform' && !platforms()[name])) return undefined;
  return leadsHref(range, rotator, { [kind]: name });
}
