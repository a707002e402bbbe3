// What somebody enters to connect a platform, checked here as the server checks it (`crates/platforms/src/*/config.rs`),
// so that a mistake shows before anything is sent. Words for each field stand in `guide.ts`.

import type { Platform } from './model';

/** Two ways to be known to Google. */
export type Way = 'service_account' | 'oauth';

export interface FieldSpec {
  name: FieldName;
  /** May stay empty. */
  optional?: boolean;
  /** Most people never touch it. */
  advanced?: boolean;
  /** Only of this way. */
  way?: Way;
  kind?: 'secret' | 'file' | 'switch';
  sample?: string;
  /** What is sent: people paste blanks, dashes and whole addresses with it. */
  clean?: (text: string) => string;
  fits?: (cleaned: string) => boolean;
}

export type FieldName =
  | 'dataset_id'
  | 'api_version'
  | 'limited_data_use'
  | 'access_token'
  | 'app_secret'
  | 'account_id'
  | 'login_account_id'
  | 'conversion_action_id'
  | 'service_account_json'
  | 'client_id'
  | 'client_secret'
  | 'refresh_token'
  | 'pixel_code'
  | 'conversion_rule_id';

/** As they stand in the form; a switch is `'true'` or empty. */
export type Values = Readonly<Partial<Record<FieldName, string>>>;
export type FieldProblem = 'missing' | 'wrong';
export type Part = 'settings' | 'credentials';

const isDigits = (text: string) => /^\d+$/.test(text);
const withoutDashes = (text: string) => text.replace(/[-\s]/g, '');
/** The end of an address or a URN that was copied whole. */
const lastNumber = (text: string) => /(?:ctId=|conversionActions\/|:|\/)(\d+)\D*$/.exec(text)?.[1] ?? text;
const withoutBearer = (text: string) => text.replace(/^bearer\s+/i, '');
const isSecret = (text: string) => /^[!-~]+$/.test(text);
const isVersion = (text: string) => /^v\d{1,2}\.\d{1,2}$/.test(text);
const isMonth = (text: string) => /^20(2[2-9]|[3-9]\d)(0[1-9]|1[0-2])$/.test(text);

const secret = { kind: 'secret', clean: withoutBearer, fits: isSecret } as const;
const account = { sample: '123-456-7890', clean: withoutDashes, fits: (text: string) => /^\d{10}$/.test(text) } as const;

export const FIELDS: Record<Platform, Record<Part, readonly FieldSpec[]>> = {
  meta: {
    settings: [
      { name: 'dataset_id', sample: '1234567890123456', fits: (text) => /^\d{10,20}$/.test(text) },
      { name: 'api_version', sample: 'v26.0', optional: true, advanced: true, fits: isVersion },
      { name: 'limited_data_use', kind: 'switch', optional: true, advanced: true },
    ],
    credentials: [
      { name: 'access_token', sample: 'EAAB…', ...secret },
      { name: 'app_secret', optional: true, advanced: true, ...secret },
    ],
  },
  google: {
    settings: [
      { name: 'account_id', ...account },
      { name: 'conversion_action_id', sample: '7723667014', clean: lastNumber, fits: isDigits },
      { name: 'login_account_id', optional: true, ...account },
    ],
    credentials: [
      { name: 'service_account_json', way: 'service_account', kind: 'file', fits: (text) => serviceAccount(text) !== null },
      { name: 'client_id', way: 'oauth', sample: '….apps.googleusercontent.com', fits: isSecret },
      { name: 'client_secret', way: 'oauth', sample: 'GOCSPX-…', ...secret },
      { name: 'refresh_token', way: 'oauth', sample: '1//…', ...secret },
    ],
  },
  tiktok: {
    settings: [
      { name: 'pixel_code', sample: 'C4A1B2C3D4E5F6G7H8I9', fits: (text) => /^[A-Za-z0-9]{10,40}$/.test(text) },
      { name: 'limited_data_use', kind: 'switch', optional: true, advanced: true },
    ],
    credentials: [{ name: 'access_token', ...secret }],
  },
  linkedin: {
    settings: [
      { name: 'conversion_rule_id', sample: '23456', clean: lastNumber, fits: isDigits },
      { name: 'api_version', sample: '202609', optional: true, advanced: true, clean: withoutDashes, fits: isMonth },
    ],
    credentials: [{ name: 'access_token', ...secret }],
  },
};

export function fieldsOf(platform: Platform, part: Part, way: Way): FieldSpec[] {
  return FIELDS[platform][part].filter((field) => !field.way || field.way === way);
}

export function problemOf(field: FieldSpec, value: string | undefined): FieldProblem | null {
  const text = cleaned(field, value);
  if (!text) return field.optional ? null : 'missing';
  return field.fits && !field.fits(text) ? 'wrong' : null;
}

/** What is wrong, by field. */
export function problemsOf(fields: readonly FieldSpec[], values: Values): Partial<Record<FieldName, FieldProblem>> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const problem = problemOf(field, values[field.name]);
      return problem ? [[field.name, problem]] : [];
    }),
  );
}

/** The object that the API takes: without what was left empty. */
export function toApi(fields: readonly FieldSpec[], values: Values): Record<string, string | boolean> {
  return Object.fromEntries(
    fields.flatMap((field): [string, string | boolean][] => {
      const text = cleaned(field, values[field.name]);
      if (!text) return [];
      return [[field.name, field.kind === 'switch' ? true : text]];
    }),
  );
}

/** Settings of the API as the form shows them. */
export function fromApi(settings: Readonly<Record<string, unknown>>): Values {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value === false || value == null ? '' : String(value)]),
  );
}

function cleaned(field: FieldSpec, value: string | undefined): string {
  const text = (value ?? '').trim();
  return field.clean ? field.clean(text) : text;
}

/** What can be told of a service account's key file; `null` if it is none. */
export function serviceAccount(text: string): { email: string } | null {
  try {
    const file = JSON.parse(text) as Record<string, unknown>;
    const { type, client_email: email, private_key: key } = file;
    const isWhole = type === 'service_account' && typeof key === 'string' && key.includes('PRIVATE KEY');
    return isWhole && typeof email === 'string' && email.includes('@') ? { email } : null;
  } catch {
    return null;
  }
}
