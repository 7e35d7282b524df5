import { describe, expect, it } from 'vitest';
import { linesOf } from './result.ts';

const named = (key: string) => key !== 'first';
const isObject = (name: string) => ['person', 'task'].includes(name);

describe('what came of a job', () => {
  it('is told by its numbers in order, and not by what has no name', () => {
    expect(linesOf({ judged: 12, moves: { 'a → b': 2, 'b → a': 1 }, first: [{ id: 'x' }] }, named, isObject)).toEqual([
      { key: 'judged', count: 12, parts: undefined },
      { key: 'moves', count: 3, parts: undefined },
    ]);
  });

  it('is told by object where it is counted so, largest first', () => {
    expect(linesOf({ records: { person: 2, task: { erased: 3, locked: 4 } } }, named, isObject)).toEqual([
      { key: 'records', count: 9, parts: [{ object: 'task', count: 7 }, { object: 'person', count: 2 }] },
    ]);
  });

  it('leaves out what is no number', () => {
    expect(linesOf({ records: ['a', 'b'], refused: { code: 'kept' }, mended: true, kept: {} }, named, isObject)).toEqual([
      { key: 'kept', count: 0, parts: undefined },
    ]);
    expect(linesOf(null, named, isObject)).toEqual([]);
    expect(linesOf('done', named, isObject)).toEqual([]);
  });
});
