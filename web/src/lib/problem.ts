// What to tell people about something that was thrown.

import { Failure } from '../api';
import { t } from '../i18n';

export function problemText(problem: unknown): string {
  if (problem instanceof Failure) {
    if (problem.status === 0) return t().problem.unreachable;
    const first = Object.values(problem.fields)[0];
    return first ?? (problem.message || t().problem.unknown);
  }
  return t().problem.unknown;
}
