// A table for long lists: rows appear as they are scrolled to, the head, the first columns and the
// foot stay, and everything works from the keyboard.
import { CaretDownFilled, CaretUpFilled, DownOutlined } from '@ant-design/icons';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { MenuProps } from 'antd';
import { type CSSProperties, type KeyboardEvent, type MouseEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { MenuButton } from './MenuButton.tsx';
import './grid.css';

export interface GridColumn<Row> {
  key: string;
  label: string;
  width: number;
  numeric?: boolean;
  /** What to sort by; absent when it cannot be. */
  sort?: string;
  render: (row: Row) => ReactNode;
  /** Whether the cell of a row may be edited in place. */
  editable?: (row: Row) => boolean;
  /** What stands under the column. */
  foot?: ReactNode;
}

interface Labels { row: string; all: string }
interface Selection { selected: ReadonlySet<string>; toggle: (key: string, range: boolean) => void; all: boolean; toggleAll: () => void; labels: Labels }

/** Editing a cell: which, what stands in it, and how one begins. */
export interface CellEditing<Row> { at?: { row: string; column: string }; editor: ReactNode; begin: (row: Row, column: string) => void; label: (column: string) => string }

interface Props<Row> {
  label: string;
  rows: Row[];
  rowKey: (row: Row) => string;
  columns: GridColumn<Row>[];
  rowHeight: number;
  current?: string;
  sort?: string;
  /** How many columns stay while scrolling sideways. */
  frozen?: number;
  onSort?: (sort: string | undefined) => void;
  onOpen?: (row: Row, whole: boolean) => void;
  onEnd?: () => void;
  onResize?: (key: string, width: number) => void;
  /** What one may do with a column, offered at its head. */
  headMenu?: (key: string, at: number) => MenuProps;
  headMenuLabel?: (label: string) => string;
  selection?: Selection;
  /** Rows that are no records: not chosen, looking like a heading. */
  isHeading?: (row: Row) => boolean;
  editing?: CellEditing<Row>;
  busy?: boolean;
  foot?: ReactNode;
}

const CHECK = 40;
const PAGE = 15;

interface Spot { left: number; last: boolean }

/** Where each frozen column stays. */
function spots<Row>(columns: GridColumn<Row>[], frozen: number, check: number): Spot[] {
  let left = check;
  return columns.slice(0, Math.min(frozen, columns.length - 1)).map((column, at, all) => {
    const spot = { left, last: at === all.length - 1 };
    left += column.width;
    return spot;
  });
}

export function Grid<Row>(props: Props<Row>) {
  const { rows, columns, rowHeight, rowKey, onEnd, selection, editing } = props;
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [cell, setCell] = useState(0);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - PAGE) onEnd?.();
  }, [last, rows.length, onEnd]);
  // When an editor closes the keys go on where it stood.
  const edited = useRef(false);
  const open = !!editing?.at;
  useEffect(() => {
    if (edited.current && !open && !document.activeElement?.closest('input, textarea, .ant-modal')) box.current?.focus({ preventScroll: true });
    edited.current = open;
  }, [open]);

  const check = selection ? CHECK : 0;
  const template = `${check ? `${check}px ` : ''}${columns.map((column, index) => (index === columns.length - 1 ? `minmax(${column.width}px, 1fr)` : `${column.width}px`)).join(' ')}`;
  const width = check + columns.reduce((sum, column) => sum + column.width, 0);
  const stay = spots(columns, props.frozen ?? 1, check);
  const style = { '--grid-columns': template, '--grid-width': `${width}px`, '--row': `${rowHeight}px` } as CSSProperties;
  const footed = columns.some((column) => column.foot !== undefined);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(to, rows.length - 1));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const sideways = (step: number) => {
    const next = Math.max(0, Math.min(cell + step, columns.length - 1));
    setCell(next);
    box.current?.querySelector(`.grid-line[data-active] [data-column="${next}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  const press = (event: KeyboardEvent) => {
    // A row has the focus after a click on it; what stands in a row has keys of its own.
    const ours = event.target === event.currentTarget || (event.target instanceof HTMLElement && event.target.classList.contains('grid-line'));
    if (!ours || (event.altKey || event.ctrlKey || event.metaKey) && event.key !== 'Enter' && event.key !== 'a') return;
    const row = rows[active];
    const column = columns[cell];
    const heading = row !== undefined && (props.isHeading?.(row) ?? false);
    const editable = row !== undefined && !heading && !!editing && (column?.editable?.(row) ?? false);
    if (event.key === 'ArrowDown') move(active + 1);
    else if (event.key === 'ArrowUp') move(active - 1);
    else if (event.key === 'ArrowRight') sideways(1);
    else if (event.key === 'ArrowLeft') sideways(-1);
    else if (event.key === 'PageDown') move(active + PAGE);
    else if (event.key === 'PageUp') move(active - PAGE);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(rows.length - 1);
    else if ((event.key === 'F2' || event.key === 'e') && editable && column) editing?.begin(row, column.key);
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey) && selection) selection.toggleAll();
    else if (event.key === 'Enter' && row !== undefined) props.onOpen?.(row, event.ctrlKey || event.metaKey);
    else if (event.key === ' ' && row !== undefined && selection && !heading) selection.toggle(rowKey(row), event.shiftKey);
    else return;
    event.preventDefault();
    if (event.target !== event.currentTarget && event.key !== 'Enter') box.current?.focus({ preventScroll: true });
  };
  const at = (index: number): { className: string; style?: CSSProperties } => {
    const column = columns[index];
    const spot = stay[index];
    const className = `grid-cell${column?.numeric ? ' grid-numeric' : ''}${index === 0 ? ' grid-first' : ''}${spot ? ' grid-stay' : ''}${spot?.last ? ' grid-edge' : ''}`;
    return { className, style: spot && { left: spot.left } };
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
          {columns.map((column, index) => <Head key={column.key} column={column} index={index} place={at(index)} {...props} />)}
        </div>
        <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const key = rowKey(row);
            const heading = props.isHeading?.(row) ?? false;
            const chosen = selection?.selected.has(key) ?? false;
            return (
              <div
                key={key} role="row" aria-rowindex={item.index + 2} aria-selected={selection && !heading ? chosen : undefined} className={`grid-row grid-line${heading ? ' grid-heading' : ''}`}
                data-active={item.index === active || undefined} data-current={key === props.current || undefined} data-chosen={chosen || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => { setActive(item.index); props.onOpen?.(row, false); }}
                onKeyDown={() => undefined} tabIndex={-1}
              >
                {selection && (
                  <span role="cell" className="grid-cell grid-check" onClick={(event) => event.stopPropagation()} onKeyDown={() => undefined}>
                    {!heading && <input type="checkbox" aria-label={selection.labels.row} checked={chosen} onChange={(event) => selection.toggle(key, (event.nativeEvent as globalThis.MouseEvent).shiftKey)} />}
                  </span>
                )}
                {columns.map((column, index) => {
                  const editor = editing?.at?.row === key && editing.at.column === column.key ? editing.editor : null;
                  const { className, style } = at(index);
                  const begin = (event: MouseEvent) => {
                    event.stopPropagation();
                    setActive(item.index);
                    setCell(index);
                    editing?.begin(row, column.key);
                  };
                  return (
                    <span
                      role="cell" key={column.key} data-column={index} data-cursor={(editing && item.index === active && index === cell) || undefined}
                      className={`${className}${editor ? ' grid-editing' : ''}`} style={style}
                    >
                      {editor ?? column.render(row)}
                      {!editor && editing && column.editable?.(row) && (
                        <button type="button" tabIndex={-1} className="grid-pencil" aria-label={editing.label(column.label)} onClick={begin} />
                      )}
                    </span>
                  );
                })}
              </div>
            );
          })}
        </div>
        {footed && (
          <div role="row" className="grid-row grid-foot">
            {selection && <span role="cell" className="grid-cell grid-check" />}
            {columns.map((column, index) => <span role="cell" key={column.key} {...at(index)}>{column.foot}</span>)}
          </div>
        )}
      </div>
      {props.foot}
    </div>
  );
}

interface HeadProps<Row> extends Props<Row> { column: GridColumn<Row>; index: number; place: { className: string; style?: CSSProperties } }

function Head<Row>({ column, index, place, sort, onSort, onResize, headMenu, headMenuLabel }: HeadProps<Row>) {
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
  return (
    <span role="columnheader" aria-sort={sorted ? (up ? 'ascending' : 'descending') : undefined} {...place}>
      {column.sort && onSort ? (
        <button type="button" className="grid-sort" onClick={flip}>
          <span>{column.label}</span>{up && <CaretUpFilled />}{down && <CaretDownFilled />}
        </button>
      ) : <span className="grid-label">{column.label}</span>}
      {headMenu && (
        <MenuButton menu={headMenu(column.key, index)}>
          <button type="button" className="grid-more" aria-label={headMenuLabel?.(column.label) ?? column.label}><DownOutlined /></button>
        </MenuButton>
      )}
      {onResize && <span className="grid-resize" onPointerDown={drag} aria-hidden="true" />}
    </span>
  );
}
