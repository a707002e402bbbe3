// How agents look: the same letters and colour for somebody everywhere.

import type { Agent } from '../../api';
import type { Tone } from '../../lib/tones';
import { marks } from './marks';

export interface Look {
  /** One or two letters. */
  text: string;
  tone: Tone;
  name: string;
}

const TONES: readonly Tone[] = ['green', 'blue', 'amber', 'gray'];

/** By id; colours follow the order of the workspace's agents. */
export function looksOf(agents: readonly Pick<Agent, 'id' | 'name'>[]): Readonly<Record<string, Look>> {
  const letters = marks(agents.map(({ name }) => name));
  return Object.fromEntries(
    agents.map(({ id, name }, at) => [id, { text: letters[at]!, tone: TONES[at % TONES.length]!, name }]),
  );
}

/** Somebody whom nobody knows: the list of agents could not be loaded. */
export const stranger = (id: string): Look => ({ text: '?', tone: 'gray', name: `#${id}` });
