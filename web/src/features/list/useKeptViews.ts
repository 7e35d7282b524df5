// Views that people keep: records of the platform's object for them, read and written like any
// other record, so that rights decide who sees and changes which.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { may, useMe, useObjects } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import type { Page, RecordView } from '@/shared/api/types.ts';
import { quote } from '@/meta/filter/conditions.ts';
import { type Audience, type Choice, choiceOf, type Definition, type ListView, viewOf, writeChoice, writeDefinition } from './views.ts';

export interface ViewForm { name: string; audience: Audience; pinned: boolean; first: boolean }

export interface KeptViews {
  /** Undefined while they are on their way. */
  views?: ListView[];
  /** Whether the caller may keep views at all. */
  mayKeep: boolean;
  create: (form: ViewForm, definition: Definition) => Promise<string>;
  change: (view: ListView, form: Partial<ViewForm>, definition?: Definition) => Promise<void>;
  remove: (view: ListView) => Promise<void>;
  /** The view that one chose to open first. */
  choice?: Choice;
  /** Chooses what opens first; nothing leaves it to the unit, to everybody or to the definitions. */
  choose: (view: ListView | null) => Promise<void>;
}

const MOST = 200;
/** Characters of a name that the platform's object takes at least. */
const LABEL = 40;

export function useKeptViews(listed: string): KeptViews {
  const queries = useQueryClient();
  const me = useMe();
  const objects = useObjects()?.objects;
  const keeper = objects?.find((object) => object.system === 'saved_view');
  const name = may(keeper, 'read') ? keeper?.name : undefined;
  const key = ['records', name, 'kept', listed];
  const found = useQuery({
    queryKey: key,
    queryFn: () => call<Page>(`records/${name}`, {
      query: { columns: 'name,audience,pinned,first,definition,owner', filter: `listed = ${quote(listed)}`, sort: 'name', limit: MOST, expand: true },
    }),
    enabled: !!name && !!listed,
    staleTime: 60_000,
    retry: false,
  });
  const views = useMemo(
    () => found.data?.records?.map((record) => viewOf(record, me?.user ?? '')).filter((view): view is ListView => view !== undefined),
    [found.data, me?.user],
  );
  const choice = useMemo(() => found.data?.records?.map((record) => choiceOf(record, me?.user ?? '')).find((one) => one !== undefined), [found.data, me?.user]);
  const again = () => queries.invalidateQueries({ queryKey: key });
  // Nothing to wait for: no such object, no right to it, or it could not be read.
  const none = !!objects && (!name || found.isError);
  return {
    views: none ? [] : me ? views : undefined,
    mayKeep: may(keeper, 'create'),
    create: async (form, definition) => {
      const made = await call<RecordView>(`records/${name}`, { method: 'POST', body: { ...form, listed, definition: writeDefinition(definition) } });
      await again();
      return made.id;
    },
    change: async (view, form, definition) => {
      const body = { ...form, ...(definition && { definition: writeDefinition(definition) }) };
      await call(`records/${name}/${view.kept?.id}`, { method: 'PATCH', body, version: view.kept?.version });
      await again();
    },
    remove: async (view) => {
      await call(`records/${name}/${view.kept?.id}`, { method: 'DELETE', version: view.kept?.version });
      await again();
    },
    choice,
    choose: async (view) => {
      const path = choice && `records/${name}/${choice.id}`;
      if (!view) {
        if (path) await call(path, { method: 'DELETE', version: choice.version });
      } else {
        const body = { name: view.label.slice(0, LABEL), definition: writeChoice(view.name) };
        if (path) await call(path, { method: 'PATCH', body, version: choice.version });
        else await call(`records/${name}`, { method: 'POST', body: { ...body, listed, audience: 'personal', pinned: false, first: true } });
      }
      await again();
    },
  };
}
