// What happens to destinations and deliveries while one looks.

import { live } from '../../live.svelte';

/** A busy minute is answered with one look, not with sixty. */
const PAUSE_MS = 2_000;

/** Calls `onnews` with the deliveries that changed (none named: any may have), until the returned function is called. */
export function listen(onnews: (deliveries: ReadonlySet<string>) => void): () => void {
  let telling: ReturnType<typeof setTimeout> | undefined;
  let changed = new Set<string>();
  let isAny = false;

  function tell() {
    telling = undefined;
    const ids = isAny ? new Set<string>() : changed;
    changed = new Set();
    isAny = false;
    onnews(ids);
  }

  const stop = live.listen((event, id) => {
    if (event !== 'delivery' && event !== 'destination' && event !== 'resync') return;
    if (id === '') isAny = true;
    else changed.add(id);
    telling ??= setTimeout(tell, PAUSE_MS);
  });
  return () => {
    clearTimeout(telling);
    stop();
  };
}
