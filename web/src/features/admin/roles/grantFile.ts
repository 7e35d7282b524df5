// Grants as they stand in role files: read, written anew, added and taken away. Text in, text out.
import { joined, partsOf, quoted } from '../definitions/edits.ts';
import { tableOf } from '../definitions/shapes.ts';
import { readToml } from '../definitions/toml.ts';
import type { Access } from './model.ts';

export interface Grant {
  object: string;
  actions: string[];
  rows: string;
  when: string;
  default: Access;
  fields: Record<string, Access>;
}

/** A grant and where it stands. */
export interface Placed { path: string; index: number; grant: Grant }

const list = (words: string[]) => `[${words.map(quoted).join(', ')}]`;

function access(word: unknown): Access {
  return word === 'masked' || word === 'read' || word === 'write' ? word : 'hidden';
}

function readGrant(block: string): Grant {
  const { grants } = readToml(block);
  const table = tableOf(Array.isArray(grants) ? grants[0] : undefined);
  return {
    object: String(table.object ?? ''),
    actions: Array.isArray(table.actions) ? table.actions.map(String) : [],
    rows: String(table.rows ?? 'own'),
    when: String(table.when ?? ''),
    default: access(table.default),
    fields: Object.fromEntries(Object.entries(tableOf(table.fields)).map(([name, word]) => [name, access(word)])),
  };
}

/** The role a file is about: its own name, or the one it adds to. */
export function roleOf(path: string, text: string): string {
  const extended = readToml(text).extends;
  return typeof extended === 'string' ? extended : (path.split('/').at(-1) ?? '').replace(/\.toml$/, '');
}

/** All grants of a role, file by file. */
export function grantsOf(role: string, texts: Record<string, string>): Placed[] {
  const files = Object.entries(texts).filter(([path, text]) => roleOf(path, text) === role);
  files.sort(([a, left], [b, right]) => Number(readToml(left).extends !== undefined) - Number(readToml(right).extends !== undefined) || a.localeCompare(b));
  return files.flatMap(([path, text]) => partsOf(text, 'grants').blocks.map((block, index) => ({ path, index, grant: readGrant(block) })));
}

export function grantText(grant: Grant): string {
  const lines = ['[[grants]]', `object = ${quoted(grant.object)}`, `actions = ${list(grant.actions)}`, `rows = ${quoted(grant.rows)}`];
  if (grant.when.trim()) lines.push(`when = ${quoted(grant.when.trim())}`);
  lines.push(`default = ${quoted(grant.default)}`);
  const fields = Object.entries(grant.fields);
  if (fields.length > 0) lines.push('[grants.fields]', ...fields.map(([name, word]) => `${name} = ${quoted(word)}`));
  return lines.join('\n');
}

/** The file with the grant at `index` written anew, or taken away with null. Its comments stay. */
export function withGrant(text: string, index: number, grant: Grant | null): string {
  const parts = partsOf(text, 'grants');
  const blocks = parts.blocks.flatMap((block, at) => {
    if (at !== index) return [block];
    const comments = block.split('\n').filter((line, place, all) => line.trim().startsWith('#') && all.slice(0, place).every((above) => above.trim().startsWith('#')));
    return grant ? [[...comments, grantText(grant)].join('\n')] : [];
  });
  return joined({ ...parts, blocks });
}

/** The file with one more grant at its end; a file that is not there adds to the role. */
export function plusGrant(text: string | undefined, role: string, grant: Grant): string {
  const parts = partsOf(text ?? `extends = ${quoted(role)}\n`, 'grants');
  return joined({ ...parts, blocks: [...parts.blocks, grantText(grant)] });
}

interface Told { object: string; rows: string; when: string | null; actions: string[] }

const sign = (grant: { rows: string; when: string | null; actions: string[] }) => JSON.stringify([grant.rows.trim(), (grant.when ?? '').trim(), [...grant.actions].sort()]);

/**
 * Where each grant in force stands in the files, the first unused that says the same; nothing for one
 * that the draft has changed or that is written for every object.
 */
export function placesOf(told: Told[], placed: Placed[]): (Placed | undefined)[] {
  const left = [...placed];
  return told.map((grant) => {
    const at = left.findIndex((one) => one.grant.object === grant.object && sign(one.grant) === sign(grant));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
}
