import { describe, expect, it } from 'vitest';
import type { Job } from '@/shared/api/types.ts';
import { csv, scopes, tally } from './bulk.ts';

const query = { object: 'x', columns: ['a'] };

describe('a change of many rows', () => {
  it('reaches every chosen row in queries of bounded length', () => {
    const ids = new Set(Array.from({ length: 250 }, (_, at) => `0192${String(at).padStart(32, '0')}`));
    const found = scopes({ ids, whole: false }, query);
    expect(found).toHaveLength(3);
    for (const { filter } of found) expect(filter?.length).toBeLessThan(4096);
    expect(found.flatMap(({ filter }) => filter?.match(/'[^']+'/g) ?? [])).toHaveLength(250);
  });

  it('reaches all results by their query, and never by an empty one', () => {
    const check = (more: object) => scopes({ ids: new Set(), whole: true }, { ...query, ...more });
    expect(check({ filter: 'a = 1', search: '王' })).toEqual([{ filter: 'a = 1', search: '王' }]);
    expect(check({ search: '王' })).toEqual([{ filter: undefined, search: '王' }]);
    expect(check({})).toEqual([{ filter: 'id is not empty', search: undefined }]);
  });

  it('is over when every job is, with what all of them did', () => {
    const job = (state: Job['state'], more: Partial<Job> = {}): Job => ({ id: state, kind: 'bulk_update', state, done: 2, total: 4, result: null, error: null, ...more });
    expect(tally([job('done', { result: { changed: 3, refused: 1, errors: [{ id: '1', code: 'forbidden', violations: [] }] } }), undefined])).toMatchObject({ changed: 3, refused: 1, ended: false });
    expect(tally([job('done', { result: { created: 2, refused: 0, errors: [] } })])).toMatchObject({ changed: 2, ended: true });
    expect(tally([job('done'), job('dead')])).toMatchObject({ done: 4, total: 8, ended: true, failed: true });
  });

  it('gives its result as a file in which nothing is a formula', () => {
    expect(csv([['a', '=1+1'], ['b,"c"', '']])).toBe('\ufeffa,\'=1+1\r\n"b,""c""",\r\n');
  });
});
