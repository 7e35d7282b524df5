import { expect, it } from 'vitest';
import { type ApiKey, isNetwork, networksOf, scopeOf, scopeTexts, stateOf } from './model.ts';

const key = (change: Partial<ApiKey>): ApiKey => ({ id: 'k', user: 'u', prefix: 'p', label: 'l', scopes: [], networks: [], created_at: '2026-01-01T00:00:00Z', expires_at: null, last_used: null, revoked_at: null, ...change });
const NOW = new Date('2026-03-01T00:00:00Z');

it('tells whether a key still opens', () => {
  expect(stateOf(key({}), NOW)).toBe('active');
  expect(stateOf(key({ expires_at: '2026-03-01T00:00:00Z' }), NOW)).toBe('expired');
  expect(stateOf(key({ expires_at: '2026-02-01T00:00:00Z', revoked_at: '2026-01-02T00:00:00Z' }), NOW)).toBe('revoked');
});

it('writes scopes once for each object and leaves empty ones out', () => {
  const lines = [{ object: 'a', actions: ['read'] }, { object: '', actions: ['read'] }, { object: 'b', actions: [] }, { object: 'a', actions: ['read', 'update'] }, { object: '*', actions: ['read'] }];
  expect(scopeTexts(lines)).toEqual(['a:read,update', '*:read']);
  expect(scopeTexts(['a:read,update', '*:read'].map(scopeOf))).toEqual(['a:read,update', '*:read']);
});

it('reads addresses as people paste them', () => {
  expect(networksOf('10.0.0.0/8\n192.168.1.1，2001:db8::/32 ')).toEqual(['10.0.0.0/8', '192.168.1.1', '2001:db8::/32']);
  expect(['10.0.0.0/8', '192.168.1.1', '2001:db8::/32', '::1'].every(isNetwork)).toBe(true);
  expect(['10.0.0.256', '10.0.0', '10.0.0.0/33', 'mars', ''].some(isNetwork)).toBe(false);
});
