import { describe, expect, it } from 'vitest';
import { match, parseAddress, queryOf } from './query';

const at = (address: string) => parseAddress(new URL(address, 'https://konektor.example') as unknown as Location);

describe('an address', () => {
  it.each([
    ['/', '/', {}],
    ['/leads', '/leads', {}],
    ['/leads?status=won&q=a+b%3F', '/leads', { status: 'won', q: 'a b?' }],
    ['/leads#content', '/leads', {}],
    ['/#/leads?status=won', '/leads', { status: 'won' }],
    ['/#/invite/Zk3tq8', '/invite/Zk3tq8', {}],
    ['/#javascript:alert(1)', '/', {}],
  ])('%s is the page %s', (address, path, query) => {
    expect(at(address)).toEqual({ path, query });
  });

  it('survives being written and read', () => {
    const query = { q: 'Halo, kode saya [7QK3M9D]?\n&=#', status: 'new' };
    expect(at(`/leads${queryOf(query)}`)).toEqual({ path: '/leads', query });
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
