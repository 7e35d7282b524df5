import { describe, expect, it } from 'vitest';
import { curl, type Document, example, groups, lines, type Operation, search, spoken, target, typeText } from './model.ts';

const DOCUMENT: Document = {
  openapi: '3.1.0', info: { title: 't', version: '1' },
  paths: {
    '/records/thing/{id}': {
      patch: {
        operationId: 'update_thing', tags: ['thing'], summary: '修改东西 · Update Thing',
        parameters: [{ name: 'id', in: 'path', required: true }, { $ref: '#/components/parameters/limit' } as never, { name: 'If-Match', in: 'header' }],
        requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/thing.update' } } } },
        responses: { 404: { $ref: '#/components/responses/gone' }, 200: { description: 'ok', content: { 'application/json': { schema: { $ref: '#/components/schemas/thing.update' } } } } },
      },
    },
    '/me': { get: { tags: ['me'], summary: '我的权限 · What I may do' } },
  },
  components: {
    parameters: { limit: { name: 'limit', in: 'query', schema: { type: 'integer' } } },
    responses: { gone: { description: 'not there' } },
    schemas: {
      'thing.update': {
        type: 'object', required: ['name'],
        properties: {
          name: { type: 'string', title: '名称' }, kind: { anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }], title: '种类' },
          parts: { type: 'array', items: { $ref: '#/components/schemas/part' } }, self: { $ref: '#/components/schemas/thing.update' },
        },
      },
      part: { type: 'object', properties: { size: { type: 'integer', minimum: 1 }, on: { type: 'string', format: 'date' } } },
    },
  },
};

const all = groups(DOCUMENT);
const update = all[0]?.operations[0] as Operation;

describe('the document', () => {
  it('becomes operations by group, with references followed', () => {
    expect(all.map((group) => [group.tag, group.operations.length])).toEqual([['thing', 1], ['me', 1]]);
    expect(update.parameters.map((one) => one.name)).toEqual(['id', 'limit', 'If-Match']);
    expect(update.answers.map((one) => [one.status, one.description])).toEqual([['200', 'ok'], ['404', 'not there']]);
    expect(all[1]?.operations[0]?.id).toBe('get /me');
  });

  it('is searched by words, by path and by the label of a group', () => {
    const label = (tag: string) => (tag === 'thing' ? '东西' : tag);
    expect(search(all, 'patch 东西', label).map((group) => group.tag)).toEqual(['thing']);
    expect(search(all, '/me', label)).toHaveLength(1);
    expect(search(all, 'nowhere', label)).toEqual([]);
    expect(search(all, '', label)).toHaveLength(2);
  });

  it('speaks one language at a time', () => {
    expect([spoken(update.summary, false), spoken(update.summary, true), spoken('plain', true)]).toEqual(['修改东西', 'Update Thing', 'plain']);
  });

  it('tells the shape of a body and ends where it leads back to itself', () => {
    const told = lines(DOCUMENT, update.body?.schema);
    expect(told.slice(0, 4).map((line) => [line.depth, line.name, line.type, line.required])).toEqual([[0, 'name', 'string', true], [0, 'kind', 'a | b', false], [0, 'parts', 'object[]', false], [1, 'size', 'integer', false]]);
    expect(told.length).toBeLessThan(60);
    expect(typeText(DOCUMENT, { type: ['string', 'null'] })).toBe('string');
  });

  it('gives an example of what must be there', () => {
    expect(example(DOCUMENT, update.body?.schema)).toEqual({ name: '' });
    expect(example(DOCUMENT, { $ref: '#/components/schemas/part' })).toEqual({ size: 1, on: '2026-01-31' });
  });
});

describe('a request', () => {
  const values = { id: 'a/b', limit: ' 5 ', 'If-Match': '"3"' };

  it('goes where the values say', () => {
    expect(target(update, values)).toEqual({ path: '/records/thing/a%2Fb?limit=5', headers: { 'If-Match': '"3"' }, missing: [] });
    expect(target(update, {}).missing).toEqual(['id']);
  });

  it('is a line for a terminal that nothing typed breaks out of', () => {
    const line = curl('https://host/api/v1/', update, values, '{ "name": "it\'s" }');
    expect(line).toContain("curl -X PATCH 'https://host/api/v1/records/thing/a%2Fb?limit=5'");
    expect(line).toContain(`--data '{"name":"it'\\''s"}'`);
    expect(line).toContain('Bearer <API_KEY>');
  });
});
