// What a row of the sources report is called, and where its leads are listed.

import { t } from '../../i18n';
import type { SourceKind } from './ask';
import { clicked, named } from './behind';
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

/** The new leads of a row. What is beyond the server's bound is many names, and no list is of many. */
export function sourceHref(
  range: Range,
  rotator: string | undefined,
  kind: SourceKind,
  name: string | null,
): string | undefined {
  if (name === OTHERS || (kind === 'platform' && name !== null && !platforms()[name])) return undefined;
  return leadsHref(range, rotator, { ...clicked, ...named(kind, name) });
}
