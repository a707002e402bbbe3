import { expect, it } from 'vitest';
import { marks } from './marks';

it.each([
  [['Ayu', 'Budi', 'Citra'], ['A', 'B', 'C']],
  [['Agent A', 'Agent B'], ['A', 'B']],
  [['CS Ayu', 'CS Budi', 'CS Bagus'], ['A', 'CB', 'CB']],
  [['Ayu', 'Agus', 'Budi'], ['AY', 'AG', 'B']],
  [['Ayu Lestari', 'Ayu Wulan', 'Budi'], ['AL', 'AW', 'B']],
  [['ñandú'], ['Ñ']],
  [['👋 Sari'], ['👋']],
  [[], []],
])('%j are told apart by %j', (names, wanted) => {
  expect(marks(names)).toEqual(wanted);
});
