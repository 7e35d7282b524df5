// What the definitions say about a form as it stands: which validations fail, what its formulas come
// to, what is required just now. A first look only; the server decides, and knows more.
import type { FormRule, Json, ObjectDef } from '@/shared/api/types.ts';
import type { Violation } from '@/shared/api/problem.ts';
import { readDate, readInstant } from './calendar.ts';
import { type Env, evaluate, type Node, type Source, type Tree, Unknown } from './evaluate.ts';
import { fromJson, toJson, type TypeName, type Value } from './value.ts';

/** A form: the record before (none when it is made), what was typed, and who types when. */
export interface Form {
  object: ObjectDef;
  stored: Record<string, Json> | null;
  /** Stored values that stand there masked. */
  masked: readonly string[];
  typed: Record<string, Json>;
  me: string | null;
  units: string[] | null;
  today: string;
  now: string;
}

export interface Judgement {
  violations: Violation[];
  /** Formulas that follow from what is typed. */
  computed: Record<string, Json>;
  /** Fields that may not stay empty as things are. */
  required: ReadonlySet<string>;
}

export function judge(form: Form): Judgement {
  const rules = form.object.form;
  if (!rules) return { violations: [], computed: {}, required: new Set() };
  const sheet = new Sheet(form);
  const of = (tree: Tree) => evaluate(tree, sheet, sheet.env);
  const holds = (rule: FormRule) => !rule.when || isBool(of(rule.when), true);
  const standing = rules.validations.filter(holds);
  const broken = standing.filter((rule) => isBool(of(rule.must), false) && reads(rule).some((name) => name in form.typed));
  const computed = Object.entries(rules.formulas).map(([name, tree]) => [name, of(tree)] as const);
  return {
    violations: broken.map((rule) => ({ field: rule.at ?? '', code: rule.code, message: rule.message })),
    computed: Object.fromEntries(computed.flatMap(([name, value]) => (value === undefined ? [] : [[name, toJson(value) as Json]]))),
    required: new Set(standing.flatMap((rule) => filledBy(rule.must.root))),
  };
}

/** What a new record's fields hold unless something else is typed, as far as it is known here. */
export function defaults(form: Form): Record<string, Json> {
  const sheet = new Sheet({ ...form, stored: {} });
  const values = Object.entries(form.object.form?.defaults ?? {}).map(([name, tree]) => [name, evaluate(tree, sheet, sheet.env)] as const);
  return Object.fromEntries(values.flatMap(([name, value]) => (value ? [[name, toJson(value) as Json]] : [])));
}

function isBool(value: Value | undefined, wanted: boolean): boolean {
  return value?.is === 'bool' && value.of === wanted;
}

/** Names of the record's own fields that a rule reads. */
function reads(rule: FormRule): string[] {
  const own = (node: unknown): string[] => {
    if (!Array.isArray(node)) return [];
    if (node[0] === 'field' && Array.isArray(node[2])) return node[2].slice(0, 1).map(String);
    return node.flatMap(own);
  };
  return [...own(rule.must.root), ...own(rule.when?.root)];
}

/** Fields of which a condition says that they are not empty. */
function filledBy([head, ...parts]: Node): string[] {
  if (head === 'and') return (parts as Node[]).flatMap(filledBy);
  const [inner] = parts as Node[];
  if (head !== 'not' || inner?.[0] !== 'is_empty') return [];
  const of = inner[1] as Node;
  return of[0] === 'field' ? (of[2] as string[]).slice(0, 1) : [];
}

/** Deepest chain of formulas that read each other. */
const DEPTH = 8;

class Sheet implements Source {
  readonly env: Env;
  private depth = 0;

  constructor(private readonly form: Form) {
    this.env = {
      today: readDate(form.today) ?? 0,
      now: readInstant(form.now) ?? 0n,
      me: form.me, units: form.units, subtree: null,
      parameter: (name, type) => read(form.object.form?.parameters[name] ?? null, type),
    };
  }

  field([name = '', ...rest]: string[], type: TypeName): Value {
    const { typed, stored, masked, object } = this.form;
    if (rest.length > 0) throw new Unknown();
    if (name in typed) return read(typed[name], type);
    const formula = object.form?.formulas[name];
    if (formula) return this.formula(formula);
    if (!stored || masked.includes(name)) return this.missing(name, type);
    const field = object.fields.find((field) => field.name === name);
    if (!field || field.type === 'roll_up' || field.type === 'formula') throw new Unknown();
    return read(stored[name] ?? null, type);
  }

  children(): Source[] {
    throw new Unknown();
  }

  /** A new record has what its defaults give; the server alone knows what it fills in itself. */
  private missing(name: string, type: TypeName): Value {
    const { stored, object } = this.form;
    const field = object.fields.find((field) => field.name === name);
    const given = object.form?.defaults[name];
    if (stored || !field || SERVER.has(name) || field.type === 'auto_number') throw new Unknown();
    if (given) return this.formula(given);
    if (field.default) throw new Unknown();
    return read(null, type);
  }

  private formula(tree: Tree): Value {
    if (this.depth >= DEPTH) throw new Unknown();
    this.depth += 1;
    try {
      const value = evaluate(tree, this, this.env);
      if (value === undefined) throw new Unknown();
      return value;
    } finally {
      this.depth -= 1;
    }
  }
}

/** Filled in by the server whatever is typed. */
const SERVER = new Set(['id', 'version', 'created_at', 'created_by', 'updated_at', 'updated_by', 'owner', 'org_unit']);

/** A half-typed value is not known yet. */
function read(json: Json | undefined, type: TypeName): Value {
  const value = fromJson(json, type);
  if (value === undefined) throw new Unknown();
  return value;
}
