import { expect, it } from 'vitest';
import { pretty } from './pretty';

it.each([
  ['{"code":0}', '{\n  "code": 0\n}'],
  ['POST https://x.example/events\na: b\n\n{"data":[1]}', 'POST https://x.example/events\na: b\n\n{\n  "data": [\n    1\n  ]\n}'],
  ['<html>\n\n</html>', '<html>\n\n</html>'],
  ['POST https://x.example\n\nnot json', 'POST https://x.example\n\nnot json'],
  ['', ''],
])('%j is shown as %j', (text, shown) => {
  expect(pretty(text)).toBe(shown);
});
