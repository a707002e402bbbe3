// Questions to the server, each for the days that are shown and for those before.

import { api, done, type Schemas } from '../../api';
import { pending } from '../../api/pending';
import type { Days, Range } from './range';

/** What is shown, and what it is compared with. */
export interface Both<T> {
  now: T;
  before: T;
}

/** What every view is about. */
export interface About {
  range: Range;
  rotator: string | undefined;
}

export type SourceKind = 'platform' | 'source' | 'campaign';
export type ArrivedBy = Schemas['ArrivedBy'];
export type RecognitionBy = Schemas['RecognitionBy'];
export type SaleDate = Schemas['SaleDate'];

export async function both<T>(range: Range, ask: (days: Days) => Promise<T>): Promise<Both<T>> {
  const [now, before] = await Promise.all([ask(range), ask(range.before)]);
  return { now, before };
}

// The server refuses what it does not know, so only these three are sent.
const query = ({ from, to }: Days, rotator_id: string | undefined) => ({ from, to, rotator_id });

export const ask = {
  overview: (days: Days, rotator?: string) =>
    done(api.GET('/api/v1/reports/overview', { params: { query: query(days, rotator) } })),
  sources: (days: Days, rotator: string | undefined, by: SourceKind) =>
    done(api.GET('/api/v1/reports/sources', { params: { query: { ...query(days, rotator), by } } })),
  agents: (days: Days, rotator?: string) =>
    done(api.GET('/api/v1/reports/agents', { params: { query: query(days, rotator) } })),
  funnel: (days: Days, rotator?: string) =>
    done(api.GET('/api/v1/reports/funnel', { params: { query: query(days, rotator) } })),
  arrived: (days: Days, rotator: string | undefined, by: ArrivedBy) =>
    done(api.GET('/api/v1/reports/arrived', { params: { query: { ...query(days, rotator), by } } })),
  sales: (days: Days, rotator: string | undefined, dated: SaleDate) =>
    done(api.GET('/api/v1/reports/sales', { params: { query: { ...query(days, rotator), dated } } })),
  recognition: (days: Days, rotator: string | undefined, by: RecognitionBy) =>
    done(api.GET('/api/v1/reports/recognition', { params: { query: { ...query(days, rotator), by } } })),
  screening: (days: Days, rotator?: string) =>
    done(api.GET('/api/v1/reports/screening', { params: { query: query(days, rotator) } })),
  rotation: (days: Days, rotator?: string) =>
    done(api.GET('/api/v1/reports/rotation', { params: { query: query(days, rotator) } })),
  rotators: ({ from, to }: Days) => pending.rotatorsReport({ from, to }),
};
