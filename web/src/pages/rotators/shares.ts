// Weights are what is saved; people think in parts of a hundred. Here one is turned into the other, so that the parts on
// the screen always add up to 100 % and moving one slider never empties another.

/** Weights that a slider sets add up to this; with very many agents to more, so that each can have its part. */
const WHOLE = 100;
const FINE = 1_000;
const MANY = 50;

/** The sum that new weights are given. */
export function whole(weights: readonly number[]): number {
  return taking(weights) > MANY ? FINE : WHOLE;
}

/** How many take part; a weight of 0 does not. */
export function taking(weights: readonly number[]): number {
  return weights.filter((weight) => weight > 0).length;
}

/** The parts in percent, whole ones where the weights allow it, else with one decimal; they add up to exactly 100. */
export function percents(weights: readonly number[]): number[] {
  const sum = total(weights);
  if (sum === 0) return weights.map(() => 0);
  const areWhole = weights.every((weight) => (weight * 100) % sum === 0);
  const steps = areWhole ? 100 : 1_000;
  return spread(weights, steps).map((part) => (part * 100) / steps);
}

/** `units` handed out in proportion to the weights, the remainder to whoever is owed most, the first of equals. */
export function spread(weights: readonly number[], units: number): number[] {
  const sum = total(weights);
  if (sum === 0) return weights.map(() => 0);
  const parts = weights.map((weight) => Math.floor((weight * units) / sum));
  const owed = weights.map((weight, at) => ({ at, rest: (weight * units) % sum }));
  owed.sort((a, b) => b.rest - a.rest || a.at - b.at);
  for (const { at } of owed.slice(0, units - total(parts))) parts[at]! += 1;
  return parts;
}

/** As far as this one's slider goes: everybody else who takes part keeps at least one unit. */
export function most(weights: readonly number[], at: number): number {
  const others = weights.filter((weight, other) => other !== at && weight > 0).length;
  return whole(weights) - others;
}

/** What this one's slider stands at. */
export function units(weights: readonly number[], at: number): number {
  const sum = total(weights);
  return sum === 0 ? 0 : Math.round((weights[at]! * whole(weights)) / sum);
}

/**
 * One slider is moved to `wanted` units: the others share what is left as they did before. At 0 its agent keeps their
 * leads and gets no new ones; nobody gets to 0 but by their own slider.
 */
export function move(weights: readonly number[], at: number, wanted: number): number[] {
  const sum = whole(weights);
  const others = weights.map((weight, other) => (other === at ? 0 : weight));
  const count = taking(others);
  if (count === 0) return weights.map((_, other) => (other === at && wanted > 0 ? sum : 0));
  const own = Math.max(0, Math.min(Math.round(wanted), sum - count));
  const parts = keeping(others, sum - own);
  parts[at] = own;
  return parts;
}

/** `units` spread so that whoever takes part keeps at least one: a small part is never rounded away. */
function keeping(weights: readonly number[], units: number): number[] {
  const parts = spread(weights, units).map((part, at) => Math.max(part, weights[at]! > 0 ? 1 : 0));
  for (let debt = total(parts) - units; debt > 0; debt--) parts[parts.indexOf(Math.max(...parts))]! -= 1;
  return parts;
}

/** What each gets while only some can get anything: parts of 1. */
export function present(weights: readonly number[], isThere: readonly boolean[]): number[] {
  const there = weights.map((weight, at) => (isThere[at] ? weight : 0));
  const sum = total(there);
  return there.map((weight) => (sum === 0 ? 0 : weight / sum));
}

/** Everybody who takes part gets the same. */
export function equal(weights: readonly number[]): number[] {
  const nobody = taking(weights) === 0;
  return weights.map((weight) => (weight > 0 || nobody ? 1 : 0));
}

export function isEqual(weights: readonly number[]): boolean {
  const parts = weights.filter((weight) => weight > 0);
  return parts.every((part) => part === parts[0]);
}

/** With one more at the end, who gets an average part. */
export function joined(weights: readonly number[]): number[] {
  const count = taking(weights);
  if (count === 0) return [...weights, 1];
  if (isEqual(weights)) return [...weights, weights.find((weight) => weight > 0)!];
  // Times their number, so that the average is a whole one.
  const all = [...weights.map((weight) => weight * count), total(weights)];
  return keeping(all, whole(all));
}

/** Without one; the others take over their part in proportion. */
export function left(weights: readonly number[], at: number): number[] {
  const rest = weights.filter((_, other) => other !== at);
  return isEqual(rest) ? rest : keeping(rest, whole(rest));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
