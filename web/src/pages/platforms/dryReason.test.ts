import { expect, it } from 'vitest';
import { dryReason } from './dryReason';

it.each([
  ['The destination\'s mapping has no event for "hot".', 'mapping'],
  ['The lead never came with a click ID of meta.', 'click'],
  ['The visitor did not consent, so nothing leaves the server.', 'consent'],
  ['The workspace is gone.', null],
])('%s is %s', (reason, known) => {
  expect(dryReason(reason)).toBe(known);
});
