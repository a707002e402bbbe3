// The way to the server. `api` is typed by the frozen OpenAPI document; `done` takes its answer or throws a `Failure`.
//
//   const page = await done(api.GET('/api/v1/leads', { params: { query: { status: 'won' } } }));

import createClient from 'openapi-fetch';
import { forget, taken } from './api/early';
import type { components, paths } from './api/schema';
import { unauthorised } from './api/unauthorised';

export type Schemas = components['schemas'];
export type Lead = Schemas['Lead'];
export type LeadStatus = Schemas['LeadStatus'];
export type TrackingStatus = Schemas['TrackingStatus'];
export type Touch = Schemas['Touch'];
export type Agent = Schemas['Agent'];
export type Rotator = Schemas['Rotator'];

/** A part of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** A word for what is wrong with a field, and what its message names besides. */
export interface Refusal {
  code: string;
  about?: string;
}

/** The server refused, or was not reached (`status` 0). `message` is for people. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** What is wrong, by field. */
    readonly fields: Readonly<Record<string, string>> = {},
    /** Words for it, by field, where the server gives some: the pages may have words of their own. */
    readonly codes: Readonly<Record<string, Refusal>> = {},
  ) {
    super(message);
  }
}

export const api = createClient<paths>({ fetch: (request) => reach(request) });

async function reach(request: Request): Promise<Response> {
  if (request.method !== 'GET') forget();
  const response = await (taken(request) ?? fetch(request)).catch(() => {
    throw new Failure(0, '');
  });
  if (response.status === 401) unauthorised.tell();
  return response;
}

/** The data of an answer, or a `Failure`. */
export async function done<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw failure(response.status, error);
  return data as T;
}

/** Posts a file. */
export async function send<T>(path: string, file: Blob): Promise<T> {
  return read(new Request(`/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: file }));
}

async function read<T>(request: Request): Promise<T> {
  const response = await reach(request);
  const text = await response.text();
  const data = text && response.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as unknown) : text;
  if (!response.ok) throw failure(response.status, data);
  return data as T;
}

/** Reads a problem (RFC 9457). */
export function failure(status: number, problem: unknown): Failure {
  const { title, detail, errors } = (problem && typeof problem === 'object' ? problem : {}) as {
    title?: string;
    detail?: string;
    errors?: Schemas['FieldError'][];
  };
  const fields: Record<string, string> = {};
  const codes: Record<string, Refusal> = {};
  for (const { field, message, code, about } of errors ?? []) {
    fields[field] = message;
    if (code) codes[field] = { code, about };
  }
  return new Failure(status, detail ?? title ?? '', fields, codes);
}
