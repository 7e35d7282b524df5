import { expect, it } from 'vitest';
import { found, scopes, shares, type SightObject } from './model.ts';

const field = (name: string, access: 'write' | 'read' | 'masked' | 'hidden') => ({ name, label: name, level: 2, access });
const grant = (rows: string, actions = ['read']) => ({ role: 'r', unit: null, rows, when: null, actions, fields: {} });
const object: SightObject = {
  name: 'thing', label: '东西', actions: ['read'], fields: [field('a', 'read'), field('b', 'hidden'), field('c', 'read')],
  grants: [grant("x = 'y'"), grant('own'), grant('subtree'), grant('own'), grant('all', ['create'])],
};

it('counts fields by what may be done with them', () => {
  expect(shares(object)).toEqual([{ access: 'read', count: 2 }, { access: 'hidden', count: 1 }]);
});

it('names each scope of reading once, the widest first and conditions last', () => {
  expect(scopes(object)).toEqual(['subtree', 'own', "x = 'y'"]);
});

it('finds by label and by name', () => {
  expect(found([object], ' 东 ')).toHaveLength(1);
  expect(found([object], 'THING')).toHaveLength(1);
  expect(found([object], 'else')).toHaveLength(0);
});
