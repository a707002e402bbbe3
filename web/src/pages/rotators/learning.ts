// Shares that learn, while they are edited. Numbers are chosen, not typed: what can be chosen cannot be refused.

import type { Schemas } from '../../api';

export interface LearningDraft {
  on: boolean;
  least_percent: string;
  window_days: string;
  wait_days: string;
  frozen: boolean;
}

export const LEAST_PERCENT: readonly number[] = [25, 50, 75];
export const WINDOW_DAYS: readonly number[] = [30, 60, 90, 180];
export const WAIT_DAYS: readonly number[] = [1, 3, 7, 14, 30];

const USUAL: Schemas['Learning'] = { least_percent: 50, window_days: 90, wait_days: 7, frozen: false };

export function learningDraft(learning: Schemas['Learning'] | null): LearningDraft {
  const { least_percent, window_days, wait_days, frozen } = learning ?? USUAL;
  return {
    on: !!learning,
    least_percent: `${least_percent}`,
    window_days: `${window_days}`,
    wait_days: `${wait_days}`,
    frozen,
  };
}

export function learningBody(draft: LearningDraft): Schemas['NewLearning'] | null {
  if (!draft.on) return null;
  return {
    least_percent: Number(draft.least_percent),
    window_days: Number(draft.window_days),
    wait_days: Number(draft.wait_days),
    frozen: draft.frozen,
  };
}

/** What is usually chosen, and what a program has set beside it, in order. */
export function choices(usual: readonly number[], chosen: string): number[] {
  return [...new Set([...usual, Number(chosen)])].sort((a, b) => a - b);
}
