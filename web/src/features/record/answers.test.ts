import { describe, expect, it } from 'vitest';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { answerOf } from './answers.ts';

const object = { name: 'x', answers: { status: 's', right: 'r', ready: 'ok', dossier: ['copy'], erase: ['delete'] } } as unknown as ObjectDef;
const request = (s: string, r: string, write = ['s']): RecordView =>
  ({ object: 'x', id: '1', version: 1, masked: [], values: { s, r }, access: { actions: [], write, reveal: [] } });

describe('a request', () => {
  it('is answered by what was asked for, once it is ready', () => {
    expect(answerOf(object, request('ok', 'copy'))).toBe('dossier');
    expect(answerOf(object, request('ok', 'delete'))).toBe('erase');
    expect(answerOf(object, request('ok', 'correct'))).toBeNull();
    expect(answerOf(object, request('new', 'copy'))).toBeNull();
  });

  it('is answered by those alone who may carry it on', () => {
    expect(answerOf(object, request('ok', 'copy', []))).toBeNull();
    expect(answerOf({ ...object, answers: undefined }, request('ok', 'copy'))).toBeNull();
  });
});
