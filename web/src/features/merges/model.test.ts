import { describe, expect, it } from 'vitest';
import type { Field, ObjectDef, RecordView } from '@/shared/api/types.ts';
import { facts, filling, fuller, pairOf, reasons, rows } from './model.ts';

const field = (name: string, type = 'text'): Field =>
  ({ name, label: name, type, access: 'write', required: false, unique: false, read_only: false, level: 1, encrypted: false, search: false });
const object: ObjectDef = {
  name: 'thing', label: '事物', pack: 'p', system: null, title: 'name', actions: [], layouts: [], views: [],
  fields: [field('id'), field('owner', 'user'), field('created_at', 'date_time'), field('name'), field('phone'), field('mail'), field('number', 'auto_number'), field('lines', 'child_table'), field('age', 'formula')],
};
const record = (id: string, values: RecordView['values'], more: Partial<RecordView> = {}): RecordView =>
  ({ object: 'thing', id, version: 1, values, masked: [], access: { actions: [], write: ['name', 'phone', 'mail', 'number'], reveal: [] }, ...more });

describe('two records side by side', () => {
  const one = record('1', { name: '王伟', phone: null, mail: 'a@b', number: 'N1', owner: 'u1', age: 40 });
  const other = record('2', { name: '王伟', phone: '138', mail: 'c@d', number: 'N2', owner: 'u1', age: 40 });

  it('tell what differs first, and only what can be given is offered', () => {
    const told = rows(object, one, other);
    expect(told.map(({ field, same, takeable }) => [field.name, same, takeable])).toEqual([
      ['phone', false, true], ['mail', false, true], ['number', false, false], ['owner', true, false], ['name', true, true], ['age', true, false],
    ]);
  });

  it('offer nothing that the record that stays may not be given', () => {
    const closed = record('1', one.values, { access: { actions: [], write: ['mail'], reveal: [] } });
    expect(rows(object, closed, other).filter((row) => row.takeable).map(({ field }) => field.name)).toEqual(['mail']);
  });

  it('never call masked values the same, but empty ones are', () => {
    const masked = (id: string) => record(id, { phone: '138****0000', mail: null }, { masked: ['phone', 'mail'] });
    expect(rows(object, masked('1'), masked('2')).map(({ field, same }) => [field.name, same])).toEqual([['phone', false], ['mail', true]]);
  });

  it('fill what is lacking and overwrite nothing', () => {
    expect([...filling(rows(object, one, other), one, other)]).toEqual(['phone']);
    expect([...filling(rows(object, other, one), other, one)]).toEqual([]);
  });

  it('keep the one that says more, else the older', () => {
    expect(fuller(object, one, other).id).toBe('2');
    const old = record('3', { name: 'a', created_at: '2020-01-01T00:00:00Z' });
    const young = record('4', { name: 'b', created_at: '2024-01-01T00:00:00Z' });
    expect(fuller(object, young, old).id).toBe('3');
  });
});

it('a record is told apart by plain values, never by ids', () => {
  const one = record('1', { name: '王伟', owner: '0194-id', phone: '138', mail: null, number: 'N1', created_at: '2020-01-01' });
  expect(facts(object, one)).toBe('138 · N1');
});

it('reasons read surest first in the language of the screen', () => {
  const why = [{ code: 'a', label: { zh: '姓名相近', en: 'similar name' }, percent: 80 }, { code: 'b', label: { zh: '手机相同', en: 'same mobile' }, percent: 100 }];
  expect(reasons(why, false)).toEqual(['手机相同', '姓名相近 80%']);
  expect(reasons(why, true)).toEqual(['same mobile', 'similar name 80%']);
});

it('a pair in an address is two different ids', () => {
  expect(pairOf('a.b')).toEqual(['a', 'b']);
  for (const broken of [undefined, '', 'a', 'a.', 'a.a', 'a.b.c']) expect(pairOf(broken)).toBeNull();
});
