/** Why a dry run would send nothing, by the server's words, which have no codes; `null` if they are new. */
export function dryReason(reason: string): 'mapping' | 'click' | 'consent' | null {
  if (/mapping has no event/.test(reason)) return 'mapping';
  if (/never came with a click ID/.test(reason)) return 'click';
  if (/did not consent/.test(reason)) return 'consent';
  return null;
}
