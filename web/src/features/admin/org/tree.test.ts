import { describe, expect, it } from 'vitest';
import { branches, find, matching, mayMove, pathOf, sizeOf, type Unit, visible } from './tree.ts';

const unit = (id: string, parent: string | null, name = id): Unit => ({ id, name, code: id, level: null, parent, version: 1, closed: false });
const UNITS = [unit('b2', 'b'), unit('a', null), unit('b', 'a'), unit('c', 'a'), unit('b1', 'b', '南京路支行'), unit('x', 'gone')];

describe('the org tree', () => {
  const roots = branches(UNITS);

  it('has each unit once, in order, with its depth', () => {
    expect(roots.map((branch) => branch.id)).toEqual(['a', 'x']);
    const all = visible(roots, new Set(['a', 'b']));
    expect(all.map((branch) => [branch.id, branch.depth])).toEqual([['a', 0], ['b', 1], ['b1', 2], ['b2', 2], ['c', 1], ['x', 0]]);
    expect(roots[0] && sizeOf(roots[0])).toBe(5);
  });

  it('stands even when units lead back to each other', () => {
    const round = branches([unit('p', 'q'), unit('q', 'p'), unit('r', 'q')]);
    expect(visible(round, new Set(['p', 'q', 'r'])).map((branch) => branch.id).sort()).toEqual(['p', 'q', 'r']);
  });

  it('is narrowed to what a text names and the way there', () => {
    const narrow = matching(roots, '南京');
    expect(visible(narrow, new Set(['a', 'b'])).map((branch) => branch.id)).toEqual(['a', 'b', 'b1']);
    expect(matching(roots, '')).toBe(roots);
  });

  it('lets a unit go anywhere but below itself', () => {
    const b = find(roots, 'b');
    expect(b).toBeDefined();
    if (!b) return;
    expect([mayMove(b, 'c'), mayMove(b, null), mayMove(b, 'a'), mayMove(b, 'b1'), mayMove(b, 'b')]).toEqual([true, true, false, false, false]);
  });

  it('tells the way to a unit', () => {
    expect(pathOf(roots, 'b1')).toEqual(['a', 'b', '南京路支行']);
    expect(pathOf(roots, null)).toEqual([]);
  });
});
