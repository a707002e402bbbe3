import { expect, it } from 'vitest';
import { at, isKnown, isLoud, parse, serious } from './warnings';

const warning = (kind: string) => ({ kind, message: '', agent_id: null, at: null, count: null });
const kinds = (list: { kind: string }[]) => list.map(({ kind }) => kind);

it('stand where they can be mended, new kinds with the agents', () => {
  const all = ['no_code', 'slug_taken', 'no_weight', 'ad_clicks_while_closed', 'something_new'].map(warning);
  expect(kinds(at('link', all))).toEqual(['slug_taken']);
  expect(kinds(at('message', all))).toEqual(['no_code']);
  expect(kinds(at('agents', all))).toEqual(['no_weight', 'something_new']);
  expect(kinds(at('away', all))).toEqual(['ad_clicks_while_closed']);
});

it('are asked about again where something would be lost', () => {
  const all = ['no_agents', 'nobody_on_duty_later', 'unreachable', 'something_new'].map(warning);
  expect(kinds(serious(all))).toEqual(['no_agents', 'unreachable']);
});

it.each([
  ['no_code', true],
  ['ad_clicks_while_closed', true],
  ['nobody_on_duty_later', false],
  ['something_new', false],
])('%s is loud: %s', (kind, loud) => {
  expect(isLoud(warning(kind))).toBe(loud);
});

const NOW = '2026-11-22T12:00:00.000Z';

it.each([
  ['No agent is named, so every visitor is told that you are closed.', 'no_agents'],
  ['All weights are 0, so nobody gets new leads.', 'no_weight'],
  ['All agents with a weight are switched off, so every visitor goes to the fallback.', 'all_off'],
  ['The message does not contain {code}, so a chat cannot be matched to its lead.', 'no_code'],
  ['The link is reached nowhere: another workspace uses its slug.', 'unreachable'],
  ['Nobody is on duty now, until Mon 08:00. New visitors then go to the fallback.', 'nobody_on_duty_later'],
  ['Something else.', ''],
])('%j is %s', (sentence, kind) => {
  expect(parse(sentence, NOW)).toMatchObject({ kind, message: sentence, count: null });
});

it('says nothing of a night to come, and how many clicks were lost', () => {
  expect(parse('Nobody is on duty from Sat 17:00 until Mon 08:00. New visitors then go …', NOW)).toBeNull();
  expect(parse('Nobody is on duty now, until Mon 08:00.', NOW)?.at).toBe(NOW);
  expect(parse('Nobody can take new leads now, but 37 clicks came through ad platforms.', NOW)?.count).toBe(37);
  expect(parse('Nobody can take new leads now, but a click came through an ad platform.', NOW)?.count).toBe(1);
});

it('knows nothing that an object has by birth', () => {
  expect(isKnown('toString')).toBe(false);
  expect(isKnown('no_code')).toBe(true);
});
