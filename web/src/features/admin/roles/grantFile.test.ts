import { describe, expect, it } from 'vitest';
import { type Grant, grantsOf, grantText, placesOf, plusGrant, withGrant } from './grantFile.ts';

const CORE = [
  'label = { zh = "员工", en = "Worker" }', 'rights = ["jobs"]', '', '[[grants]]', 'object = "thing"', 'actions = ["read", "update"]', 'rows = "own"', 'default = "read"',
  '[grants.fields]', 'name = "write"', '', '# only what is shared', '[[grants]]', 'object = "thing"', 'actions = ["read"]', 'rows = "shared"', 'fields = { name = "read" }', '',
].join('\n');
const MORE = 'extends = "worker"\n\n[[grants]]\nobject = "other"\nactions = ["read"]\nrows = "state = \'open\'"\nwhen = "a"\ndefault = "masked"\n';
const grant: Grant = { object: 'thing', actions: ['read'], rows: 'all', when: '', default: 'hidden', fields: { name: 'masked' } };

describe('grants of a role', () => {
  it('are read from the file that defines it and then from those that add to it', () => {
    const placed = grantsOf('worker', { 'own/roles/worker_own.toml': MORE, 'core/roles/worker.toml': CORE, 'core/roles/other.toml': CORE });
    expect(placed.map(({ path, index }) => [path, index])).toEqual([['core/roles/worker.toml', 0], ['core/roles/worker.toml', 1], ['own/roles/worker_own.toml', 0]]);
    expect(placed[0]?.grant).toEqual({ object: 'thing', actions: ['read', 'update'], rows: 'own', when: '', default: 'read', fields: { name: 'write' } });
    expect(placed[2]?.grant).toEqual({ object: 'other', actions: ['read'], rows: "state = 'open'", when: 'a', default: 'masked', fields: {} });
  });

  it('read as they were written', () => {
    const text = plusGrant(undefined, 'worker', { ...grant, when: 'tier = "x"' });
    expect(grantsOf('worker', { 'own/roles/w.toml': text })[0]?.grant).toEqual({ ...grant, when: 'tier = "x"' });
  });

  it('change one by one, and nothing else does', () => {
    const changed = withGrant(CORE, 1, grant);
    expect(changed).toContain('# only what is shared\n[[grants]]\nobject = "thing"\nactions = ["read"]\nrows = "all"');
    expect(changed).toContain('rights = ["jobs"]');
    expect(grantsOf('w', { 'p/roles/w.toml': changed })[0]).toEqual(grantsOf('w', { 'p/roles/w.toml': CORE })[0]);
    const gone = withGrant(CORE, 0, null);
    expect(grantsOf('w', { 'p/roles/w.toml': gone }).map((one) => one.grant.rows)).toEqual(['shared']);
  });

  it('join a file at its end', () => {
    expect(plusGrant(MORE, 'worker', grant).endsWith(`${grantText(grant)}\n`)).toBe(true);
    expect(plusGrant(undefined, 'worker', grant).startsWith('extends = "worker"\n\n[[grants]]')).toBe(true);
  });

  it('in force are found in the files, each once, but not when the draft has changed them', () => {
    const placed = grantsOf('worker', { 'core/roles/worker.toml': CORE, 'own/roles/worker_own.toml': plusGrant(MORE, 'worker', { ...grant, actions: ['read'], rows: 'shared' }) });
    const told = (rows: string, actions: string[], object = 'thing') => ({ object, rows, when: null, actions });
    const found = placesOf([told('own', ['update', 'read']), told('shared', ['read']), told('shared', ['read']), told('all', ['read'])], placed);
    expect(found.map((one) => one && [one.path, one.index])).toEqual([['core/roles/worker.toml', 0], ['core/roles/worker.toml', 1], ['own/roles/worker_own.toml', 1], undefined]);
  });
});
