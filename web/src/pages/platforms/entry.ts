// What is wrong with what was entered, in words: by our own checks, or by the server's.

import type { Failure } from '../../api';
import { cw } from './connectionWords';
import { problemsOf, type FieldName, type FieldSpec, type Part, type Values } from './fields';
import { guide } from './guide';
import type { Platform } from './model';

export type Errors = Partial<Record<FieldName, string>>;

/** Empty if it can be sent. */
export function errorsOf(platform: Platform, fields: readonly FieldSpec[], values: Values): Errors {
  const found = Object.entries(problemsOf(fields, values)) as [FieldName, 'missing' | 'wrong'][];
  const says = guide()[platform].fields;
  return Object.fromEntries(
    found.map(([name, problem]) => [name, (problem === 'wrong' && says[name]?.wrong) || cw().required]),
  );
}

/** The server names fields as `settings.dataset_id`. */
export function serverErrors(failure: Failure, part: Part): Errors {
  const of = `${part}.`;
  const theirs = Object.entries(failure.fields).filter(([field]) => field.startsWith(of));
  return Object.fromEntries(theirs.map(([field, message]) => [field.slice(of.length), message]));
}

/** Puts the cursor into the first field that is wrong. */
export function focusFirst(form: HTMLElement | undefined): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
}
