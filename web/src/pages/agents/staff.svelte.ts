// The agents of the workspace with what stands beside them: their rotators, and their turns of today.

import { api, done, type Agent, type Rotator, type Schemas } from '../../api';
import { day } from '../../format';
import { all } from '../../lib/all';
import { later } from '../../lib/later';
import { toasts, type ToastAction } from '../../lib/toasts.svelte';
import { names } from '../../names.svelte';
import { session } from '../../session.svelte';
import { present, show } from '../../show.svelte';
import { dutyOf, type Duty } from './duty';
import { dutyText, whenText } from './text';
import { w } from './words';

/** What an agent had today, at all rotators together. */
export interface Today {
  given: number;
  due: number;
}

/** A rotator that names an agent. */
export interface Place {
  rotator: Rotator;
  weight: number;
  /** Of the new leads, from 0 to 1, while everybody is on duty. */
  share: number;
}

export class Staff {
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<unknown>(null);
  agents = $state.raw<Agent[]>([]);
  /** `null` until they are known. */
  rotators = $state.raw<Rotator[] | null>(null);
  #ledger = $state.raw<Schemas['RotationRow'][]>([]);

  async load(): Promise<void> {
    this.problem = null;
    if (this.state === 'failed') this.state = 'loading';
    try {
      // The switch is what one is here for; what stands beside it may come a moment later.
      later(() => {
        void this.loadToday();
        void this.#loadRotators();
      });
      this.agents = await all((query) => done(api.GET('/api/v1/agents', { params: { query } })));
      this.state = 'ready';
    } catch (problem) {
      this.problem = problem;
      this.state = 'failed';
    }
  }

  async #loadRotators(): Promise<void> {
    try {
      this.rotators = await all((query) => done(api.GET('/api/v1/rotators', { params: { query } })));
    } catch {
      // They stay unknown: saying that somebody has none would be worse.
    }
  }

  /** The ledger counts by the agents' own days, which may be a day off the workspace's. */
  async loadToday(): Promise<void> {
    const query = { from: show.day(1), to: show.day(-1) };
    try {
      this.#ledger = (await done(api.GET('/api/v1/reports/rotation', { params: { query } }))).rows;
    } catch {
      // An ornament, next to the switch that one may be here for.
    }
  }

  today(agent: Agent): Today {
    if (this.#ledger.length === 0) return { given: 0, due: 0 };
    const today = day(present.ms, zoneOf(agent));
    const rows = this.#ledger.filter((row) => row.agent_id === agent.id && row.day === today);
    const sum = (of: (row: Schemas['RotationRow']) => number) => rows.reduce((all, row) => all + of(row), 0);
    return { given: sum((row) => row.given), due: sum((row) => row.due) };
  }

  duty(agent: Agent): Duty {
    return dutyOf(agent, this.today(agent).given, present.ms, zoneOf(agent));
  }

  places(agent: Agent): Place[] {
    return (this.rotators ?? []).flatMap((rotator) => {
      const own = rotator.agents.find(({ agent_id }) => agent_id === agent.id);
      if (!own) return [];
      const sum = rotator.agents.reduce((all, { weight }) => all + weight, 0);
      return [{ rotator, weight: own.weight, share: sum ? own.weight / sum : 0 }];
    });
  }

  /** Whether any rotator gives them new leads at all, as far as is known. */
  hasWeight(agent: Agent): boolean {
    return !this.rotators || this.places(agent).some(({ weight }) => weight > 0);
  }

  isTaking(agent: Agent): boolean {
    return this.duty(agent).kind === 'on' && this.hasWeight(agent);
  }

  put(agent: Agent): void {
    const isKnown = this.agents.some(({ id }) => id === agent.id);
    this.agents = isKnown
      ? this.agents.map((known) => (known.id === agent.id ? agent : known))
      : [...this.agents, agent];
    void names.load();
  }

  async switch(agent: Agent, active: boolean): Promise<void> {
    const said = active ? w().said_on(agent.name) : w().said_off(agent.name);
    await this.#set(agent, { active }, said, { active: agent.active });
  }

  async pause(agent: Agent, untilMs: number): Promise<void> {
    const said = w().said_paused(agent.name, momentText(untilMs, zoneOf(agent)));
    await this.#set(agent, { paused_until: new Date(untilMs).toISOString() }, said, { paused_until: agent.paused_until });
  }

  async resume(agent: Agent): Promise<void> {
    await this.#set(agent, { paused_until: null }, w().said_resumed(agent.name), { paused_until: agent.paused_until });
  }

  async remove(agent: Agent): Promise<void> {
    await done(api.DELETE('/api/v1/agents/{id}', { params: { path: { id: agent.id } } }));
    this.agents = this.agents.filter(({ id }) => id !== agent.id);
    toasts.say(w().said_removed(agent.name));
    void names.load();
  }

  /** At once here, then at the server; back again if it refuses, or if somebody changes their mind. */
  async #set(agent: Agent, patch: SwitchPatch, said: string, back?: SwitchPatch): Promise<void> {
    this.put({ ...agent, ...patch });
    try {
      this.put(await setAgent(agent.id, patch));
      const undo: ToastAction | undefined = back && {
        label: w().undo,
        act: () => void this.#set(this.agents.find(({ id }) => id === agent.id) ?? agent, back, w().said_undone),
      };
      toasts.say(said, undo);
    } catch (problem) {
      this.put(agent);
      toasts.fail(problem);
    }
  }
}

type SwitchPatch = Partial<Pick<Agent, 'active' | 'paused_until'>>;

export function setAgent(id: string, body: Schemas['AgentPatch']): Promise<Agent> {
  return done(api.PATCH('/api/v1/agents/{id}', { params: { path: { id } }, body }));
}

/** Their own zone, else the workspace's. */
export function zoneOf(agent: Pick<Agent, 'time_zone'>): string | undefined {
  return agent.time_zone ?? session.me?.workspace.time_zone ?? undefined;
}

/** Why an agent gets new leads or does not, in the reader's words and the agent's zone. */
export function dutyWords(duty: Duty, zone: string | undefined): string {
  const text = dutyText(duty, present.ms, zone, w(), dateText);
  const hasTime = duty.kind === 'paused' || (duty.kind === 'closed' && duty.backMs !== null);
  return hasTime ? `${text}${foreign(zone)}` : text;
}

/** A moment to come, in an agent's zone. */
export function momentText(ms: number, zone: string | undefined): string {
  return `${whenText(ms, present.ms, zone, w(), dateText)}${foreign(zone)}`;
}

/** The zone's name where it is not the one that everything else is shown in. */
function foreign(zone: string | undefined): string {
  return zone && zone !== session.me?.workspace.time_zone ? ` ${show.zone(zone)}` : '';
}

function dateText(ms: number): string {
  return show.date(new Date(ms).toISOString());
}
