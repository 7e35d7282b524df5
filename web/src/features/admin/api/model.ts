// The run-time OpenAPI document as what a page shows: operations by group, the shape of bodies, an
// example, and the request that stands for what was filled in.
import type { Json } from '@/shared/api/types.ts';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: Json[];
  const?: Json;
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: boolean | Schema;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  default?: Json;
  examples?: Json[];
}

export interface Parameter { name: string; in: 'path' | 'query' | 'header'; required?: boolean; description?: string; schema?: Schema }
interface Content { content?: Record<string, { schema?: Schema }> }
interface Answer extends Content { $ref?: string; description?: string }

interface RawOperation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  security?: unknown[];
  parameters?: (Parameter & { $ref?: string })[];
  requestBody?: Content & { required?: boolean };
  responses?: Record<string, Answer>;
}

export interface Document {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, RawOperation>>;
  components?: { schemas?: Record<string, Schema>; parameters?: Record<string, Parameter>; responses?: Record<string, Answer> };
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  parameters: Parameter[];
  body?: { schema: Schema; type: string; required: boolean };
  answers: { status: string; description: string; schema?: Schema }[];
}

export interface Group { tag: string; operations: Operation[] }

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function at(document: Document, reference: string): unknown {
  return reference.replace(/^#\//, '').split('/').reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

/** What a reference stands for; a schema without one is itself. */
export function resolve(document: Document, schema: Schema | undefined): Schema {
  let found = schema ?? {};
  for (let steps = 0; found.$ref && steps < 8; steps += 1) found = (at(document, found.$ref) as Schema | undefined) ?? {};
  return found;
}

/** The part of a sentence in both languages, `中文 · English`, that a reader wants. */
export function spoken(text: string | undefined, english: boolean): string {
  const parts = (text ?? '').split(' · ');
  return (english ? parts.at(-1) : parts[0]) ?? '';
}

function operation(document: Document, path: string, method: string, raw: RawOperation): Operation {
  const parameters = (raw.parameters ?? []).map((one) => (one.$ref ? (at(document, one.$ref) as Parameter) : one)).filter((one) => one?.name);
  const [type, content] = Object.entries(raw.requestBody?.content ?? {})[0] ?? [];
  const answers = Object.entries(raw.responses ?? {}).map(([status, one]) => {
    const answer = one.$ref ? (at(document, one.$ref) as Answer | undefined) : one;
    return { status, description: answer?.description ?? '', schema: Object.values(answer?.content ?? {})[0]?.schema };
  });
  return {
    id: raw.operationId ?? `${method} ${path}`, method: method.toUpperCase(), path, tag: raw.tags?.[0] ?? '', summary: raw.summary ?? '', description: raw.description ?? '', parameters,
    body: type && content?.schema ? { schema: content.schema, type, required: raw.requestBody?.required ?? false } : undefined,
    answers: answers.sort((a, b) => a.status.localeCompare(b.status)),
  };
}

/** Operations by group, in the document's order. */
export function groups(document: Document): Group[] {
  const made = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const raw = methods[method];
      if (!raw) continue;
      const one = operation(document, path, method, raw);
      made.set(one.tag, [...(made.get(one.tag) ?? []), one]);
    }
  }
  return [...made].map(([tag, operations]) => ({ tag, operations }));
}

/** What a text finds, in paths, names and sentences; a group's own label finds all of it. */
export function search(all: Group[], text: string, label: (tag: string) => string): Group[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter((word) => word !== '');
  return all.flatMap((group) => {
    const whole = `${group.tag} ${label(group.tag)}`;
    const operations = group.operations.filter((one) => {
      const told = `${one.method} ${one.path} ${one.id} ${one.summary} ${whole}`.toLowerCase();
      return words.every((word) => told.includes(word));
    });
    return operations.length > 0 ? [{ tag: group.tag, operations }] : [];
  });
}

/** The one schema that is meant when null is allowed beside it. */
function meant(document: Document, schema: Schema | undefined): { schema: Schema; empty: boolean } {
  const found = resolve(document, schema);
  const some = found.anyOf ?? found.oneOf;
  if (!some) return { schema: found, empty: Array.isArray(found.type) && found.type.includes('null') };
  const real = some.filter((one) => resolve(document, one).type !== 'null');
  const first = resolve(document, real[0]);
  return { schema: { ...first, title: found.title ?? first.title, description: found.description ?? first.description }, empty: real.length < some.length };
}

