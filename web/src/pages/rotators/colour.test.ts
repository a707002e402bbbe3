import { expect, it } from 'vitest';
import { ink, isColour } from './colour';

it.each([
  ['#ffffff', '#000000'],
  ['#000000', '#ffffff'],
  ['#0b7a3e', '#ffffff'],
  ['#25d366', '#000000'],
  ['#777777', '#000000'],
])('on %s one reads %s', (colour, words) => {
  expect(ink(colour)).toBe(words);
});

it.each([
  ['#0B7a3e', true],
  ['#fff', false],
  ['red', false],
  ['', false],
])('%s is a colour: %s', (text, is) => {
  expect(isColour(text)).toBe(is);
});
