import { describe, expect, it } from 'vitest';
import type { Field, FormRules, Json, ObjectDef } from '@/shared/api/types.ts';
import { defaults, type Form, judge } from './judge.ts';
import type { Node, Tree } from './evaluate.ts';

const field = (name: string, type: string): Field =>
  ({ name, label: name, type, access: 'write', required: false, unique: false, read_only: false, level: 1, encrypted: false, search: false });

const at = (name: string, type: string): Node => ['field', type, [name], 0];
const tree = (root: Node, ty = 'bool'): Tree => ({ v: 1, ty, root });

const RULES: FormRules = {
  formulas: {
    gain: tree(['-', at('worth', 'number'), at('cost', 'number')], 'number'),
    double: tree(['*', at('gain', 'number'), ['number', '2']], 'number'),
    loop: tree(['+', at('loop', 'number'), ['number', '1']], 'number'),
  },
  defaults: { state: tree(['text', 'open'], 'text'), since: tree(['call', 'today'], 'date') },
  validations: [
    { code: 'closed_needs_day', at: 'closed', message: '请填销户日', when: tree(['=', at('state', 'text'), ['text', 'closed']]), must: tree(['not', ['is_empty', at('closed', 'date')]]) },
    { code: 'order', at: 'closed', message: '销户不早于开户', when: null, must: tree(['>=', at('closed', 'date'), at('since', 'date')]) },
    { code: 'small', at: 'cost', message: '太大', when: null, must: tree(['<=', at('cost', 'number'), ['param', 'number', 'most']]) },
    { code: 'secret', at: 'id_number', message: '号码', when: null, must: tree(['=', ['call', 'id_sex', at('id_number', 'text')], ['text', 'male']]) },
  ],
  parameters: { most: '1000' },
};

const OBJECT: ObjectDef = {
  name: 'x', label: 'X', pack: 'p', system: null, title: 'state', actions: [], layouts: [], views: [], form: RULES,
  fields: [
    field('state', 'select'), field('since', 'date'), field('closed', 'date'), field('worth', 'money'), field('cost', 'money'),
    field('gain', 'formula'), field('double', 'formula'), field('loop', 'formula'), field('id_number', 'resident_id'),
  ],
};

const form = (typed: Record<string, Json>, stored: Record<string, Json> | null = null, masked: string[] = []): Form =>
  ({ object: OBJECT, stored, masked, typed, me: null, units: null, today: '2026-03-15', now: '2026-03-15T02:00:00Z' });
const codes = (of: Form) => judge(of).violations.map((violation) => violation.code);

describe('a form', () => {
  it('is told what its rules say as soon as what they read is typed', () => {
    expect(codes(form({}))).toEqual([]);
    expect(codes(form({ state: 'closed' }))).toEqual(['closed_needs_day']);
    expect(codes(form({ state: 'closed', closed: '2026-03-14' }))).toEqual(['order']);
    expect(codes(form({ state: 'closed', closed: '2026-03-15' }))).toEqual([]);
    expect(codes(form({ cost: { amount: '1000.01', currency: 'CNY' } }))).toEqual(['small']);
  });

  it('marks what may not stay empty as things are', () => {
    expect([...judge(form({})).required]).toEqual([]);
    expect([...judge(form({ state: 'closed' })).required]).toEqual(['closed']);
  });

  it('shows formulas as one types, and not while a number is half typed', () => {
    expect(judge(form({ worth: '0.3', cost: '0.1' })).computed).toEqual({ gain: '0.2', double: '0.4' });
    expect(judge(form({ worth: '0.3', cost: '-' })).computed).toEqual({});
    expect(judge(form({ worth: '5' }, { cost: { amount: '2.00', currency: 'CNY' } })).computed).toEqual({ gain: '3', double: '6' });
  });

  it('leaves to the server what depends on a masked value', () => {
    expect(codes(form({ closed: null }, { id_number: '110***********1234' }, ['id_number']))).toEqual([]);
    expect(codes(form({ id_number: '110105194912310021' }, { id_number: '***' }, ['id_number']))).toEqual(['secret']);
  });

  it('starts with its defaults', () => {
    expect(defaults(form({}))).toEqual({ state: 'open', since: '2026-03-15' });
  });
});
