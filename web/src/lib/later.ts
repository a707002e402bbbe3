// What may wait until the screen shows its rows.

import { answered } from '../api/early';

/** Nothing waits longer: a list may be slow, and a tab in the background paints nothing. */
const LONGEST_MS = 500;

/** Runs it when what was asked early has come and is painted, unless the returned function is called before. */
export function later(task: () => void): () => void {
  let isOver = false;
  const run = () => {
    if (!isOver) task();
    isOver = true;
  };
  const timer = setTimeout(run, LONGEST_MS);
  // A frame is painted after its callbacks, and before the next task.
  void answered().then(() => requestAnimationFrame(() => setTimeout(run)));
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
