// Whether an agent gets new leads now, and if not, why and until when: the server's rule, told in words. Pure.

import type { Agent } from '../../api';
import { DAY, stretchesOf, untilOpen } from './hours';
import { laterDay, momentOf, wallOf } from './zoned';

export type Duty =
  | { kind: 'off' }
  /** `backMs` is later than `untilMs` if the pause ends outside of their hours. */
  | { kind: 'paused'; untilMs: number; backMs: number | null }
  | { kind: 'closed'; backMs: number | null }
  | { kind: 'full' }
  | { kind: 'on' };

type Rules = Pick<Agent, 'active' | 'paused_until' | 'hours' | 'daily_cap'>;

/** `zone` is the agent's, `turns` their new leads of today in it. */
export function dutyOf(agent: Rules, turns: number, nowMs: number, zone: string | undefined): Duty {
  if (!agent.active) return { kind: 'off' };
  const untilMs = agent.paused_until ? Date.parse(agent.paused_until) : 0;
  if (untilMs > nowMs) return { kind: 'paused', untilMs, backMs: openFrom(agent, untilMs, zone) };
  const backMs = openFrom(agent, nowMs, zone);
  if (backMs !== nowMs) return { kind: 'closed', backMs };
  if (agent.daily_cap !== null && turns >= agent.daily_cap) return { kind: 'full' };
  return { kind: 'on' };
}

/** The first moment from then on within their hours; that moment itself if it is, `null` if there is none. */
function openFrom({ hours }: Pick<Rules, 'hours'>, ms: number, zone: string | undefined): number | null {
  if (!hours) return ms;
  const { date, minute, weekday } = wallOf(ms, zone);
  const wait = untilOpen(stretchesOf(hours), weekday * DAY + minute);
  if (wait === null || wait === 0) return wait === null ? null : ms;
  // By the clock, not by adding hours: clocks may change in between.
  const then = minute + wait;
  return momentOf(laterDay(date, Math.floor(then / DAY)), then % DAY, zone);
}
