import { describe, expect, it } from 'vitest';
import { usages } from './usage.ts';

const TEXTS = {
  'core/objects/thing.toml': 'title = "name"\n[fields.name]\ntype = "text"\n[fields.full]\ntype = "formula"\nformula = "name + other"\n[fields.kind]\noptions = "sort"\n',
  'bank/objects/thing_bank.toml': 'extends = "thing"\n# name\n[fields.deep]\nformula = "upper(name)"\n',
  'core/objects/other.toml': '[fields.name]\ntype = "text"\n[fields.of]\ntype = "reference"\nto = "thing"\nformula = "of.name"\n',
  'core/layouts/thing_page.toml': 'object = "thing"\n[[sections]]\nfields = ["name", "kind"]\n',
  'core/roles/worker.toml': '[[grants]]\nobject = "thing"\nactions = ["read"]\n[grants.fields]\nname = "read"\n[[grants]]\nobject = "other"\n[grants.fields]\nname = "write"\n',
  'core/options/sort.toml': 'label = { zh = "分类", en = "Sort" }\n',
};
const places = (wanted: Parameters<typeof usages>[1]) => usages(TEXTS, wanted).map((use) => `${use.path}:${use.line}${use.maybe ? '?' : ''}`);

describe('where something is used', () => {
  it('a field: in its object, in what is about the object, and perhaps behind references', () => {
    expect(places({ object: 'thing', field: 'name' })).toEqual([
      'bank/objects/thing_bank.toml:4', 'core/layouts/thing_page.toml:3', 'core/objects/other.toml:6?', 'core/objects/thing.toml:1', 'core/objects/thing.toml:6', 'core/roles/worker.toml:5',
    ]);
  });

  it('an object and an option set: wherever they are named, but not where they are defined', () => {
    expect(places({ object: 'other' })).toEqual(['core/objects/thing.toml:6', 'core/roles/worker.toml:7']);
    expect(places({ options: 'sort' })).toEqual(['core/objects/thing.toml:8']);
    expect(places({ options: 'none' })).toEqual([]);
  });
});
