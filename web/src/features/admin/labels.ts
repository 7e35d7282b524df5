// Labels of every object and field, for those who look after the platform: an auditor reads what
// the log is about without seeing a record of it.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import type { Field } from '@/shared/api/types.ts';

export interface Labelled { name: string; label: string; pack: string; title: string; retired: boolean; fields: Field[] }

export interface Labels {
  objects: Labelled[];
  object: (name: string | null | undefined) => Labelled | undefined;
  /** The object's label, or its name when it is no longer defined. */
  of: (name: string | null | undefined) => string;
}

export function useLabels(): Labels {
  const { i18n } = useTranslation();
  const keeper = (useMe()?.rights.length ?? 0) > 0;
  const known = useQuery({
    queryKey: ['definition', 'labels', i18n.language],
    queryFn: () => call<{ objects: Labelled[] }>('definitions/labels'),
    enabled: keeper,
    staleTime: 300_000,
  });
  const objects = known.data?.objects ?? [];
  const object = (name: string | null | undefined) => objects.find((one) => one.name === name);
  return { objects, object, of: (name) => object(name)?.label ?? name ?? '' };
}
