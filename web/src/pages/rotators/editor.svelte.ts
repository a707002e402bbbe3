// The editor's state: what is in the fields, what was saved, and how one becomes the other.

import { api, done, Failure, type Rotator, type Schemas } from '../../api';
import type { RotatorWarning } from '../../api/pending';
import { toasts } from '../../lib/toasts.svelte';
import { names } from '../../names.svelte';
import { bodyOf, differs, draftOf, lacksFallback, previewOf, standing, type Draft } from './draft';
import { ew } from './editorWords';
import { Preview } from './preview.svelte';
import { isSlug } from './slug';
import { serious } from './warnings';

/** Saving does not wait longer than this to hear what may be wrong. */
const CHECK_MS = 3_000;
const CONFLICT = 409;

export class Editing {
  draft = $state() as Draft;
  /** As the server has it; `null` while it is a new one. */
  saved = $state.raw<Rotator | null>(null);
  isSaving = $state(false);
  /** What saving asks about again. */
  doubts = $state.raw<{ warnings: readonly RotatorWarning[]; oldSlug: string | undefined } | null>(null);
  preview = new Preview();
  #errors = $state.raw<Readonly<Record<string, string>>>({});
  #refused = $state.raw<Readonly<Record<string, unknown>>>({});
  #start = $state.raw() as Draft;

  constructor(saved: Rotator | null, draft: Draft) {
    this.saved = saved;
    this.draft = draft;
    this.#start = $state.snapshot(draft);
  }

  get isDirty(): boolean {
    return differs(this.draft, this.#start);
  }

  get errors(): Readonly<Record<string, string>> {
    return standing(this.#errors, this.#refused, { ...bodyOf(this.draft) });
  }

  get warnings(): readonly RotatorWarning[] {
    return this.preview.answer?.warnings ?? [];
  }

  /** What the preview is asked. */
  get question() {
    return previewOf(this.draft, this.saved?.id);
  }

  discard(): void {
    this.draft = structuredClone($state.snapshot(this.#start)) as Draft;
    this.#errors = {};
  }

  /** The rotator as it is now, or `null` if it was not saved: `errors` or `doubts` say why. */
  async save(isSure = false): Promise<Rotator | null> {
    if (this.isSaving) return null;
    this.isSaving = true;
    this.doubts = null;
    try {
      return (await this.#isFit(isSure)) ? await this.#send() : null;
    } finally {
      this.isSaving = false;
    }
  }

  async #isFit(isSure: boolean): Promise<boolean> {
    const errors: Record<string, string> = {};
    if (!isSlug(this.draft.slug.trim().toLowerCase())) errors.slug = ew().slug_bad;
    if (lacksFallback(this.draft)) errors.fallback = ew().away_empty;
    if (Object.keys(errors).length) {
      this.#refuse(errors);
      return false;
    }
    if (isSure) return true;
    const patience = new Promise<null>((resolve) => setTimeout(() => resolve(null), CHECK_MS));
    const answer = await Promise.race([this.preview.now(this.question), patience]);
    const warnings = serious(answer?.warnings ?? []);
    const oldSlug = this.saved && this.saved.slug !== bodyOf(this.draft).slug ? this.saved.slug : undefined;
    if (warnings.length === 0 && oldSlug === undefined) return true;
    this.doubts = { warnings, oldSlug };
    return false;
  }

  async #send(): Promise<Rotator | null> {
    try {
      const saved = await this.#write(bodyOf(this.draft));
      this.saved = saved;
      this.draft = draftOf(saved);
      this.#start = draftOf(saved);
      this.#errors = {};
      void names.load();
      return saved;
    } catch (problem) {
      const isTaken = problem instanceof Failure && problem.status === CONFLICT;
      const fields = isTaken ? { slug: ew().slug_used } : problem instanceof Failure ? problem.fields : {};
      if (Object.keys(fields).length) this.#refuse(fields);
      else toasts.fail(problem);
      return null;
    }
  }

  #write(body: Schemas['NewRotator']): Promise<Rotator> {
    if (!this.saved) return done(api.POST('/api/v1/rotators', { body }));
    const path = { id: this.saved.id };
    return done(api.PATCH('/api/v1/rotators/{id}', { params: { path }, body: body as Schemas['RotatorPatch'] }));
  }

  #refuse(errors: Readonly<Record<string, string>>): void {
    this.#refused = { ...bodyOf(this.draft) };
    this.#errors = errors;
  }
}
