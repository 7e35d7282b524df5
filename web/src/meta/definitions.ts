// The definitions this caller works with. They change only by a publish, so they are kept until
// the version that `/objects` tells is another one.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ahead, here } from '@/shared/api/ahead.ts';
import { call } from '@/shared/api/http.ts';
import type { Field, Layout, Me, ObjectDef, ObjectList, OptionSet } from '@/shared/api/types.ts';

const FOREVER = { staleTime: Number.POSITIVE_INFINITY, gcTime: Number.POSITIVE_INFINITY } as const;
const WATCH = 120_000;

export function useMe(): Me | undefined {
  return useQuery({ queryKey: ['me'], queryFn: () => ahead<Me>('me'), initialData: () => here<Me>('me'), staleTime: 300_000 }).data;
}

export function useObjects(): ObjectList | undefined {
  const list = useQuery({
    queryKey: ['objects'],
    queryFn: () => ahead<ObjectList>('objects'),
    initialData: () => here<ObjectList>('objects'),
    staleTime: WATCH,
    refetchInterval: WATCH,
    refetchOnWindowFocus: true,
  });
  return list.data;
}

/** Drops kept definitions when another version is in force. Mounted once, by the shell. */
export function useFreshDefinitions(): void {
  const queries = useQueryClient();
  const version = useObjects()?.version;
  useEffect(() => {
    if (version === undefined) return;
    const seen = queries.getQueryData<number>(['definitions.version']);
    queries.setQueryData(['definitions.version'], version);
    if (seen !== undefined && seen !== version) {
      void queries.invalidateQueries({ queryKey: ['definition'] });
      void queries.invalidateQueries({ queryKey: ['me'] });
    }
  }, [version, queries]);
}

export function useObject(name: string | undefined) {
  return useQuery({
    queryKey: ['definition', 'object', name],
    queryFn: () => ahead<ObjectDef>(`objects/${name}`),
    initialData: () => here<ObjectDef>(`objects/${name}`),
    enabled: !!name,
    ...FOREVER,
  });
}

export function useOptions(name: string | undefined): OptionSet | undefined {
  const set = useQuery({
    queryKey: ['definition', 'options', name],
    queryFn: () => call<OptionSet>(`options/${name}`),
    enabled: !!name,
    ...FOREVER,
  });
  return set.data;
}

export function fieldOf(object: ObjectDef, name: string): Field | undefined {
  return object.fields.find((field) => field.name === name);
}

export function may(object: { actions: string[] } | undefined, action: string): boolean {
  return object?.actions.includes(action) ?? false;
}

const fieldsIn = (layout: Layout) => layout.sections.flatMap((section) => section.fields);
const weight = (layout: Layout) =>
  layout.sections.reduce((sum, section) => sum + section.fields.length + 2 * section.related.length, 0);

/** The arrangement of a record's page: the fullest one; on a tie, that of the later pack. */
export function pageLayout(object: ObjectDef): Layout {
  const best = object.layouts.reduce<Layout | undefined>(
    (best, layout) => (best && weight(best) > weight(layout) ? best : layout), undefined);
  return best ?? plainLayout(object);
}

/** The arrangement of a form for a new record: the shortest that holds every required field. */
export function formLayout(object: ObjectDef): Layout {
  const required = object.fields.filter((field) => field.required && field.access === 'write');
  const whole = object.layouts.filter((layout) => {
    const held = new Set(fieldsIn(layout));
    return required.every((field) => held.has(field.name));
  });
  const best = whole.reduce<Layout | undefined>(
    (best, layout) => (best && fieldsIn(best).length <= fieldsIn(layout).length ? best : layout), undefined);
  return best ?? plainLayout(object);
}

function plainLayout(object: ObjectDef): Layout {
  const own = object.fields.filter((field) => !BASE.has(field.name) && field.type !== 'child_table');
  return {
    name: '', label: object.label, highlights: [],
    sections: [{ label: object.label, fields: own.map((field) => field.name), related: [] }],
  };
}

/** Fields that every object carries and no form asks for. */
export const BASE = new Set(['id', 'version', 'created_at', 'created_by', 'updated_at', 'updated_by', 'org_unit', 'owner']);
