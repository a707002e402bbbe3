import { expect, it } from 'vitest';
import { basesOf } from './bases';

it.each([
  [[], ['https://here.id/wa/']],
  [[{ links: [] }], ['https://here.id/wa/']],
  [[{ links: ['https://a.id/wa/x'] }, { links: ['https://go.id/wa/y', 'https://a.id/wa/y'] }], ['https://go.id/wa/', 'https://a.id/wa/']],
])('%j', (rotators, wanted) => {
  expect(basesOf(rotators, 'https://here.id')).toEqual(wanted);
});
