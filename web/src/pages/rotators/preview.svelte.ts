// What the server says of a rotator that is being edited: asked a moment after the last change. The last answer stays
// while the next one is on its way, so that nothing jumps.

import { pending, type RotatorDraft, type RotatorPreview } from '../../api/pending';

const QUIET_MS = 250;

export class Preview {
  answer = $state.raw<RotatorPreview | null>(null);
  problem = $state.raw<unknown>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #question = '';

  /** Asks about this draft soon, unless it is the one that was asked about last. */
  want(draft: RotatorDraft): void {
    const question = JSON.stringify(draft);
    if (question === this.#question) return;
    const isFirst = this.#question === '';
    this.#question = question;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.now(draft), isFirst ? 0 : QUIET_MS);
  }

  /** Asks at once. A failure leaves the last answer; it is an aid, and must not stand in the way of saving. */
  async now(draft: RotatorDraft): Promise<RotatorPreview | null> {
    clearTimeout(this.#timer);
    this.#question = JSON.stringify(draft);
    const asked = ++this.#asked;
    try {
      const answer = await pending.previewRotator(draft);
      if (asked === this.#asked) {
        this.answer = answer;
        this.problem = null;
      }
      return answer;
    } catch (problem) {
      if (asked === this.#asked) this.problem = problem;
      return null;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
