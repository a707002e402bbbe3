import { describe, expect, it } from 'vitest';
import { choices, findsSomebody, isSame, NOTHING } from './mapping';

const sample = [
  { path: 'data.name', label: 'Nama', value: 'Rina' },
  { path: 'data.wa', label: '', value: '' },
];

describe('the choices for a part of a person', () => {
  it('are nothing, and the fields of the last post with what was answered', () => {
    expect(choices(sample, 'data.name', 'Not asked')).toEqual([
      { value: '', label: 'Not asked' },
      { value: 'data.name', label: 'Nama: Rina' },
      { value: 'data.wa', label: 'data.wa' },
    ]);
  });

  it('keep what is set, though the last post did not have it', () => {
    expect(choices(sample, 'first + last', '–').at(-1)).toEqual({ value: 'first + last', label: 'first + last' });
  });
});

it('a mapping that is absent is one that asks nothing', () => {
  expect(isSame(null, NOTHING)).toBe(true);
  expect(isSame({ ...NOTHING, name: 'a' }, NOTHING)).toBe(false);
});

it.each([
  [{ name: 'a', consent: 'b' }, false],
  [{ phone: 'a' }, true],
  [{ visitor: 'a' }, true],
])('%j finds somebody: %s', (parts, finds) => {
  expect(findsSomebody({ ...NOTHING, ...parts })).toBe(finds);
});
