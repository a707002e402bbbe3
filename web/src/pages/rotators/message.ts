// The message's variables, as the server knows them (`core/src/message/template.rs`).

export const VARIABLES = [
  'code',
  'agent',
  'rotator',
  'first_name',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'platform',
] as const;

export type Variable = (typeof VARIABLES)[number];

export const MESSAGE_MAX = 1_000;

export interface Part {
  text: string;
  /** A variable, or something in braces that is none. */
  kind: 'text' | 'variable' | 'unknown';
}

/** The message in parts, for colouring. `{{` and `}}` are plain braces. */
export function parts(message: string): Part[] {
  const found: Part[] = [];
  let last = 0;
  const add = (text: string, kind: Part['kind']) => {
    const before = found.at(-1);
    if (kind === 'text' && before?.kind === 'text') before.text += text;
    else if (text) found.push({ text, kind });
  };
  for (const match of message.matchAll(/\{\{|\}\}|\{([^{}\n]*)\}/g)) {
    add(message.slice(last, match.index), 'text');
    const name = match[1];
    if (name === undefined) add(match[0], 'text');
    else add(match[0], (VARIABLES as readonly string[]).includes(name) ? 'variable' : 'unknown');
    last = match.index + match[0].length;
  }
  add(message.slice(last), 'text');
  return found;
}

/** Names in braces that do not exist. */
export function unknown(message: string): string[] {
  return parts(message).flatMap(({ text, kind }) => (kind === 'unknown' ? [text] : []));
}

/** Puts a variable in the place of what is selected, with a blank where words would touch. */
export function insert(message: string, variable: Variable, from: number, to: number): { text: string; caret: number } {
  const before = message.slice(0, from);
  const after = message.slice(to);
  // A mark that closes a word would not be taken for one with a letter right behind it.
  const touchesBefore = /[\p{L}\p{N}}][*_~]?$/u.test(before);
  const touchesAfter = /^[\p{L}\p{N}{]/u.test(after);
  const token = `${touchesBefore ? ' ' : ''}{${variable}}${touchesAfter ? ' ' : ''}`;
  return { text: before + token + after, caret: (before + token).length };
}
