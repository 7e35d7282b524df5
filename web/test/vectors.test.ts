// The browser means the same by every committed vector as memory and the databases do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDate, readInstant } from '@/meta/expr/calendar.ts';
import { type Env, evaluate, type Source, type Tree } from '@/meta/expr/evaluate.ts';
import { fromJson, toJson, type TypeName, type Value } from '@/meta/expr/value.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, '../../crates/schema/vectors', name), 'utf8'));

type Row = Record<string, unknown>;
interface GivenEnv { today: string; now: string; me: string | null; units: string[]; subtree: string[]; parameters: Record<string, Record<string, unknown>> }
interface Case { expr: string; ty: string; record: Row; env?: Partial<GivenEnv>; expect: unknown }
interface File { types: Record<string, Record<string, string>>; env: GivenEnv; cases: Case[] }

const file = read('expr.json') as File;
const trees = read('trees.json') as Record<string, Tree>;

/** A record as a case gives it: references hold the record they name, child tables their rows. */
class Given implements Source {
  static next = 1000;
  readonly id: string;

  constructor(readonly object: string, private readonly row: Row) {
    Given.next += 1;
    this.id = typeof row.id === 'string' ? row.id : `00000000-0000-0000-0000-${Given.next.toString(16).padStart(12, '0')}`;
  }

  private readonly referred = new Map<string, Given>();

  private words(name: string): string[] {
    return file.types[this.object]?.[name]?.split(' ') ?? [];
  }

  private behind(name: string): Given | null {
    const given = this.row[name];
    if (!given || typeof given !== 'object' || Array.isArray(given)) return null;
    const known = this.referred.get(name);
    if (known) return known;
    const { object, ...row } = given as Row;
    const made = new Given(typeof object === 'string' ? object : (this.words(name)[1] ?? ''), row);
    this.referred.set(name, made);
    return made;
  }

  field([name = '', ...rest]: string[], type: TypeName): Value {
    const far = this.behind(name);
    if (rest.length > 0) return far ? far.field(rest, type) : null;
    if (name === 'id') return { is: 'id', of: this.id };
    if (name === 'version') return fromJson('1', 'number') ?? null;
    if (far) return { is: 'id', of: far.id, object: this.words(name).length > 2 ? far.object : undefined };
    const value = fromJson(this.row[name], type);
    if (value === undefined) throw new Error(`${this.object}.${name} is no ${type}`);
    return value;
  }

  children(object: string, by: string): Source[] {
    const tables = Object.entries(file.types[this.object] ?? {}).filter(([, type]) => type === `rows ${object} ${by}`);
    return tables.flatMap(([name]) => (this.row[name] as Row[] | undefined) ?? []).map((row) => new Given(object, row));
  }
}

function environment(given: GivenEnv): Env {
  return {
    today: readDate(given.today) ?? 0,
    now: readInstant(given.now) ?? 0n,
    me: given.me, units: given.units, subtree: given.subtree,
    parameter: (name) => {
      const [type, value] = Object.entries(given.parameters[name] ?? {})[0] ?? [];
      return fromJson(value, type as TypeName) ?? null;
    },
  };
}

describe('expressions in the browser', () => {
  it.each(file.cases.map((one, index) => ({ ...one, name: `${index}: ${one.expr}` })))('$name', ({ expr, ty, record, env, expect: wanted }) => {
    const tree = trees[expr];
    expect(tree, 'a tree').toBeDefined();
    if (!tree) return;
    expect(tree.ty).toBe(ty);
    const value = evaluate(tree, new Given('thing', record), environment({ ...file.env, ...env }));
    expect(value === undefined ? 'unknown' : toJson(value)).toEqual(wanted);
  });

  it('has every vector', () => {
    expect(file.cases.length).toBeGreaterThanOrEqual(500);
    expect(Object.keys(trees).length).toBe(new Set(file.cases.map((one) => one.expr)).size);
  });
});
