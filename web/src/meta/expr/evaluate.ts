// A tree of the server's expression language to its value, by the same rules: an operation on an
// empty operand is empty, `and`, `or` and `not` are three-valued, a condition passes only when true.
//
// What the page cannot know (a masked value, another record) is told by `Unknown`; the server
// decides then.
import type { ExprTree } from '@/shared/api/types.ts';
import * as calendar from './calendar.ts';
import * as exact from './number.ts';
import { extreme, functionNamed, type Moment } from './functions.ts';
import { bool, date, fromJson, instant, isEmpty, number, order, text, type TypeName, type Value } from './value.ts';

/** An expression as the server sends it. */
export type Tree = ExprTree;

/** A node: what it is, then its parts. */
export type Node = Tree['root'];

/** The form of trees that this page reads. */
export const VERSION = 1;

/** The record an expression stands on. */
export interface Source {
  /** The value at the end of a path of field names. */
  field: (path: string[], type: TypeName) => Value;
  /** The records of `object` whose field `by` refers to this one. */
  children: (object: string, by: string) => Source[];
}

export interface Env extends Moment {
  me: string | null;
  units: string[] | null;
  subtree: string[] | null;
  parameter: (name: string, type: TypeName) => Value;
}

/** Thrown where the value depends on what is not known here. */
export class Unknown extends Error {}

