// Who is signed in, and where.

import { Failure } from './api';
import { pending, type Me, type Role } from './api/pending';
import { unauthorised } from './api/unauthorised';
import { preferences, type Language } from './preferences.svelte';

const EVERY_MS = 60_000;

type State = 'starting' | 'setup' | 'out' | 'in' | 'unreachable';

class Session {
  state = $state<State>('starting');
  me = $state.raw<Me | null>(null);
  /** Since when the database does not answer; `null` while it does. */
  degradedSince = $state.raw<string | null>(null);

  constructor() {
    unauthorised.listen(() => {
      if (this.state === 'in') this.#leave();
    });
  }

  get role(): Role | null {
    return this.me?.role ?? null;
  }

  /** A CS: sees their own leads and their own switch, nothing else. */
  get isAgent(): boolean {
    return this.role === 'agent';
  }

  /** Asks the server who we are; at the start, and after whatever may have changed it. */
  async load(): Promise<void> {
    try {
      this.me = await pending.me();
      this.degradedSince = this.me.degraded_since;
      this.#takeLanguage(this.me.user?.language);
      this.state = 'in';
    } catch (problem) {
      if (!(problem instanceof Failure) || problem.status !== 401) {
        this.state = 'unreachable';
        return;
      }
      // An older server without set-up has somebody already.
      const setup = await pending.setup().catch(() => ({ needed: false }));
      this.state = setup.needed ? 'setup' : 'out';
    }
  }

  /** Asks every minute whether the database answers, until the returned function is called. */
  watch(): () => void {
    const look = async () => {
      // Nothing new is known while the server does not answer.
      const me = await pending.me().catch(() => null);
      if (me) this.degradedSince = me.degraded_since;
    };
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => clearInterval(timer);
  }

  async signOut(): Promise<void> {
    await pending.signOut().catch(() => {});
    this.#leave();
  }

  /** Here at once, and at the user's other devices when they start. */
  speak(language: Language): void {
    preferences.language = language;
    if (this.me?.user) this.#saveLanguage();
  }

  /** The account's, unless another was chosen here that it does not know of yet: the page was left too soon for it. */
  #takeLanguage(language: string | null | undefined): void {
    if (preferences.isUnsaved) this.#saveLanguage();
    else if (language === 'en' || language === 'id') preferences.language = language;
  }

  #saveLanguage(): void {
    const language = preferences.language;
    preferences.isUnsaved = true;
    const saved = () => {
      if (preferences.language === language) preferences.isUnsaved = false;
    };
    void pending.saveLanguage(language).then(saved, () => {});
  }

  async switchTo(workspace: string): Promise<void> {
    await pending.switchWorkspace(workspace);
    // Everything on the screen is of the other workspace: start anew.
    location.assign('/');
  }

  #leave(): void {
    preferences.isUnsaved = false; // whoever comes next has an account of their own
    this.me = null;
    this.degradedSince = null;
    this.state = 'out';
  }
}

export const session = new Session();
