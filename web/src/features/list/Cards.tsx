// Rows of a list on the phone: a card each, with what its view shows.
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { isEmpty, Show } from '@/meta/fields/Show.tsx';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { columnLabel } from './useList.ts';

interface Props { object: ObjectDef; columns: string[]; rows: RecordView[]; more?: boolean; onOpen: (row: RecordView) => void; onEnd: () => void }

export function Cards({ object, columns, rows, more, onOpen, onEnd }: Props) {
  const { t } = useTranslation('list');
  const mark = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (!mark.current) return;
    const watch = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && onEnd(), { rootMargin: '600px' });
    watch.observe(mark.current);
    return () => watch.disconnect();
  }, [onEnd]);
  const head = columns.includes(object.title) ? object.title : (columns[0] ?? object.title);
  const rest = columns.filter((column) => column !== head);
  return (
    <ul className="cards" aria-label={t('rows', { label: object.label })}>
      {rows.map((row) => <Card key={row.id} object={object} head={head} rest={rest} row={row} onOpen={onOpen} />)}
      <li ref={mark} className="cards-end">{more ? t('more') : t('end')}</li>
    </ul>
  );
}

function Card({ object, head, rest, row, onOpen }: { object: ObjectDef; head: string; rest: string[]; row: RecordView; onOpen: (row: RecordView) => void }) {
  const title = fieldOf(object, head);
  const selects = rest.filter((column) => fieldOf(object, column)?.type === 'select' && !isEmpty(row.values[column]));
  const others = rest.filter((column) => !selects.includes(column) && !isEmpty(row.values[column]));
  return (
    <li>
      <button type="button" className="card panel" onClick={() => onOpen(row)}>
        <span className="card-head">
          <b>{title ? <Show field={title} value={row.values[head]} record={row} plain /> : String(row.values[head] ?? '')}</b>
          <span className="several">{selects.slice(0, 3).map((column) => <Value key={column} object={object} column={column} row={row} />)}</span>
        </span>
        <span className="card-facts">
          {others.slice(0, 4).map((column) => (
            <span key={column}><small>{columnLabel(object, column)}</small><span><Value object={object} column={column} row={row} /></span></span>
          ))}
        </span>
      </button>
    </li>
  );
}

function Value({ object, column, row }: { object: ObjectDef; column: string; row: RecordView }) {
  const field = fieldOf(object, column);
  return field ? <Show field={field} value={row.values[column]} record={row} plain brief /> : String(row.values[column] ?? '');
}
