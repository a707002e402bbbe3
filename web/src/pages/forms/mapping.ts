// Which field of a form tells what: the choices for each part, and what stands for what was answered.

import { FORM_PARTS, type FormMapping, type FormSample } from '../../api/hooks';

export interface Choice {
  value: string;
  label: string;
}

/** `none` first; then what the last post had; last a path that is set and was not in it. */
export function choices(sample: readonly FormSample[], chosen: string | null, none: string): Choice[] {
  const known = sample.map(({ path, label, value }) => ({
    value: path,
    label: value ? `${label || path}: ${value}` : label || path,
  }));
  const isKnown = !chosen || known.some(({ value }) => value === chosen);
  return [{ value: '', label: none }, ...known, ...(isKnown ? [] : [{ value: chosen, label: chosen }])];
}

export const NOTHING: FormMapping = { name: null, phone: null, email: null, visitor: null, code: null, consent: null };

export function isSame(one: FormMapping | null, other: FormMapping | null): boolean {
  return FORM_PARTS.every((part) => (one?.[part] ?? null) === (other?.[part] ?? null));
}

/** Whether a post can be told whom it is about. */
export function findsSomebody(mapping: FormMapping): boolean {
  return !!(mapping.phone || mapping.email || mapping.visitor || mapping.code);
}
