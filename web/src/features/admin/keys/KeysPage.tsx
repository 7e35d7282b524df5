// API keys: who has which, what each may do, from where and until when; making and withdrawing them.
import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { App, Button, Skeleton, Switch } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUserNames } from '@/features/record/useUserNames.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useLabels } from '../labels.ts';
import { type ApiKey, scopeOf, stateOf } from './model.ts';

const NewKey = lazy(() => import('./NewKey.tsx'));
const COLORS = { active: 'green', expired: 'orange', revoked: 'gray' } as const;

export default function KeysPage() {
  const { t } = useTranslation('admin');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const [past, setPast] = useState(false);
  const [making, setMaking] = useState(false);
  const keys = useQuery({ queryKey: ['admin', 'keys'], queryFn: () => call<{ keys: ApiKey[] }>('api-keys', { query: { user: 'all' } }) });
  const all = keys.data?.keys ?? [];
  const names = useUserNames(all.map((key) => key.user));
  const now = new Date();
  const shown = all.filter((key) => past || stateOf(key, now) === 'active');
  const revoke = (key: ApiKey) => void modal.confirm({
    title: t('keys.revokeAsk', { label: key.label }), content: t('keys.revokeHint'), okText: t('keys.revoke'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
    onOk: async () => {
      try {
        await call(`api-keys/${key.id}`, { method: 'DELETE' });
      } catch (error) {
        void message.error(sentence(error));
      }
      await keys.refetch();
    },
  });
  return (
    <>
      <div className="admin-head">
        <h1>{t('keys.title')}</h1>
        <label className="switch-label"><Switch size="small" checked={past} onChange={setPast} /> {t('keys.past')}</label>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>{t('keys.create')}</Button>
      </div>
      <p className="muted">{t('keys.hint')}</p>
      {keys.error && <Failure error={keys.error} onRetry={() => void keys.refetch()} />}
      <div className="panel admin-scroll">
        {keys.isPending ? <Skeleton active className="list-skeleton" /> : (
          <table className="admin-table admin-stacked">
            <thead><tr><th>{t('keys.label')}</th><th>{t('keys.user')}</th><th>{t('keys.state')}</th><th>{t('keys.scopes')}</th><th>{t('keys.networks')}</th><th>{t('keys.expires')}</th><th>{t('keys.used')}</th><th><span className="sr-only">{t('common:more')}</span></th></tr></thead>
            <tbody>
              {shown.map((key) => {
                const state = stateOf(key, now);
                return (
                  <tr key={key.id}>
                    <td><b>{key.label}</b> <span className="muted code">{key.prefix}…</span></td>
                    <td data-label={t('keys.user')}>{names(key.user) ?? key.user.slice(0, 8)}</td>
                    <td><Tag color={COLORS[state]}>{t(`keys.states.${state}`)}</Tag></td>
                    <td data-label={t('keys.scopes')}><Scopes scopes={key.scopes} /></td>
                    <td data-label={t('keys.networks')} className="code">{key.networks.length > 0 ? key.networks.join(', ') : t('keys.anywhere')}</td>
                    <td data-label={t('keys.expires')} className="nowrap tabular">{key.expires_at ? instantText(key.expires_at) : t('keys.never')}</td>
                    <td data-label={t('keys.used')} className="nowrap tabular">{key.last_used ? instantText(key.last_used) : t('keys.unused')}</td>
                    <td>{state !== 'revoked' && <Button size="small" danger onClick={() => revoke(key)}>{t('keys.revoke')}</Button>}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
        {keys.isSuccess && shown.length === 0 && <p className="admin-empty">{t(all.length > 0 ? 'keys.noneActive' : 'keys.none')}</p>}
      </div>
      {making && <Suspense fallback={null}><NewKey onMade={() => void keys.refetch()} onClose={() => setMaking(false)} /></Suspense>}
    </>
  );
}

function Scopes({ scopes }: { scopes: string[] }) {
  const { t } = useTranslation('admin');
  const labels = useLabels();
  if (scopes.length === 0) return <Tag color="orange">{t('keys.noScope')}</Tag>;
  return (
    <span className="wrapped">
      {scopes.map(scopeOf).map(({ object, actions }) => (
        <Tag key={object} color="blue">{object === '*' ? t('keys.every') : labels.of(object)}：{actions.map((action) => t(`roles.action.${action}`)).join(' ')}</Tag>
      ))}
    </span>
  );
}
