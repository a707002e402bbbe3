import { expect, it } from 'vitest';
import { pieces, type Piece } from './whatsapp';

const bold = (...inside: Piece[]): Piece => ({ style: 'bold', inside });
const italic = (...inside: Piece[]): Piece => ({ style: 'italic', inside });

it.each<[string, Piece[]]>([
  ['', []],
  ['Halo Ayu', ['Halo Ayu']],
  ['*Halo* Ayu', [bold('Halo'), ' Ayu']],
  ['saya *mau tanya*.', ['saya ', bold('mau tanya'), '.']],
  ['_Halo_ *Ayu*', [italic('Halo'), ' ', bold('Ayu')]],
  ['*_penting_*', [bold(italic('penting'))]],
  ['~lama~', [{ style: 'struck', inside: ['lama'] }]],
  ['`a*b*`', [{ style: 'code', inside: ['a*b*'] }]],
  ['[*7QK3M9D*]', ['[', bold('7QK3M9D'), ']']],
  ['2*3*4', ['2*3*4']],
  ['utm_source_x', ['utm_source_x']],
  ['* bukan *', ['* bukan *']],
  ['*bukan *', ['*bukan *']],
  ['**', ['**']],
  ['*satu\ndua*', ['*satu\ndua*']],
  ['*satu*\n*dua*', [bold('satu'), '\n', bold('dua')]],
  ['*a*b*', [bold('a*b')]],
])('%j', (text, wanted) => {
  expect(pieces(text)).toEqual(wanted);
});
