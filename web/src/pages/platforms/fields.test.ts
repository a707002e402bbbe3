import { describe, expect, it } from 'vitest';
import { FIELDS, fieldsOf, fromApi, problemOf, problemsOf, serviceAccount, toApi, type FieldName, type FieldProblem, type Part } from './fields';
import type { Platform } from './model';

const field = (platform: Platform, part: Part, name: FieldName) => FIELDS[platform][part].find((field) => field.name === name)!;
const keyFile = JSON.stringify({ type: 'service_account', client_email: 'k@p.iam.gserviceaccount.com', private_key: '-----BEGIN PRIVATE KEY-----' });

describe('a field', () => {
  it.each([
    ['meta', 'settings', 'dataset_id', '1234567890123456', null],
    ['meta', 'settings', 'dataset_id', ' 1234567890123456 ', null],
    ['meta', 'settings', 'dataset_id', '', 'missing'],
    ['meta', 'settings', 'dataset_id', '123', 'wrong'],
    ['meta', 'settings', 'api_version', '', null],
    ['meta', 'settings', 'api_version', '26', 'wrong'],
    ['meta', 'credentials', 'access_token', 'EAAB x', 'wrong'],
    ['meta', 'credentials', 'access_token', 'Bearer EAABx', null],
    ['google', 'settings', 'account_id', '123-456-7890', null],
    ['google', 'settings', 'account_id', '123-456-789', 'wrong'],
    ['google', 'settings', 'login_account_id', '', null],
    ['google', 'settings', 'conversion_action_id', 'customers/1/conversionActions/77', null],
    ['google', 'settings', 'conversion_action_id', 'Kontak', 'wrong'],
    ['google', 'credentials', 'service_account_json', keyFile, null],
    ['google', 'credentials', 'service_account_json', '{"type":"authorized_user"}', 'wrong'],
    ['tiktok', 'settings', 'pixel_code', 'C4A1B2C3D4E5F6G7H8I9', null],
    ['tiktok', 'settings', 'pixel_code', 'C4A1-B2C3', 'wrong'],
    ['linkedin', 'settings', 'conversion_rule_id', 'urn:lla:llaPartnerConversion:23456', null],
    ['linkedin', 'settings', 'api_version', '2026-09', null],
    ['linkedin', 'settings', 'api_version', '202613', 'wrong'],
  ] as [Platform, Part, FieldName, string, FieldProblem | null][])('%s %s %s “%s”: %s', (platform, part, name, value, problem) => {
    expect(problemOf(field(platform, part, name), value)).toBe(problem);
  });

  it('of the other way to Google is not asked for', () => {
    const names = fieldsOf('google', 'credentials', 'oauth').map(({ name }) => name);
    expect(names).toEqual(['client_id', 'client_secret', 'refresh_token']);
    expect(Object.keys(problemsOf(fieldsOf('google', 'credentials', 'service_account'), {}))).toEqual(['service_account_json']);
  });
});

it('the API gets what is meant, and nothing that is empty', () => {
  const google = { account_id: '123-456-7890', login_account_id: ' ', conversion_action_id: 'https://ads.google.com/aw/conversions/detail?ctId=77' };
  expect(toApi(FIELDS.google.settings, google)).toEqual({ account_id: '1234567890', conversion_action_id: '77' });
  expect(toApi(FIELDS.meta.settings, { dataset_id: '1', limited_data_use: 'true' })).toEqual({ dataset_id: '1', limited_data_use: true });
});

it('settings come back into the form', () => {
  expect(fromApi({ dataset_id: 123, limited_data_use: false, api_version: null })).toEqual({ dataset_id: '123', limited_data_use: '', api_version: '' });
});

it.each([
  [keyFile, 'k@p.iam.gserviceaccount.com'],
  ['not json', undefined],
  ['null', undefined],
  [JSON.stringify({ type: 'service_account', client_email: 'k@p' }), undefined],
])('the key file %s is of %s', (text, email) => {
  expect(serviceAccount(text)?.email).toBe(email);
});
