import { describe, expect, it } from 'vitest';
import { equal, joined, left, most, move, percents, present, spread, taking, units } from './shares';

const sum = (numbers: number[]) => Number(numbers.reduce((all, one) => all + one, 0).toFixed(6));

describe('percents', () => {
  it.each([
    [[50, 30, 20], [50, 30, 20]],
    [[1, 1], [50, 50]],
    [[1, 3], [25, 75]],
    [[1, 1, 1], [33.4, 33.3, 33.3]],
    [[2, 0, 1], [66.7, 0, 33.3]],
    [[7], [100]],
    [[0, 0], [0, 0]],
    [[], []],
  ])('of the weights %j are %j', (weights, wanted) => {
    expect(percents(weights)).toEqual(wanted);
  });

  it('add up to a hundred whatever the weights are', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const weights = Array.from({ length: (seed % 9) + 1 }, (_, at) => (seed * (at + 3) * 7919) % 1000);
      if (sum(weights) > 0) expect(sum(percents(weights))).toBe(100);
    }
  });
});

describe('move', () => {
  it.each([
    ['the others keep their proportion', [50, 30, 20], 0, 75, [75, 15, 10]],
    ['downwards as well', [50, 30, 20], 0, 0, [0, 60, 40]],
    ['two see-saw', [50, 50], 1, 80, [20, 80]],
    ['nobody else is emptied', [50, 30, 20], 0, 100, [98, 1, 1]],
    ['a small part is not rounded away', [50, 49, 1], 0, 90, [90, 9, 1]],
    ['who is at 0 stays there', [60, 40, 0], 0, 30, [30, 70, 0]],
    ['and comes back by their own slider', [60, 40, 0], 2, 50, [30, 20, 50]],
    ['the only one has all', [5, 0], 0, 40, [100, 0]],
    ['or nothing', [5, 0], 0, 0, [0, 0]],
    ['weights that are no percents become some', [1, 1, 2], 2, 40, [30, 30, 40]],
  ])('%s', (_, weights, at, wanted, result) => {
    expect(move(weights, at, wanted)).toEqual(result);
  });

  it('keeps the sum and everybody in it, wherever the slider goes', () => {
    const weights = [40, 1, 1, 33, 25, 0];
    for (let wanted = 0; wanted <= 100; wanted++) {
      const moved = move(weights, 0, wanted);
      expect(sum(moved)).toBe(100);
      expect(taking(moved)).toBe(wanted === 0 ? 4 : 5);
    }
  });

  it('gives each of very many at least something', () => {
    const moved = move(Array.from({ length: 120 }, () => 1), 0, 1_000);
    expect(Math.min(...moved)).toBe(1);
    expect(sum(moved)).toBe(1_000);
  });
});

describe('the slider', () => {
  it.each([
    [[50, 30, 20], 0, 50, 98],
    [[1, 1, 1], 0, 33, 98],
    [[5], 0, 100, 100],
    [[0, 10], 0, 0, 99],
  ])('of %j at %d stands at %d and goes to %d', (weights, at, stands, goes) => {
    expect(units(weights, at)).toBe(stands);
    expect(most(weights, at)).toBe(goes);
  });
});

describe('coming and going', () => {
  it.each([
    [[], [1]],
    [[0], [0, 1]],
    [[1, 1], [1, 1, 1]],
    [[50, 50], [50, 50, 50]],
    [[50, 30, 20], [38, 22, 15, 25]],
  ])('%j with one more is %j', (weights, wanted) => {
    expect(joined(weights)).toEqual(wanted);
  });

  it.each([
    [[50, 30, 20], 0, [60, 40]],
    [[1, 1, 1], 1, [1, 1]],
    [[1], 0, []],
    [[60, 40, 0], 1, [60, 0]],
    [[500, 1, 900], 0, [1, 99]],
  ])('%j without the one at %d is %j', (weights, at, wanted) => {
    expect(left(weights, at)).toEqual(wanted);
  });

  it.each([
    [[50, 30, 0], [1, 1, 0]],
    [[0, 0], [1, 1]],
  ])('%j made equal is %j', (weights, wanted) => {
    expect(equal(weights)).toEqual(wanted);
  });

  it.each([
    [[50, 30, 20], [true, true, true], [0.5, 0.3, 0.2]],
    [[50, 30, 20], [false, true, true], [0, 0.6, 0.4]],
    [[50, 30], [false, false], [0, 0]],
  ])('of %j, while %j are there, come %j', (weights, isThere, wanted) => {
    expect(present(weights, isThere)).toEqual(wanted);
  });

  it('spreads every unit', () => {
    expect(spread([1, 1, 1], 20)).toEqual([7, 7, 6]);
  });
});
