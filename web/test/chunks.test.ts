import { expect, it } from 'vitest';
import { together } from '../vite/chunks.ts';

const IMPORTS: Record<string, string[]> = {
  boot: ['ask'],
  main: ['ask', '/node_modules/react'],
  login: ['/node_modules/react', 'line'],
  app: ['ask', '/node_modules/react', '/node_modules/kit', 'frame', 'line'],
  home: ['show', 'frame'],
  list: ['show', 'rows', 'grid', '/node_modules/kit'],
  record: ['show', 'rows', 'body'],
};
const graph = { getModuleInfo: (id: string) => ({ importedIds: IMPORTS[id] ?? [] }) };

it('what several starts need loads in one file, the rest is left to the bundler', () => {
  const groups = together({ boot: 'boot', entry: 'main', shell: 'app', apart: 'login', daily: ['home', 'list', 'record'] });
  const file = (id: string) => groups.map((group) => group.name(id, graph)).find((name) => name !== null) ?? null;
  const check = (id: string, expected: string | null) => expect(file(id), id).toBe(expected);
  check('ask', 'boot');
  check('/node_modules/react', 'react');
  check('main', 'start');
  check('/node_modules/kit', 'kit');
  check('frame', 'shell');
  check('show', 'shown');
  check('rows', 'records');
  check('grid', null);
  // What the sign-in needs must not bring the shell.
  check('line', null);
});
