import { describe, expect, it } from 'vitest';
import type { Field, ObjectDef } from '@/shared/api/types.ts';
import { type Analysis, blocks, draftFrom, draftOf, gaps, mapColumn, matchable, setMode, setMultiplier, targets, toPlan } from './plan.ts';

const field = (name: string, more: Partial<Field> = {}): Field => ({
  name, label: name.toUpperCase(), type: 'text', access: 'write', required: false, unique: false, read_only: false, level: 0, encrypted: false, search: false, ...more,
});
const object = (name: string, fields: Field[]): ObjectDef =>
  ({ name, label: name, pack: 'p', system: null, title: 'a', actions: ['import'], fields, layouts: [], views: [] });

const THING = object('thing', [
  field('id', { read_only: true, access: 'read' }),
  field('owner', { type: 'user' }),
  field('created_at'),
  field('code', { unique: true }),
  field('a', { required: true }),
  field('sum', { type: 'formula' }),
  field('hidden', { access: 'masked' }),
  field('place', { type: 'cascade' }),
  field('parts', { type: 'child_table', object: 'part', by: 'thing' }),
]);
const PART = object('part', [field('owner'), field('thing', { type: 'reference' }), field('size')]);
const ALL = targets(THING, [PART]);
const target = (key: string) => ALL.find((target) => target.key === key) ?? null;

const FOUND: Analysis = {
  format: { kind: 'csv', encoding: 'gb18030', delimiter: ';' },
  header_row: 2,
  columns: [
    { column: 0, header: 'Code', samples: ['1'], field: 'code', multiplier: null },
    { column: 1, header: 'A (万元)', samples: [], field: 'a', multiplier: '10000' },
    { column: 2, header: '?', samples: ['x'], field: null, multiplier: null },
  ],
  duplicate_headers: [],
};

describe('targets', () => {
  it('are the fields one may write, those of child tables with their table', () => {
    expect(ALL.map((target) => target.key)).toEqual(['owner', 'code', 'a', 'place', 'parts.size']);
  });
});

describe('a mapping', () => {
  it('starts with the suggestions', () => {
    expect(toPlan('thing', draftOf(FOUND))).toEqual({
      object: 'thing', format: FOUND.format, header_row: 2, mode: 'create', match_by: [], clear_empty: false,
      columns: [{ column: 0, header: 'Code', field: 'code' }, { column: 1, header: 'A (万元)', field: 'a', multiplier: '10000' }],
    });
  });

  it('gives a field to one column only', () => {
    const draft = mapColumn(draftOf(FOUND), 2, target('a'));
    expect(draft.columns.map((column) => column.field)).toEqual(['code', null, 'a']);
    expect(draft.columns[1]?.multiplier).toBeNull();
  });

  it('lets several columns make up a path', () => {
    const draft = mapColumn(mapColumn(draftOf(FOUND), 1, target('place')), 2, target('place'));
    expect(draft.columns.map((column) => column.field)).toEqual(['code', 'place', 'place']);
  });

  it('lets a match key go with its column', () => {
    const matched = setMode(draftOf(FOUND), 'upsert', ALL);
    expect(matched.matchBy).toEqual(['code']);
    expect(mapColumn(matched, 0, null).matchBy).toEqual([]);
  });

  it('forgets match keys when every row is new', () => {
    const back = setMode(setMode(draftOf(FOUND), 'update', ALL), 'create', ALL);
    expect(toPlan('thing', back).match_by).toEqual([]);
  });

  it('comes back from an earlier plan as it was', () => {
    const draft = setMultiplier(mapColumn(setMode(draftOf(FOUND), 'update', ALL), 2, target('parts.size')), 2, '1000');
    const plan = toPlan('thing', { ...draft, headerRow: 3 });
    expect(toPlan('thing', draftFrom(FOUND, plan))).toEqual(plan);
  });
});

describe('match keys', () => {
  it('are mapped fields of the object itself, unique ones first', () => {
    const draft = mapColumn(draftOf(FOUND), 2, target('parts.size'));
    expect(matchable(draft, ALL).map((target) => target.key)).toEqual(['code', 'a']);
  });
});

describe('gaps', () => {
  it('block without columns and without a match key', () => {
    const none = [0, 1].reduce((draft, at) => mapColumn(draft, at, null), draftOf(FOUND));
    expect(gaps(none, ALL)).toEqual([{ kind: 'columns' }]);
    const unmatched = { ...setMode(draftOf(FOUND), 'update', ALL), matchBy: [] };
    expect(gaps(unmatched, ALL).filter(blocks)).toEqual([{ kind: 'match' }]);
  });

  it('only warn of a required field without a column, and not in updates', () => {
    const draft = mapColumn(draftOf(FOUND), 1, null);
    expect(gaps(draft, ALL)).toEqual([{ kind: 'required', labels: ['A'] }]);
    expect(gaps(draft, ALL).some(blocks)).toBe(false);
    expect(gaps(setMode(draft, 'update', ALL), ALL)).toEqual([]);
  });
});
