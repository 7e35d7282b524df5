// What the graph around records of an object is made of; absent where nothing joins them.
import { useMemo } from 'react';
import { fieldOf, useObject } from '@/meta/definitions.ts';
import type { Meaning } from './Picture.tsx';
import { useKinds } from './useGraph.ts';

export function useMeaning(objectName: string, edge?: string): { edge?: string; graphs: string[]; meaning?: Meaning; none: boolean } {
  const own = useObject(objectName).data;
  const graphs = own?.graphs ?? [];
  const chosen = graphs.find((name) => name === edge) ?? graphs[0];
  const { object, definition, kinds, ready } = useKinds(chosen);
  const meaning = useMemo<Meaning | undefined>(() => {
    if (!object || !definition || !ready) return undefined;
    const ends = [definition.from, definition.to].flatMap((name) => (name && fieldOf(object, name)?.to) || []);
    return { object, definition, kinds, objects: [...new Set(ends)] };
  }, [object, definition, kinds, ready]);
  return { edge: chosen, graphs, meaning, none: !!own && graphs.length === 0 };
}
