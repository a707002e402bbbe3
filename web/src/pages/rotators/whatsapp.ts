// WhatsApp's own formatting of a text: *bold*, _italic_, ~struck~, `code`. A mark counts only where WhatsApp takes it for
// one: at a word's edge, without a blank inside it, and closed in the same line.

export type Style = 'bold' | 'italic' | 'struck' | 'code';
export type Piece = string | { style: Style; inside: Piece[] };

const STYLES: Readonly<Record<string, Style>> = { '*': 'bold', _: 'italic', '~': 'struck', '`': 'code' };
const isWord = (char: string | undefined) => !!char && /[\p{L}\p{N}]/u.test(char);
const isBlank = (char: string | undefined) => !char || /\s/.test(char);

/** The text in pieces; line breaks stay in it. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    const style = STYLES[text[at]!];
    const end = style && !isWord(text[at - 1]) ? closing(text, at) : -1;
    if (!style || end < 0) {
      plain += text[at];
      continue;
    }
    if (plain) found.push(plain);
    plain = '';
    const inside = text.slice(at + 1, end);
    found.push({ style, inside: style === 'code' ? [inside] : pieces(inside) });
    at = end;
  }
  if (plain) found.push(plain);
  return found;
}

/** Where the mark that opens at `start` is closed, or -1. */
function closing(text: string, start: number): number {
  const mark = text[start]!;
  if (isBlank(text[start + 1])) return -1;
  for (let at = start + 2; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === mark && !isBlank(text[at - 1]) && !isWord(text[at + 1])) return at;
  }
  return -1;
}
