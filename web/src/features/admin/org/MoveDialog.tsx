// Moving a unit: where to, what moves with it, who sees it then and who no longer; then the move.
import { useQuery } from '@tanstack/react-query';
import { Alert, Modal, Select, Skeleton } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUserNames } from '@/features/record/useUserNames.ts';
import { call } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type Branch, find, mayMove, pathOf, visible } from './tree.ts';

interface Holder { user: string; role: string; label: string | null; unit: string }
interface Effect { units: number; users: number; records: { object: string; label: string; rows: number; more: boolean }[]; gain: Holder[]; lose: Holder[] }
interface Props { unit: Branch; to?: string | null; roots: Branch[]; object: string; onClose: (moved?: { to: string | null }) => void }

const TOP = 'top';

export default function MoveDialog({ unit, to, roots, object, onClose }: Props) {
  const { t } = useTranslation('admin');
  const [chosen, setChosen] = useState<string | undefined>(to === null ? TOP : to);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const parent = chosen === TOP ? null : chosen;
  const effect = useQuery({
    queryKey: ['admin', 'move', unit.id, chosen], enabled: chosen !== undefined, gcTime: 0,
    queryFn: ({ signal }) => call<Effect>(`org-units/${unit.id}/move`, { query: { parent }, signal }),
  });
  const everything = visible(roots, new Set(visibleIds(roots)));
  const options = [
    ...(mayMove(unit, null) ? [{ value: TOP, label: t('org.toTop'), path: '' }] : []),
    ...everything.filter((branch) => mayMove(unit, branch.id)).map((branch) => ({ value: branch.id, label: branch.name, path: pathOf(roots, branch.parent).join(' / ') })),
  ];
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      await call(`records/${object}/${unit.id}`, { method: 'PATCH', version: unit.version, body: { parent } });
      onClose({ to: parent ?? null });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={t('org.moveTitle', { name: unit.name })} onCancel={() => onClose()} onOk={() => void save()} okText={t('org.moveDo')} okButtonProps={{ disabled: !effect.data || effect.isFetching }} confirmLoading={busy} width={640} mask={{ closable: false }}>
      <div className="stack">
        <label className="stack-label">{t('org.newParent')}
          <Select
            aria-label={t('org.newParent')} value={chosen} onChange={setChosen} placeholder={t('org.newParent')} showSearch={{ optionFilterProp: 'label' }} options={options} style={{ width: '100%' }}
            optionRender={choice}
          />
        </label>
        {chosen && <p className="org-way"><span className="muted">{pathOf(roots, unit.parent).join(' / ') || t('org.top')}</span> → <b>{parent ? pathOf(roots, parent).join(' / ') : t('org.top')}</b></p>}
        {effect.error && <Failure error={effect.error} onRetry={() => void effect.refetch()} />}
        {effect.isFetching && <Skeleton active paragraph={{ rows: 3 }} />}
        {effect.data && !effect.isFetching && <EffectView effect={effect.data} roots={roots} />}
        {error !== null && <Failure error={error} />}
      </div>
    </Modal>
  );
}

function choice(option: { label?: ReactNode; data: { path: string } }) {
  return <span className="record-choice"><span>{option.label}</span><small>{option.data.path}</small></span>;
}

const visibleIds = (some: Branch[]): string[] => some.flatMap((branch) => [branch.id, ...visibleIds(branch.children)]);

function EffectView({ effect, roots }: { effect: Effect; roots: Branch[] }) {
  const { t } = useTranslation('admin');
  const nothing = effect.gain.length === 0 && effect.lose.length === 0;
  return (
    <div className="stack" aria-live="polite">
      <p>{t('org.moves', { units: effect.units, users: effect.users })}</p>
      {effect.records.length > 0 && <p className="wrapped"><span className="muted">{t('org.records')}</span>{[...effect.records].sort((a, b) => b.rows - a.rows).map((one) => <Tag key={one.object}>{one.label} {one.rows}{one.more ? '+' : ''}</Tag>)}</p>}
      {nothing && <Alert type="success" showIcon title={t('org.noEffect')} />}
      <Holders title={t('org.gain', { count: new Set(effect.gain.map((one) => one.user)).size })} tone="green" holders={effect.gain} roots={roots} />
      <Holders title={t('org.lose', { count: new Set(effect.lose.map((one) => one.user)).size })} tone="red" holders={effect.lose} roots={roots} />
    </div>
  );
}

const MOST = 50;

function Holders({ title, tone, holders, roots }: { title: string; tone: 'green' | 'red'; holders: Holder[]; roots: Branch[] }) {
  const { t } = useTranslation('admin');
  const names = useUserNames(holders.map((one) => one.user));
  if (holders.length === 0) return null;
  return (
    <section>
      <h3 className="org-effect"><Tag color={tone}>{title}</Tag></h3>
      <ul className="org-holders">
        {holders.slice(0, MOST).map((one) => <li key={`${one.user}${one.role}${one.unit}`}><b>{names(one.user) ?? one.user.slice(0, 8)}</b> <span className="muted">{one.label ?? one.role} · {find(roots, one.unit)?.name ?? ''}</span></li>)}
        {holders.length > MOST && <li className="muted">{t('org.andMore', { count: holders.length - MOST })}</li>}
      </ul>
    </section>
  );
}
