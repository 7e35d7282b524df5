// The org tree: browsing, making, renaming and moving units, with what a move would change.
import { PlusOutlined } from '@ant-design/icons';
import { Button, Input, Skeleton } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may } from '@/meta/definitions.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { useUnits } from '../useUnits.ts';
import { branches, find, matching, visible } from './tree.ts';
import { Tree } from './Tree.tsx';
import { UnitPanel } from './UnitPanel.tsx';
import './org.css';

const CreateDrawer = lazy(() => import('@/features/record/CreateDrawer.tsx'));
const MoveDialog = lazy(() => import('./MoveDialog.tsx'));

export default function OrgPage() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [text, setText] = useState('');
  const [opened, setOpened] = useStored<string[] | null>('admin.org.open', null);
  const [below, setBelow] = useState<string | null>();
  const [move, setMove] = useState<{ unit: string; to?: string | null }>();
  const { entry, object, units } = useUnits();
  const roots = useMemo(() => branches(units.data ?? []), [units.data]);
  const shown = matching(roots, text);
  const open = new Set(text.trim() ? (units.data ?? []).map((unit) => unit.id) : opened ?? roots.map((root) => root.id));
  const current = find(roots, search.unit) ?? roots[0];
  const moving = find(roots, move?.unit);
  const editable = may(object, 'update') && object?.fields.find((field) => field.name === 'parent')?.access === 'write';
  const flip = (id: string) => setOpened(open.has(id) ? [...open].filter((one) => one !== id) : [...open, id]);
  if (units.error) return <Failure error={units.error} onRetry={() => void units.refetch()} />;
  return (
    <>
      <div className="admin-head">
        <h1>{t('org.title')}</h1>
        {may(object, 'create') && <Button type="primary" icon={<PlusOutlined />} onClick={() => setBelow(current?.id ?? null)}>{t('org.create')}</Button>}
      </div>
      {!entry && <div className="panel admin-empty">{t('org.unseen')}</div>}
      {entry && (
        <div className="org-split">
          <section className="panel org-tree">
            <Input allowClear aria-label={t('org.find')} placeholder={t('org.find')} value={text} onChange={(event) => setText(event.target.value)} />
            {units.isPending ? <Skeleton active paragraph={{ rows: 8 }} /> : (
              <Tree
                rows={visible(shown, open)} open={open} current={current?.id} roots={roots} movable={editable ?? false}
                onOpen={flip} onChoose={(id) => setSearch({ unit: id })} onMove={(unit, to) => setMove({ unit, to })}
              />
            )}
            {units.isSuccess && shown.length === 0 && <p className="admin-empty">{t(roots.length > 0 ? 'org.noneFound' : 'org.none')}</p>}
            {editable && roots.length > 0 && <p className="muted org-hint">{t('org.dragHint')}</p>}
          </section>
          {current && object && (
            <UnitPanel
              key={current.id} unit={current} roots={roots} object={object} movable={editable ?? false}
              onCreate={may(object, 'create') ? () => setBelow(current.id) : undefined} onMove={() => setMove({ unit: current.id })} onChanged={() => void units.refetch()} onChoose={(id) => setSearch({ unit: id })}
            />
          )}
        </div>
      )}
      <Suspense fallback={null}>
        {below !== undefined && entry && (
          <CreateDrawer
            object={entry.name} given={below ? { parent: below } : {}} titles={below ? { parent: find(roots, below)?.name ?? '' } : {}}
            onClose={() => { setBelow(undefined); if (below) setOpened([...open, below]); void units.refetch(); }}
          />
        )}
        {move && moving && entry && <MoveDialog unit={moving} to={move.to} roots={roots} object={entry.name} onClose={(moved) => { setMove(undefined); if (moved) { setOpened([...open, ...(moved.to ? [moved.to] : [])]); setSearch({ unit: moving.id }); void units.refetch(); } }} />}
      </Suspense>
    </>
  );
}
