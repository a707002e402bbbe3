import { expect, it } from 'vitest';
import { mayChange, rolesFor, shareLink } from './people';

it.each([
  ['owner', ['owner', 'admin', 'agent']],
  ['admin', ['admin', 'agent']],
  ['agent', []],
  ['key', []],
] as const)('%s gives the roles %j', (own, roles) => {
  expect(rolesFor(own)).toEqual(roles);
});

it.each([
  ['an owner changes an admin', 'admin', 'owner', true],
  ['an owner changes another owner', 'owner', 'owner', true],
  ['an admin changes an admin', 'admin', 'admin', true],
  ['an admin leaves owners alone', 'owner', 'admin', false],
  ['a CS changes nobody', 'agent', 'agent', false],
] as const)('%s', (_, role, own, may) => {
  expect(mayChange({ id: '2', role }, { id: '1', role: own })).toBe(may);
});

it('nobody changes themselves', () => {
  expect(mayChange({ id: '1', role: 'owner' }, { id: '1', role: 'owner' })).toBe(false);
});

it('a text is sent whole', () => {
  expect(shareLink('a & b #c', '628')).toBe('https://wa.me/628?text=a%20%26%20b%20%23c');
});
