import { describe, expect, it } from 'vitest';
import { match, parseHash, queryOf } from './query';

describe('the address behind the #', () => {
  it.each([
    ['', '/', {}],
    ['#', '/', {}],
    ['#/leads', '/leads', {}],
    ['#/leads?status=won&q=a+b%3F', '/leads', { status: 'won', q: 'a b?' }],
    ['#javascript:alert(1)', '/', {}],
  ])('%s is the page %s', (hash, path, query) => {
    expect(parseHash(hash)).toEqual({ path, query });
  });

  it('survives being written and read', () => {
    const query = { q: 'Halo, kode saya [7QK3M9D]?\n&=#', status: 'new' };
    expect(parseHash(`#/leads${queryOf(query)}`)).toEqual({ path: '/leads', query });
  });

  it('leaves out what is not set', () => {
    expect(queryOf({ a: undefined, b: '' })).toBe('');
  });
});

it.each([
  ['/leads', '/leads', {}],
  ['/leads', '/leads/', {}],
  ['/rotators/:id', '/rotators/7', { id: '7' }],
  ['/rotators/:id', '/rotators/a%2Fb', { id: 'a/b' }],
  ['/rotators/:id', '/rotators/%', { id: '%' }],
  ['/rotators/:id', '/rotators', null],
  ['/rotators/:id', '/rotators/', null],
  ['/rotators/new', '/rotators/7', null],
])('%s and %s', (pattern, path, params) => {
  expect(match(pattern, path)).toEqual(params);
});
