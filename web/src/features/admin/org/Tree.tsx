// The tree itself: one tab stop, arrows to walk and to fold, units to be dragged onto each other.
import { ApartmentOutlined, CaretDownOutlined, CaretRightOutlined } from '@ant-design/icons';
import { type DragEvent, type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type Branch, find, mayMove, sizeOf } from './tree.ts';

interface Props {
  rows: Branch[];
  roots: Branch[];
  open: ReadonlySet<string>;
  current?: string;
  movable: boolean;
  onOpen: (id: string) => void;
  onChoose: (id: string) => void;
  onMove: (unit: string, to: string | null) => void;
}

export function Tree({ rows, roots, open, current, movable, onOpen, onChoose, onMove }: Props) {
  const { t } = useTranslation('admin');
  const box = useRef<HTMLUListElement>(null);
  const [dragged, setDragged] = useState<string>();
  const [over, setOver] = useState<string>();
  const at = Math.max(rows.findIndex((row) => row.id === current), 0);
  const focus = (index: number) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (!row) return;
    onChoose(row.id);
    box.current?.querySelector<HTMLElement>(`[data-id="${row.id}"]`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    const row = rows[at];
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const folds = row.children.length > 0;
    const above = rows.findIndex((one) => one.id === row.parent);
    const steps: Record<string, () => void> = {
      ArrowDown: () => focus(at + 1),
      ArrowUp: () => focus(at - 1),
      Home: () => focus(0),
      End: () => focus(rows.length - 1),
      ArrowRight: () => { if (folds && !open.has(row.id)) onOpen(row.id); else if (folds) focus(at + 1); },
      ArrowLeft: () => { if (folds && open.has(row.id)) onOpen(row.id); else if (above >= 0) focus(above); },
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  const unit = dragged ? find(roots, dragged) : undefined;
  const takes = (row: Branch) => !!unit && mayMove(unit, row.id);
  const drag = (row: Branch) => (movable ? {
    draggable: true,
    onDragStart: (event: DragEvent) => { event.dataTransfer.effectAllowed = 'move'; event.dataTransfer.setData('text/plain', row.name); setDragged(row.id); },
    onDragEnd: () => { setDragged(undefined); setOver(undefined); },
    onDragOver: (event: DragEvent) => { if (takes(row)) { event.preventDefault(); setOver(row.id); } },
    onDragLeave: () => setOver((before) => (before === row.id ? undefined : before)),
    onDrop: (event: DragEvent) => { event.preventDefault(); setOver(undefined); if (unit && takes(row)) onMove(unit.id, row.id); },
  } : {});
  return (
    <ul role="tree" aria-label={t('org.title')} ref={box} onKeyDown={press} className="tree">
      {rows.map((row) => (
        <li
          key={row.id} role="treeitem" data-id={row.id} tabIndex={row.id === rows[at]?.id ? 0 : -1} aria-level={row.depth + 1} aria-selected={row.id === current}
          aria-expanded={row.children.length > 0 ? open.has(row.id) : undefined} data-over={row.id === over || undefined} data-dragged={row.id === dragged || undefined}
          style={{ paddingInlineStart: 6 + row.depth * 18 }} onClick={() => onChoose(row.id)} onKeyDown={() => undefined} {...drag(row)}
        >
          {row.children.length > 0
            ? <span className="tree-fold" aria-hidden="true" onKeyDown={() => undefined} onClick={(event) => { event.stopPropagation(); onOpen(row.id); }}>{open.has(row.id) ? <CaretDownOutlined /> : <CaretRightOutlined />}</span>
            : <span className="tree-fold" aria-hidden="true" />}
          <ApartmentOutlined aria-hidden="true" className="tree-icon" />
          <span className="tree-name">{row.name}</span>
          {row.closed && <Tag color="gray">{t('org.closed')}</Tag>}
          {row.children.length > 0 && <small className="tabular">{sizeOf(row) - 1}</small>}
        </li>
      ))}
    </ul>
  );
}
