import { describe, expect, it } from 'vitest';
import type { Field } from '@/shared/api/types.ts';
import type { Condition, Group } from './conditions.ts';
import { added, conditionsOf, readWhere, removed, replaced, switched, whereText } from './where.ts';

const field = (name: string): Field => ({
  name, label: name, type: 'boolean', access: 'read', required: false, unique: false, read_only: false, level: 2, encrypted: false, search: false,
});
const yes = (name: string): Condition => ({ field: name, op: 'yes' });
const fields = ['a', 'b', 'c'].map(field);
const tree: Group = { all: [yes('a'), { any: [yes('b'), { all: [yes('c'), yes('a')] }] }] };

describe('a tree of conditions', () => {
  it('reads as one expression with its brackets', () => {
    expect(whereText(tree, fields)).toBe('a = true and (b = true or c = true and a = true)');
    expect(whereText({ any: [yes('a'), { all: [yes('b'), yes('c')] }] }, fields)).toBe('(a = true or b = true and c = true)');
    expect(whereText({ all: [] }, fields)).toBeNull();
  });

  it('leaves out what is unknown or not complete', () => {
    expect(whereText({ all: [yes('gone'), yes('b')] }, fields)).toBe('b = true');
    expect(whereText({ all: [{ any: [yes('gone')] }, yes('b')] }, fields)).toBe('b = true');
  });

  it('changes one part and leaves the others', () => {
    expect(conditionsOf(replaced(tree, [1, 0], yes('c'))).map((one) => one.field)).toEqual(['a', 'c', 'c', 'a']);
    expect(conditionsOf(added(tree, [1, 1], yes('b'))).map((one) => one.field)).toEqual(['a', 'b', 'c', 'a', 'b']);
    expect(added({ all: [] }, [], yes('a'))).toEqual({ all: [yes('a')] });
    expect(whereText(switched(tree, [], true), fields)).toBe('(a = true or (b = true or c = true and a = true))');
    expect(whereText(switched(tree, [1], false), fields)).toBe('a = true and b = true and c = true and a = true');
  });

  it('drops a group with its last condition', () => {
    expect(removed({ all: [yes('a'), { any: [yes('b')] }] }, [1, 0])).toEqual({ all: [yes('a')] });
    expect(removed({ all: [yes('a')] }, [0])).toEqual({ all: [] });
  });

  it('is read from an address only when it is whole and within bounds', () => {
    expect(readWhere(JSON.parse(JSON.stringify(tree)))).toEqual(tree);
    expect(readWhere({ all: [{ field: 'a', op: 'at_least', value: 5 }] })).toEqual({ all: [{ field: 'a', op: 'at_least', value: '5' }] });
    expect(readWhere({ all: [{ field: 1, op: 'yes' }] })).toBeUndefined();
    expect(readWhere(yes('a'))).toBeUndefined();
    expect(readWhere('all')).toBeUndefined();
    expect(readWhere({ all: Array.from({ length: 41 }, () => yes('a')) })).toBeUndefined();
    expect(readWhere({ all: [{ all: [{ all: [{ all: [{ all: [{ all: [] }] }] }] }] }] })).toBeUndefined();
  });
});
