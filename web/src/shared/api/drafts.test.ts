import { beforeEach, describe, expect, it } from 'vitest';
import { draftOf, dropDraft, dropOthers, keepDraft } from './drafts.ts';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

describe('a kept draft', () => {
  beforeEach(() => sessionStorage.clear());

  it('comes back to who typed it and to nobody else', () => {
    keepDraft('ann', 'edit.a.1', { name: '李' }, day(1));
    expect(draftOf('ann', 'edit.a.1', day(2))).toEqual({ at: day(1).toISOString(), kept: { name: '李' } });
    expect(draftOf('bob', 'edit.a.1', day(2))).toBeNull();
    dropOthers('ann');
    sessionStorage.setItem('jinyao.recent', '["李"]');
    dropOthers('ann');
    expect(draftOf('ann', 'edit.a.1', day(2))).not.toBeNull();
    expect(sessionStorage.getItem('jinyao.recent')).not.toBeNull();
    dropOthers('bob');
    expect(sessionStorage.getItem('jinyao.recent')).toBeNull();
    expect(draftOf('ann', 'edit.a.1', day(2))).toBeNull();
  });

  it('goes when it was dropped, is old, or cannot be read', () => {
    keepDraft('ann', 'a', 1, day(1));
    dropDraft('ann', 'a');
    expect(draftOf('ann', 'a', day(1))).toBeNull();
    keepDraft('ann', 'a', 1, day(1));
    expect(draftOf('ann', 'a', day(9))).toBeNull();
    expect(sessionStorage.length).toBe(0);
    sessionStorage.setItem('jinyao.draft.ann.a', '{');
    expect(draftOf('ann', 'a', day(1))).toBeNull();
  });

  it('gives way to newer ones beyond twenty, and is not kept when it is too long', () => {
    for (let number = 1; number <= 21; number += 1) keepDraft('ann', `form ${number}`, number, day(number));
    expect(sessionStorage.length).toBe(20);
    expect(sessionStorage.getItem('jinyao.draft.ann.form 1')).toBeNull();
    keepDraft('ann', 'long', 'x'.repeat(200_000), day(22));
    expect(draftOf('ann', 'long', day(22))).toBeNull();
  });
});