/** The value of `tree` over `source`; undefined when it cannot be known here. */
export function evaluate(tree: Tree, source: Source, env: Env): Value | undefined {
  if (tree.v !== VERSION) return undefined;
  try {
    return new Evaluation(env).value(tree.root, [source]);
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const ARITHMETIC: Record<string, (a: exact.Exact, b: exact.Exact) => exact.Exact | null> = {
  '+': exact.add, '-': exact.subtract, '*': exact.multiply, '/': exact.divide, '%': exact.remainder,
};

/** The record at hand, and around it those that an aggregate stands on. */
type Frames = [Source, ...Source[]];

class Evaluation {
  constructor(private readonly env: Env) {}

  value(node: Node, frames: Frames): Value {
    const [head, ...parts] = node;
    const of = (at: number) => this.value(parts[at] as Node, frames);
    switch (head) {
      case 'null': return null;
      case 'bool': return bool(parts[0] as boolean);
      case 'number': case 'text': case 'date': case 'instant': case 'id': return fromJson(parts[0], head) ?? null;
      case 'duration': return number(exact.ofWhole(BigInt(parts[0] as string)));
      case 'field': return this.field(parts, frames);
      case 'param': return this.env.parameter(parts[1] as string, parts[0] as TypeName);
      case 'actor': return this.actor(parts[1] as string);
      case 'not': return negated(this.truth(parts[0] as Node, frames));
      case 'and': case 'or': return bool(this.truth(node, frames));
      case 'in': return this.member(of(0), parts[1] as Node, frames);
      case 'list': return { is: 'list', of: parts.map((_, at) => of(at)) };
      case 'between': return between(of(0), of(1), of(2));
      case 'is_empty': return bool(isEmpty(of(0)));
      case 'negate': return minus(of(0));
      case 'if': return this.truth(parts[0] as Node, frames) === true ? of(1) : of(2);
      case 'call': return this.call(parts, frames);
      case 'aggregate': return this.aggregate(parts, frames);
      default: return binary(head, of(0), of(1));
    }
  }

  private truth(node: Node, frames: Frames): boolean | null {
    const [head, ...parts] = node;
    if (head === 'and' || head === 'or') return this.kleene(parts as Node[], head === 'or', frames);
    const value = this.value(node, frames);
    return value?.is === 'bool' ? value.of : null;
  }

  /** `and` is decided by a false part, `or` by a true one, whatever else is empty or unknown. */
  private kleene(parts: Node[], decided: boolean, frames: Frames): boolean | null {
    let result: boolean | null = !decided;
    let unknown: Unknown | null = null;
    for (const part of parts) {
      try {
        const value = this.truth(part, frames);
        if (value === decided) return decided;
        if (value === null) result = null;
      } catch (error) {
        if (!(error instanceof Unknown)) throw error;
        unknown = error;
      }
    }
    if (unknown) throw unknown;
    return result;
  }

  private field([type, path, up]: unknown[], frames: Frames): Value {
    const source = frames[up as number];
    if (!source) throw new Unknown();
    return source.field(path as string[], type as TypeName);
  }

  private actor(word: string): Value {
    if (word === 'me') return this.env.me === null ? null : { is: 'id', of: this.env.me };
    const ids = word === 'my_units' ? this.env.units : word === 'my_subtree' ? this.env.subtree : null;
    if (!ids) throw new Unknown();
    return { is: 'list', of: ids.map((of) => ({ is: 'id', of })) };
  }

  private member(item: Value, list: Node, frames: Frames): Value {
    const values = this.value(list, frames);
    if (isEmpty(item)) return null;
    if (values?.is !== 'list') return bool(false);
    const orders = values.of.map((value) => order(item, value));
    if (orders.includes(0)) return bool(true);
    return bool(orders.includes(null) ? null : false);
  }

  private call([name, ...parts]: unknown[], frames: Frames): Value {
    const of = functionNamed(name as string);
    if (!of) throw new Unknown();
    return of(parts.map((part) => this.value(part as Node, frames)), this.env);
  }

  private aggregate([name, object, by, value, filter]: unknown[], frames: Frames): Value {
    const children = frames[0].children(object as string, by as string)
      .map((child): Frames => [child, ...frames])
      .filter((inside) => !filter || this.truth(filter as Node, inside) === true);
    const values = value ? children.map((inside) => this.value(value as Node, inside)) : [];
    return folded(name as string, children.length, values);
  }
}

/** `sum` and `count` of nothing are 0, `all` of nothing is true, the others are empty. */
function folded(name: string, count: number, values: Value[]): Value {
  const present = values.filter((value) => !isEmpty(value));
  switch (name) {
    case 'count': return number(exact.ofWhole(count));
    case 'count_distinct': return number(exact.ofWhole(new Set(present.map((value) => (value ? `${value.is} ${String(value.of)}` : ''))).size));
    case 'any': return bool(count > 0);
    case 'all': return bool(values.every((value) => value?.is === 'bool' && value.of));
    case 'sum': return number(total(present));
    case 'avg': {
      const sum = total(present);
      return sum === null ? null : number(exact.divide(sum, exact.ofWhole(present.length)));
    }
    case 'min': return extreme(present, -1);
    case 'max': return extreme(present, 1);
    default: throw new Unknown();
  }
}

function total(values: Value[]): exact.Exact | null {
  return values.reduce<exact.Exact | null>((sum, value) => (sum === null || value?.is !== 'number' ? null : exact.add(sum, value.of)), 0n);
}

function negated(truth: boolean | null): Value {
  return truth === null ? null : bool(!truth);
}

function minus(value: Value): Value {
  return value?.is === 'number' ? number(-value.of) : null;
}

function between(value: Value, low: Value, high: Value): Value {
  const [above, below] = [order(value, low), order(value, high)];
  if ((above !== null && above < 0) || (below !== null && below > 0)) return bool(false);
  return bool(above === null || below === null ? null : true);
}

function binary(head: string, a: Value, b: Value): Value {
  const compares = COMPARISONS[head];
  if (compares) {
    const found = order(a, b);
    return found === null ? null : bool(compares(found));
  }
  const of = ARITHMETIC[head];
  if (!of) throw new Unknown();
  if (isEmpty(a) || isEmpty(b) || !a || !b) return null;
  if (a.is === 'number' && b.is === 'number') return number(of(a.of, b.of));
  if (a.is === 'text' && b.is === 'text') return text(a.of + b.of);
  return moved(head === '-' ? -1n : 1n, a, b);
}

/** Dates and instants by a length of time, which is a number of microseconds, or to each other. */
function moved(sign: bigint, a: NonNullable<Value>, b: NonNullable<Value>): Value {
  if (a.is === 'date' && b.is === 'date') return lasting(BigInt(a.of - b.of) * calendar.DAY);
  if (a.is === 'instant' && b.is === 'instant') return lasting(a.of - b.of);
  const micros = b.is === 'number' ? exact.whole(b.of) : null;
  if (micros === null) return null;
  if (a.is === 'date') return date(calendar.addDays(a.of, sign * (micros / calendar.DAY)));
  return a.is === 'instant' ? instant(calendar.addMicros(a.of, sign * micros)) : null;
}

function lasting(micros: bigint): Value {
  return number(exact.bounded(exact.ofWhole(micros)));
}