export function typeText(document: Document, schema: Schema | undefined): string {
  const { schema: found } = meant(document, schema);
  if (found.enum) return found.enum.map(String).slice(0, 12).join(' | ') + (found.enum.length > 12 ? ' …' : '');
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.items) return `${typeText(document, found.items)}[]`;
  const type = Array.isArray(found.type) ? found.type.filter((one) => one !== 'null').join(' | ') : found.type;
  return found.format ?? type ?? (found.properties ? 'object' : 'any');
}

export interface Line { name: string; depth: number; type: string; required: boolean; title: string; about: string }

const DEEP = 3;
const MOST = 400;

/** A schema's members as lines, inner ones below their own, as deep as people read. */
export function lines(document: Document, schema: Schema | undefined, depth = 0): Line[] {
  let { schema: found } = meant(document, schema);
  if (found.items) found = meant(document, found.items).schema;
  const parts = found.allOf ? found.allOf.map((one) => resolve(document, one)) : [found];
  const made = parts.flatMap((part) => Object.entries(part.properties ?? {}).flatMap(([name, member]): Line[] => {
    const { schema: inner } = meant(document, member);
    const line = { name, depth, type: typeText(document, member), required: part.required?.includes(name) ?? false, title: inner.title ?? '', about: inner.description ?? '' };
    return [line, ...(depth + 1 < DEEP ? lines(document, member, depth + 1) : [])];
  }));
  return made.slice(0, MOST);
}

/** A value of a schema's shape: members that must be there, and of the others the first few. */
export function example(document: Document, schema: Schema | undefined, depth = 0): Json {
  const { schema: found } = meant(document, schema);
  const [given] = found.examples ?? [];
  if (given !== undefined) return given;
  if (found.default !== undefined) return found.default;
  if (found.const !== undefined) return found.const;
  if (found.enum) return found.enum[0] ?? null;
  if (found.allOf) return Object.assign({}, ...found.allOf.map((one) => example(document, one, depth) as object)) as Json;
  if (found.properties) {
    if (depth >= DEEP) return {};
    const names = Object.keys(found.properties);
    const wanted = names.filter((name) => found.required?.includes(name));
    const shown = wanted.length > 0 ? wanted : names.slice(0, 4);
    return Object.fromEntries(shown.map((name) => [name, example(document, found.properties?.[name], depth + 1)]));
  }
  if (found.items) return depth >= DEEP ? [] : [example(document, found.items, depth + 1)];
  const type = Array.isArray(found.type) ? found.type[0] : found.type;
  if (type === 'integer' || type === 'number') return found.minimum ?? 0;
  if (type === 'boolean') return false;
  if (type === 'array') return [];
  if (type === 'object') return {};
  if (found.format === 'date') return '2026-01-31';
  if (found.format === 'date-time') return '2026-01-31T09:00:00+08:00';
  if (found.format === 'uuid') return '00000000-0000-0000-0000-000000000000';
  return '';
}

/** The address, below the API's root, that the filled-in values stand for; missing parts of the path are told. */
export function target(one: Operation, values: Record<string, string>): { path: string; headers: Record<string, string>; missing: string[] } {
  const missing = one.parameters.filter((parameter) => (parameter.required || parameter.in === 'path') && !values[parameter.name]?.trim()).map((parameter) => parameter.name);
  const path = one.path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (values[name] ? encodeURIComponent(values[name].trim()) : whole));
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  for (const parameter of one.parameters) {
    const value = values[parameter.name]?.trim();
    if (!value) continue;
    if (parameter.in === 'query') query.set(parameter.name, value);
    if (parameter.in === 'header') headers[parameter.name] = value;
  }
  const text = query.toString();
  return { path: text ? `${path}?${text}` : path, headers, missing };
}

const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same request for a terminal, with a key in the place of the session. */
export function curl(root: string, one: Operation, values: Record<string, string>, body: string): string {
  const { path, headers } = target(one, values);
  const parts = [`curl -X ${one.method} ${shell(`${root}${path.replace(/^\//, '')}`)}`, `-H ${shell('Authorization: Bearer <API_KEY>')}`];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${shell(`${name}: ${value}`)}`);
  if (one.body?.type === 'application/json' && body.trim()) parts.push(`-H ${shell('Content-Type: application/json')}`, `--data ${shell(compact(body))}`);
  else if (one.body?.type.startsWith('multipart/')) parts.push(`-F ${shell('file=@path')}`);
  return parts.join(' \\\n  ');
}

function compact(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body;
  }
}
