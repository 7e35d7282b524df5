import { describe, expect, it } from 'vitest';
import { type Report, good, reasons, rowsWith } from './report.ts';

const cell = (field: string, code: string) => ({ field, code, message: `${field} is ${code}` });
const REPORT: Report = {
  rows: 10, created: 5, updated: 1, unchanged: 1, bad: 3, undone: 0, kept: 0,
  reasons: { 'b:format': 1, 'parts.size:required': 1, 'a:duplicate': 2, 'z:unseen': 1 },
  first_bad: [
    { line: 2, violations: [cell('a', 'duplicate'), cell('b', 'format')] },
    { line: 5, violations: [cell('a', 'duplicate')] },
    { line: 7, violations: [cell('parts.size', 'required')] },
  ],
  unreadable: null,
};

describe('a report', () => {
  it('gives reasons by how often they occur, each with a sentence when one is at hand', () => {
    expect(reasons(REPORT).map((reason) => [reason.field, reason.code, reason.count, reason.example])).toEqual([
      ['a', 'duplicate', 2, 'a is duplicate'],
      ['b', 'format', 1, 'b is format'],
      ['parts.size', 'required', 1, 'parts.size is required'],
      ['z', 'unseen', 1, null],
    ]);
  });

  it('shows every refused row until a reason is chosen', () => {
    expect(rowsWith(REPORT, new Set()).map((row) => row.line)).toEqual([2, 5, 7]);
    expect(rowsWith(REPORT, new Set(['b:format'])).map((row) => row.line)).toEqual([2]);
    expect(rowsWith(REPORT, new Set(['b:format', 'parts.size:required'])).map((row) => row.line)).toEqual([2, 7]);
    expect(rowsWith(REPORT, new Set(['z:unseen']))).toEqual([]);
  });

  it('counts what a run would take', () => {
    expect(good(REPORT)).toBe(7);
  });
});
