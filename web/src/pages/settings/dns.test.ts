import { expect, it } from 'vitest';
import { recordFor } from './dns';

it.each([
  ['go.example.com', { type: 'CNAME', value: 'go.example.com' }],
  ['203.0.113.9', { type: 'A', value: '203.0.113.9' }],
  ['[2001:db8::5]', { type: 'AAAA', value: '2001:db8::5' }],
  ['localhost', { type: 'A', value: null }],
  ['server.lan', { type: 'A', value: null }],
  ['192.168.1.20', { type: 'A', value: null }],
  ['172.20.0.4', { type: 'A', value: null }],
  ['172.32.0.4', { type: 'A', value: '172.32.0.4' }],
  ['[::1]', { type: 'AAAA', value: null }],
])('a server called %s needs %j', (server, record) => {
  expect(recordFor(server)).toEqual(record);
});
