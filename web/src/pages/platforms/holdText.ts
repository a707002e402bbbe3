// Why a destination is held, in the reader's language where its code is known.

import { t } from '../../i18n';
import { causeOf } from './causes';
import { causes } from './causeWords';
import type { Destination } from './model';

export function holdText({ platform, hold }: Pick<Destination, 'platform' | 'hold'>): string {
  if (!hold) return '';
  const cause = causeOf(platform, hold.code, hold.kind);
  return cause ? causes()[cause](t().platform[platform]) : hold.reason;
}
