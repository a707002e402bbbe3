import { expect, it } from 'vitest';
import { insert, parts, unknown } from './message';

it.each([
  ['', []],
  ['Halo', ['text:Halo']],
  ['Halo {agent}, [{code}]', ['text:Halo ', 'variable:{agent}', 'text:, [', 'variable:{code}', 'text:]']],
  ['{nama}', ['unknown:{nama}']],
  ['{{code}} {code', ['text:{{code}} {code']],
  ['{{{code}}}', ['text:{{', 'variable:{code}', 'text:}}']],
  ['{a\nb}', ['text:{a\nb}']],
])('%j is taken apart', (message, wanted) => {
  expect(parts(message).map(({ kind, text }) => `${kind}:${text}`)).toEqual(wanted);
  expect(parts(message).map(({ text }) => text).join('')).toBe(message);
});

it('names what does not exist', () => {
  expect(unknown('{nama} {code} {}')).toEqual(['{nama}', '{}']);
});

it.each([
  ['Halo ', 5, 5, 'Halo {agent}', 12],
  ['Halo', 4, 4, 'Halo {agent}', 12],
  ['Halo saya', 4, 4, 'Halo {agent} saya', 12],
  ['Halo saya', 5, 5, 'Halo {agent} saya', 13],
  ['Halo [X]', 6, 7, 'Halo [{agent}]', 13],
  ['{code}', 6, 6, '{code} {agent}', 14],
  ['_halo_', 6, 6, '_halo_ {agent}', 14],
  ['*X*', 1, 2, '*{agent}*', 8],
  ['{code}', 0, 0, '{agent} {code}', 8],
])('into %j at %d to %d', (message, from, to, text, caret) => {
  expect(insert(message, 'agent', from, to)).toEqual({ text, caret });
});
