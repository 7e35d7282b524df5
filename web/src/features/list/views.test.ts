import { describe, expect, it } from 'vitest';
import type { Field, RecordView } from '@/shared/api/types.ts';
import { choiceOf, firstView, type ListView, readDefinition, unseen, viewOf, withoutSealed, writeChoice, writeDefinition } from './views.ts';

const field = (name: string, more: Partial<Field> = {}): Field => ({
  name, label: name, type: 'text', access: 'read', required: false, unique: false, read_only: false, level: 2, encrypted: false, search: false, ...more,
});

describe('a kept view', () => {
  it('comes back as it was written', () => {
    const kept = { columns: ['a', 'b'], filter: 'owner = me', where: { all: [{ field: 'a', op: 'filled' as const }] }, sort: ['-b'], group: 'b', widths: { a: 120 }, frozen: 2, folds: { b: 'sum' as const }, quick: 'a' };
    expect(readDefinition(writeDefinition(kept))).toEqual(kept);
  });

  it('is refused when it cannot be read, and bad parts are left out', () => {
    expect(readDefinition('{')).toBeUndefined();
    expect(readDefinition('[]')).toBeUndefined();
    expect(readDefinition('{"columns":[]}')).toBeUndefined();
    expect(readDefinition('{"columns":["a",3],"folds":{"a":"drop","b":"avg"},"where":{"all":[{"field":1}]}}')).toMatchObject({ columns: ['a'], folds: { b: 'avg' }, where: undefined });
  });

  it('keeps no value of a sealed field', () => {
    const fields = [field('name'), field('number', { encrypted: true })];
    const where = { all: [{ field: 'number', op: 'is' as const, value: '110' }, { field: 'number', op: 'filled' as const }, { any: [{ field: 'number', op: 'is' as const, value: '220' }] }, { field: 'name', op: 'is' as const, value: '王' }] };
    const { where: kept, dropped } = withoutSealed(where, fields);
    expect(JSON.stringify(kept)).not.toMatch(/110|220/);
    expect(kept).toEqual({ all: [{ field: 'number', op: 'filled' }, { field: 'name', op: 'is', value: '王' }] });
    expect(dropped).toBe(true);
  });

  it('knows its owner and who sees it', () => {
    const record: RecordView = { object: 'x', id: '1', version: 3, masked: [], values: { name: '重点', audience: 'team', pinned: true, first: false, owner: 'u1', definition: '{"columns":["a"]}' }, titles: { owner: '王经理' } };
    expect(viewOf(record, 'u2')?.kept).toEqual({ id: '1', version: 3, audience: 'team', pinned: true, first: false, mine: false, owner: '王经理' });
    expect(viewOf({ ...record, values: { ...record.values, definition: null } }, 'u1')).toBeUndefined();
  });

  it('opens first by the nearest choice', () => {
    const view = (name: string, more?: Partial<NonNullable<ListView['kept']>>): ListView => ({
      name, label: name, columns: ['a'], filter: null, sort: [],
      kept: more && { id: name, version: 1, audience: 'public', pinned: true, first: true, mine: false, owner: '', ...more },
    });
    expect(firstView([view('published')])?.name).toBe('published');
    expect(firstView([view('published'), view('all', {}), view('unit', { audience: 'team' })])?.name).toBe('unit');
    expect(firstView([view('published'), view('unit', { audience: 'team' }), view('own', { audience: 'personal', mine: true })])?.name).toBe('own');
    expect(firstView([view('published'), view('all', { first: false })])?.name).toBe('published');
  });

  it('tells when a condition is on a field out of sight', () => {
    expect(unseen({ all: [{ any: [{ field: 'gone', op: 'filled' }] }] }, [field('a')])).toBe(true);
    expect(unseen({ all: [{ field: 'a', op: 'filled' }] }, [field('a')])).toBe(false);
  });
});

describe('a choice of what opens first', () => {
  const record = (definition: string, owner = 'me'): RecordView => ({ object: 'k', id: '7', version: 3, masked: [], values: { definition, owner, first: true } });
  const view = (name: string): ListView => ({ name, label: name, columns: ['a'], filter: null, sort: [] });

  it('is one\'s own, and no view', () => {
    const kept = record(writeChoice('b'));
    expect(choiceOf(kept, 'me')).toEqual({ id: '7', version: 3, view: 'b' });
    expect(choiceOf(kept, 'you')).toBeUndefined();
    expect(choiceOf(record('{"columns":["a"]}'), 'me')).toBeUndefined();
    expect(choiceOf(record('{'), 'me')).toBeUndefined();
    expect(viewOf(kept, 'me')).toBeUndefined();
  });

  it('goes before all others while its view is there', () => {
    const choice = { id: '7', version: 3, view: 'b' };
    expect(firstView([view('a'), view('b')], choice)?.name).toBe('b');
    expect(firstView([view('a'), view('c')], choice)?.name).toBe('a');
  });
});
