import { describe, expect, it } from 'vitest';
import { actionOf, DEFAULT_MAPPING, eventOf, isSame, problemOf, withEvent, type Mapping, type MappingProblem } from './mapping';
import type { Platform, Trigger } from './model';

describe('a mapping', () => {
  it('tells of a click even without an entry, and of no other', () => {
    expect(eventOf({}, 'click')).toBe('Contact');
    expect(eventOf({ click: 'Lead' }, 'click')).toBe('Lead');
    expect(eventOf({}, 'won')).toBeNull();
  });

  it.each([
    [{}, 'hot', 'HotLead', { hot: 'HotLead' }],
    [{ won: 'Purchase' }, 'won', null, {}],
    [{ click: 'ViewContent' }, 'click', 'Contact', {}],
    [{ click: 'ViewContent' }, 'click', null, {}],
    [{ won: 'Purchase' }, 'won', 'Order', { won: 'Order' }],
  ] as [Mapping, Trigger, string | null, Mapping][])('%o with %s → %s is %o', (mapping, trigger, event, changed) => {
    expect(withEvent(mapping, trigger, event)).toEqual(changed);
  });

  it('is the same if it tells the same', () => {
    expect(isSame({ click: 'Contact', ...DEFAULT_MAPPING }, DEFAULT_MAPPING)).toBe(true);
    expect(isSame({}, DEFAULT_MAPPING)).toBe(false);
  });

  it.each([
    ['meta', { won: 'Purchase' }, 'won', null],
    ['meta', { won: 'A sale' }, 'won', 'name'],
    ['meta', { won: '' }, 'won', 'name'],
    ['google', { won: '12 34' }, 'won', 'number'],
    ['google', { won: '7723667014' }, 'won', null],
    ['meta', { qualified: 'Lead', hot: 'Lead' }, 'hot', 'twice'],
    // A click is told by itself, not once in a lead's life.
    ['meta', { qualified: 'Contact' }, 'qualified', null],
    ['meta', { qualified: 'Contact' }, 'click', null],
    ['meta', {}, 'lost', null],
  ] as [Platform, Mapping, Trigger, MappingProblem | null][])('at %s %o has at %s the problem %s', (platform, mapping, trigger, problem) => {
    expect(problemOf(platform, mapping, trigger)).toBe(problem);
  });

  it.each([
    ['7723667014', '7723667014'],
    ['Purchase', null],
    ['4Sale', null],
  ])('%s has the action %s', (event, action) => {
    expect(actionOf(event)).toBe(action);
  });
});
