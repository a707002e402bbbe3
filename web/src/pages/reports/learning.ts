// What a rotator that learns has come to, as one of a few cases: each is a sentence.

import type { Schemas } from '../../api';

export type Learning = Schemas['RotatorLearning'];
type Case = 'unseen' | 'one_agent' | 'few_leads' | 'few_won' | 'no_difference' | 'moved' | 'frozen';

/** What is said of it at first. */
export function caseOf({ verdict, frozen }: Pick<Learning, 'verdict' | 'frozen'>): Case {
  if (!verdict) return 'unseen';
  const hasMoved = verdict === 'moved' || verdict === 'no_difference';
  return frozen && hasMoved ? 'frozen' : verdict;
}

type Worth = 'nothing' | 'unclear' | 'more' | 'fewer';

/** Whether learned shares win more than the set ones: only said when chance is an unlikely reason. */
export function worthOf(compared: Pick<Schemas['Comparison'], 'difference' | 'margin'> | null): Worth {
  const { difference, margin } = compared ?? {};
  if (difference == null || margin == null) return 'nothing';
  if (Math.abs(difference) <= margin) return 'unclear';
  return difference > 0 ? 'more' : 'fewer';
}
