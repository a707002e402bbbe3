import { setTimeout as pause } from 'node:timers/promises';

/**
 * Tries until `check` neither throws nor rejects, and returns its value; after the deadline, throws its last error.
 * What the server does in the background is waited for as a condition, never for a fixed time.
 */
export async function eventually(check, { deadline_ms = 10_000, every_ms = 25 } = {}) {
  const end = Date.now() + deadline_ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(every_ms);
    }
  }
}
