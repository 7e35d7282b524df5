// A table for long lists: rows appear as they are scrolled to, the head and the first column stay,
// and everything works from the keyboard.
import { CaretDownFilled, CaretUpFilled } from '@ant-design/icons';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import './grid.css';

export interface GridColumn<Row> {
  key: string;
  label: string;
  width: number;
  numeric?: boolean;
  /** What to sort by; absent when it cannot be. */
  sort?: string;
  render: (row: Row) => ReactNode;
}

interface Props<Row> {
  label: string;
  rows: Row[];
  rowKey: (row: Row) => string;
  columns: GridColumn<Row>[];
  rowHeight: number;
  current?: string;
  sort?: string;
  onSort?: (sort: string | undefined) => void;
  onOpen?: (row: Row) => void;
  onEnd?: () => void;
  onResize?: (key: string, width: number) => void;
  selection?: { selected: ReadonlySet<string>; toggle: (key: string, range: boolean) => void; all: boolean; toggleAll: () => void; labels: { row: string; all: string } };
  busy?: boolean;
  foot?: ReactNode;
}

const CHECK = 40;

export function Grid<Row>(props: Props<Row>) {
  const { rows, columns, rowHeight, rowKey, onEnd, selection } = props;
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 15) onEnd?.();
  }, [last, rows.length, onEnd]);

  const check = selection ? CHECK : 0;
  const template = `${check ? `${check}px ` : ''}${columns.map((column, index) => (index === columns.length - 1 ? `minmax(${column.width}px, 1fr)` : `${column.width}px`)).join(' ')}`;
  const width = check + columns.reduce((sum, column) => sum + column.width, 0);
  const style = { '--grid-columns': template, '--grid-width': `${width}px`, '--row': `${rowHeight}px`, '--check': `${check}px` } as CSSProperties;

  const move = (to: number) => {
    const next = Math.max(0, Math.min(to, rows.length - 1));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const row = rows[active];
    if (event.key === 'ArrowDown') move(active + 1);
    else if (event.key === 'ArrowUp') move(active - 1);
    else if (event.key === 'PageDown') move(active + 15);
    else if (event.key === 'PageUp') move(active - 15);
    else if (event.key === 'Enter' && row) props.onOpen?.(row);
    else if (event.key === ' ' && row && selection) selection.toggle(rowKey(row), event.shiftKey);
    else return;
    event.preventDefault();
  };

  return (
    <div className="grid-box" ref={box} style={style} tabIndex={0} onKeyDown={press} role="region" aria-label={props.label} data-busy={props.busy || undefined}>
      <div role="table" aria-label={props.label} aria-rowcount={rows.length + 1} className="grid-table">
        <div role="row" className="grid-row grid-head" aria-rowindex={1}>
          {selection && (
            <span role="columnheader" className="grid-cell grid-check">
              <input type="checkbox" aria-label={selection.labels.all} checked={selection.all} onChange={selection.toggleAll} />
            </span>
          )}
          {columns.map((column, index) => <Head key={column.key} column={column} first={index === 0} {...props} />)}
        </div>
        <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const key = rowKey(row);
            const chosen = selection?.selected.has(key) ?? false;
            return (
              <div
                key={key} role="row" aria-rowindex={item.index + 2} aria-selected={selection ? chosen : undefined} className="grid-row grid-line"
                data-active={item.index === active || undefined} data-current={key === props.current || undefined} data-chosen={chosen || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => { setActive(item.index); props.onOpen?.(row); }}
                onKeyDown={() => undefined} tabIndex={-1}
              >
                {selection && (
                  <span role="cell" className="grid-cell grid-check" onClick={(event) => event.stopPropagation()} onKeyDown={() => undefined}>
                    <input type="checkbox" aria-label={selection.labels.row} checked={chosen} onChange={(event) => selection.toggle(key, (event.nativeEvent as MouseEvent).shiftKey)} />
                  </span>
                )}
                {columns.map((column, index) => (
                  <span role="cell" key={column.key} className={`grid-cell${column.numeric ? ' grid-numeric' : ''}${index === 0 ? ' grid-first' : ''}`}>{column.render(row)}</span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {props.foot}
    </div>
  );
}

function Head<Row>({ column, first, sort, onSort, onResize }: { column: GridColumn<Row>; first: boolean } & Props<Row>) {
  const up = sort === column.sort;
  const down = sort === `-${column.sort}`;
  const sorted = !!column.sort && (up || down);
  const flip = () => {
    if (!column.sort) return;
    onSort?.(down ? undefined : up ? `-${column.sort}` : column.sort);
  };
  const drag = (event: PointerEvent<HTMLSpanElement>) => {
    event.preventDefault();
    const target = event.currentTarget;
    const from = event.clientX;
    target.setPointerCapture(event.pointerId);
    const follow = (move: globalThis.PointerEvent) => onResize?.(column.key, Math.max(60, Math.round(column.width + move.clientX - from)));
    target.addEventListener('pointermove', follow);
    target.addEventListener('pointerup', () => target.removeEventListener('pointermove', follow), { once: true });
  };
  const className = `grid-cell${column.numeric ? ' grid-numeric' : ''}${first ? ' grid-first' : ''}`;
  return (
    <span role="columnheader" aria-sort={sorted ? (up ? 'ascending' : 'descending') : undefined} className={className}>
      {column.sort && onSort ? (
        <button type="button" className="grid-sort" onClick={flip}>
          <span>{column.label}</span>{up && <CaretUpFilled />}{down && <CaretDownFilled />}
        </button>
      ) : <span className="grid-label">{column.label}</span>}
      {onResize && <span className="grid-resize" onPointerDown={drag} aria-hidden="true" />}
    </span>
  );
}
