// Which rows are chosen: some by id, or all that the query finds.
import { useEffect, useMemo, useRef, useState } from 'react';
import type { RecordView } from '@/shared/api/types.ts';
import type { ListQuery } from './useList.ts';

export interface Selection {
  ids: ReadonlySet<string>;
  size: number;
  /** Everything the query finds, shown or not. */
  whole: boolean;
  allShown: boolean;
  toggle: (id: string, range: boolean) => void;
  toggleAll: () => void;
  takeWhole: () => void;
  clear: () => void;
}

const NONE: ReadonlySet<string> = new Set();

export function useSelection(rows: RecordView[], query: ListQuery | null): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(NONE);
  const [whole, setWhole] = useState(false);
  const last = useRef<string | null>(null);
  const scope = `${query?.object} ${query?.filter} ${query?.search}`;
  useEffect(() => {
    setIds(NONE);
    setWhole(false);
  }, [scope]);
  const order = useMemo(() => rows.map((row) => row.id), [rows]);
  const allShown = order.length > 0 && order.every((id) => ids.has(id));
  return {
    ids, whole, allShown, size: ids.size,
    toggle: (id, range) => {
      const next = new Set(ids);
      const from = range && last.current ? order.indexOf(last.current) : -1;
      const to = order.indexOf(id);
      const span = from >= 0 ? order.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
      const add = !ids.has(id);
      for (const one of span) if (add) next.add(one); else next.delete(one);
      last.current = id;
      setWhole(false);
      setIds(next);
    },
    toggleAll: () => {
      setWhole(false);
      setIds(allShown ? NONE : new Set(order));
    },
    takeWhole: () => setWhole(true),
    clear: () => {
      setIds(NONE);
      setWhole(false);
    },
  };
}
