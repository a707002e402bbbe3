/** A noun that is counted: `12 clicks`, `1 click`; the number comes written out. */
export const counted = (one: string, many: string) => (n: string, isOne: boolean) => `${n} ${isOne ? one : many}`;

/** In a language without a plural. */
export const same = (word: string) => counted(word, word);
