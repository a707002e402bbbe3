import { expect, it } from 'vitest';
import { csv, fileName, type Cell } from './csv';

const line = (cell: Cell) => csv([[cell]]).replace('\u{feff}', '').replace(/\r\n$/, '');

it.each([
  ['=1+1', "'=1+1"],
  ['=HYPERLINK("http://evil.example","x")', `"'=HYPERLINK(""http://evil.example"",""x"")"`],
  ['+62', "'+62"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
  ['\n=1', `"'\n=1"`],
  ['a=1', 'a=1'],
  ["'=1", "'=1"],
  ['', ''],
])('the text %j becomes %j', (cell, wanted) => {
  expect(line(cell)).toBe(wanted);
});

it.each([
  [-0.333, '-0.333'],
  [412, '412'],
  [null, ''],
  [Number.NaN, ''],
])('%s stays a number', (cell, wanted) => {
  expect(line(cell)).toBe(wanted);
});

it('a file begins with the mark of UTF-8, ends each line, and quotes what would break one', () => {
  expect(csv([['Source', 'Clicks'], ['ig, "story"', 3], ['Größe', null]])).toBe(
    '\u{feff}Source,Clicks\r\n"ig, ""story""",3\r\nGröße,\r\n',
  );
});

it('a file has a name that every system takes', () => {
  expect(fileName('konektor', 'not counted/why', '2026-11-01')).toBe('konektor-not-counted-why-2026-11-01.csv');
});
