// One or two letters for each name, that tell the names apart: what stands in a row of twenty.

export function marks(names: readonly string[]): string[] {
  const ways = [first, afterCommon(names), initials, firstTwo];
  return names.map((name) => {
    const wanted = ways.find((way) => {
      const mark = way(name);
      return mark && names.filter((other) => way(other) === mark).length === 1;
    });
    return (wanted ?? initials)(name);
  });
}

const letters = (word: string | undefined, count: number) => [...(word ?? '')].slice(0, count).join('').toUpperCase();
const wordsOf = (name: string) => name.trim().split(/\s+/);

const first = (name: string) => letters(wordsOf(name)[0], 1);
const firstTwo = (name: string) => letters(wordsOf(name)[0], 2);
const initials = (name: string) => wordsOf(name).map((word) => letters(word, 1)).slice(0, 2).join('');

/** "CS Ayu" and "CS Budi" differ after the word that they share. */
function afterCommon(names: readonly string[]): (name: string) => string {
  const start = wordsOf(names[0] ?? '')[0];
  const isShared = names.length > 1 && names.every((name) => wordsOf(name)[0] === start);
  return (name) => (isShared ? letters(wordsOf(name)[1], 1) : '');
}
